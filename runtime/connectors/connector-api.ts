/** Connectors as workloads: stopped and started through Connect's REST API, on their current side. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectorStatus } from "../connect/connect.ts";
import { ConnectorRest } from "../connect/connector-rest.ts";
import { failures } from "../connect/failures.ts";
import { runs } from "../connect/stopped.ts";
import { can } from "../connect/version.ts";
import type { ConnectorRef } from "../model/connector-refs.ts";
import { oneTry, type RestPatience } from "../model/patience.ts";
import type { SideName } from "../model/sides.ts";
import type { WorkloadApi } from "../model/workload-port.ts";
import type { PodState, WorkloadState } from "../model/workload-state.ts";
import { configMapJournal, type Journal, type JournalEntry, type WantedState } from "./journal.ts";
import { connectorAt, nameOn, restartByHand, stateText } from "./sentences.ts";

/** Longest time that Connect needs to show that a connector is started. */
const startedMilliseconds = 30_000;

/** A connector's current side: as the journal says, else where it runs, else the source. */
export interface CurrentPlace {
  readonly side: SideName;
  readonly entry: JournalEntry | null;
  /** Null if Connect has no connector of its name there. */
  readonly status: ConnectorStatus | null;
  /** On the other side; undefined where it was not asked or gave no answer. */
  readonly other: ConnectorStatus | null | undefined;
}

/** Rejects if the Connect cluster on the connector's current side does not answer. */
export async function currentPlace(
  connector: ConnectorRef,
  journal: Journal = configMapJournal,
): Promise<CurrentPlace> {
  const entry = await journal.read(connector);
  const ask = (side: SideName, patience?: RestPatience) =>
    new ConnectorRest(connector.connects[side], patience).status(nameOn(connector, side));
  // The other side is asked only once: it may be gone for good.
  const glance = oneTry(connector.connects.target.rest);
  // Once it has moved, the source's Connect may be gone.
  if (entry?.side === "target") return { side: "target", entry, status: await ask("target"), other: undefined };
  const [status, other] = await Promise.all([ask("source"), ask("target", glance).catch(() => undefined)]);
  // A connector that is not in the journal and runs only at the target has been moved by its owners.
  if (entry === null && other && runs(other) && !runs(status))
    return { side: "target", entry, status: other, other: status };
  return { side: "source", entry, status, other };
}

/** How connectors are stopped and started; errors name the Connect cluster. */
export function connectorsApi(
  journal: Journal,
): Omit<WorkloadApi<ConnectorRef>, "scalers" | "owners" | "rehearseStop"> {
  return {
    async read(connector) {
      const found = await currentPlace(connector, journal);
      if (found.status === null) return null;
      return {
        replicas: found.status.connector.state === "STOPPED" ? 0 : 1,
        former: formerOf(found.entry),
        keepsPods: true,
        tellsLate: true,
        settled: settled(found.status),
        stuck: stuckOf(connector, found.side, found.status),
        obstacle: await obstacleOf(connector, found),
        podsBy: found.side,
      };
    },
    async pods(connector, { podsBy }) {
      const side = podsBy as SideName;
      const name = nameOn(connector, side);
      const status = await new ConnectorRest(connector.connects[side]).status(name);
      return status === null || !runs(status) ? [] : [podOf(name, status)];
    },
    async setFormer(connector, former) {
      const found = await currentPlace(connector, journal);
      const { former: known, ...kept } = found.entry ?? { side: found.side };
      const now = wantedState(found.status);
      // A stop of a killed process may show only now: what it was before is what that process wrote.
      const before = now === "STOPPED" && known !== undefined ? known : now;
      await journal.write(connector, { ...kept, side: found.side, ...(former !== null && { former: before }) });
    },
    async scale(connector, replicas) {
      const found = await currentPlace(connector, journal);
      const rest = new ConnectorRest(connector.connects[found.side]);
      const name = nameOn(connector, found.side);
      if (replicas === 0) return rest.stop(name);
      await (found.entry?.former === "PAUSED" ? rest.pause(name) : rest.resume(name));
      // Until then it looks as if it were to stay stopped.
      for (const until = Date.now() + startedMilliseconds; Date.now() < until; await sleep(200)) {
        if ((await rest.status(name))?.connector.state !== "STOPPED") return;
      }
    },
  };
}

/** The real one. */
export const connectorApi = connectorsApi(configMapJournal);

const formerOf = (entry: JournalEntry | null): WorkloadState["former"] =>
  entry?.former === undefined ? null : entry.former === "STOPPED" ? 0 : 1;

/** The state that the owners want; FAILED and temporary states mean that it should run. */
function wantedState(status: ConnectorStatus | null): WantedState {
  const state = status?.connector.state;
  return state === "PAUSED" || state === "STOPPED" ? state : "RUNNING";
}

function settled({ connector, tasks }: ConnectorStatus): boolean {
  if (connector.state === "STOPPED") return tasks.length === 0;
  if (connector.state === "PAUSED") return tasks.every(({ state }) => state === "PAUSED");
  // A connector that has just been resumed has no tasks yet, and looks fine.
  return connector.state === "RUNNING" && tasks.length > 0 && tasks.every(({ state }) => state === "RUNNING");
}

function podOf(name: string, status: ConnectorStatus): PodState {
  return {
    title: stateText(name, status),
    of: "connector",
    terminating: status.connector.state === "STOPPED",
    ready: settled(status),
    stuck: null,
  };
}

function stuckOf(connector: ConnectorRef, side: SideName, status: ConnectorStatus): string | null {
  const failed = failures(nameOn(connector, side), status);
  if (failed.length === 0) return null;
  return `${failed.join("; ")} (on Connect "${connector.connects[side].name}"; restart it with ${restartByHand(connector, side)})`;
}

/** Why it must not be stopped as it is: after a stop and a start its former state would be lost. */
async function obstacleOf(connector: ConnectorRef, { side, status, other }: CurrentPlace): Promise<string | null> {
  if (side === "source" && runs(other)) {
    return `${connectorAt(connector, "target")} already runs, at the same time as the one on the source; stop it there`;
  }
  if (side === "source" && other === undefined) {
    return `Connect "${connector.connects.target.name}" does not answer; make it reachable from here`;
  }
  // At the target a failed one is stopped and configured again, or goes back.
  const failed = side === "source" && status !== null ? failures(connector.name, status) : [];
  if (failed.length > 0) {
    return (
      `${failed.join("; ")} (on Connect "${connector.connects.source.name}"); fix the cause and restart it with ` +
      `${restartByHand(connector, "source")}, or stop it: then it is not started at the target either`
    );
  }
  const { version } = await new ConnectorRest(connector.connects[side]).root();
  if (can("stop", version)) return null;
  return (
    `Connect "${connector.connects[side].name}" has version ${version}, which cannot stop a connector, only pause it ` +
    `with its tasks still in the group; upgrade it to 3.5 or later, or declare ${connector.name} as kind: external ` +
    `and have its owners move it`
  );
}
