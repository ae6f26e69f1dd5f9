/** The connectors in one state, running or stopped, as Connect itself reports it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectorStatus } from "../connect/connect.ts";
import { MirrorConnect } from "../connect/mirror-connect.ts";
import { failures } from "../connect/failures.ts";
import { againSeconds, lingers } from "../connect/stopped.ts";
import { awaitNoSwitch } from "../ledger/lease.ts";
import type { MirrorStateInputs } from "../model/inputs.ts";
import { connectorsOf, mirrorOf, sourceConnectorsOf } from "../model/mirror-ref.ts";
import type { Scope } from "../model/scope.ts";
import { settleAll } from "../model/settle-all.ts";
import { closingScope, scopeOfWave } from "../model/waves.ts";

/** Time limit for reading Connect in a preview. */
const glance = { requestMilliseconds: 2_000, deadlineMilliseconds: 3_000 };

/** Temporary states: a rebalance moves connectors and tasks between workers. */
const passing: ReadonlySet<string> = new Set(["UNASSIGNED", "RESTARTING"]);

/** How a connector is not as desired. */
interface Away {
  /** For example `shop-source-all is STOPPED`. */
  readonly sentence: string;
  /** True if the state is temporary: all that an update could do is wait. */
  readonly passing: boolean;
}

/** What a state is about: the connector of a wave with the topics that it copies, those that copy nothing, or all. */
export function stateScope({ scope, wave, others }: Pick<MirrorStateInputs, "scope" | "wave" | "others">): Scope {
  if (wave === undefined && others === undefined) return scope;
  const { mirror, ...of } = wave === undefined ? scope : closingScope(scopeOfWave(scope, wave));
  const idle = wave === undefined ? { sourceConnectors: [] } : { otherConnectors: [] };
  return { ...of, mirror: mirror && { ...mirror, ...idle } };
}

/**
 * Connectors in another state than desired, for example `guide-source-all is STOPPED`. Temporary states, such as a task
 * that is being moved to another worker, are not listed: they would only show as a change in the preview of that second.
 * Never rejects; what cannot be asked is not listed.
 */
export async function strayed(inputs: MirrorStateInputs): Promise<string[]> {
  const { desired } = inputs;
  const scope = stateScope(inputs);
  const rest = new MirrorConnect(mirrorOf(scope), glance);
  const names = connectorsOf(scope);
  const looks = names.map(async (name) => away(name, await rest.status(name), desired, copies(scope, name)));
  const found = await Promise.all(looks.map(unasked));
  return found.flatMap((each) => (each === null || each.passing ? [] : [each.sentence]));
}

const unasked = async (look: Promise<Away | null>): Promise<Away | null> => look.catch(() => null);

/**
 * Brings all connectors into the desired state and waits for it. What has failed is restarted once. Rejects
 * at once if it fails again, with the first line of its trace, and after `readySeconds` with the connectors that are not there yet.
 */
export async function ensureMirror(inputs: MirrorStateInputs): Promise<void> {
  const { desired, readySeconds } = inputs;
  const scope = stateScope(inputs);
  const log = (line: string) => console.log(`mirror: ${line}`);
  await awaitNoSwitch(scope, readySeconds, log);
  const rest = new MirrorConnect(mirrorOf(scope));
  const names = connectorsOf(scope);
  const until = Date.now() + readySeconds * 1000;
  const asked = new Map<string, number>();
  const restarted = new Set<string>();
  for (;;) {
    const states = await Promise.all(names.map(async (name) => [name, await rest.status(name)] as const));
    const left = states.flatMap(([name, status]) => {
      const not = away(name, status, desired, copies(scope, name));
      return not === null ? [] : [{ name, status, ...not }];
    });
    if (left.length === 0) break;
    // All at once: Connect takes what waits for it together, and each of them alone would be a rebalance of its own.
    const acts = left.map(async ({ name, status }) => {
      if (status === null) return;
      const failed = desired === "running" ? failures(name, status) : [];
      if (failed.length > 0) {
        // What failed before this update does not restart on its own, even if the cause is fixed.
        if (restarted.has(name)) throw new Error(`${failed.join("; ")}; fix the cause, then run pulumi up again`);
        restarted.add(name);
        return rest.restartFailed(name);
      }
      const state = status.connector.state;
      const before = asked.get(name);
      // A task that lingers goes with another stop, which is asked for once Connect no longer waits for it.
      const again = desired === "stopped" && lingers(status) && Date.now() - (before ?? 0) >= againSeconds * 1000;
      if (before !== undefined && !again) return;
      if (again || (desired === "stopped" && state !== "STOPPED")) await rest.stop(name);
      else if (desired === "running" && (state === "STOPPED" || state === "PAUSED")) await rest.resume(name);
      else return;
      asked.set(name, Date.now());
    });
    await settleAll(acts);
    if (Date.now() > until) {
      const sentences = left.map(({ sentence }) => sentence).join(", ");
      throw new Error(`${sentences} after ${readySeconds} s, expected ${desired}`);
    }
    await sleep(1000);
  }
  if (asked.size > 0) log(`${[...asked.keys()].join(", ")} ${desired === "running" ? "resumed" : "stopped"}`);
}

/** Whether a connector copies records, for which it needs tasks. The checkpoint connector has none without live groups. */
const copies = (scope: MirrorStateInputs["scope"], name: string): boolean => sourceConnectorsOf(scope).includes(name);

function away(
  name: string,
  status: ConnectorStatus | null,
  desired: "running" | "stopped",
  needsTasks: boolean,
): Away | null {
  const found = (sentence: string, state = ""): Away => ({ sentence, passing: passing.has(state) });
  // A connector that is not there copies nothing.
  if (status === null) return desired === "stopped" ? null : found(`${name} does not exist in Connect`);
  const { connector, tasks } = status;
  if (connector.state !== (desired === "stopped" ? "STOPPED" : "RUNNING")) {
    return found(`${name} is ${connector.state}`, connector.state);
  }
  if (desired === "stopped") {
    return tasks.length === 0 ? null : { sentence: `${name} still has ${tasks.length} tasks`, passing: true };
  }
  if (tasks.length === 0 && needsTasks) return { sentence: `${name} has no tasks yet`, passing: true };
  const others = tasks.filter(({ state }) => state !== "RUNNING");
  // A lasting state is reported before a temporary one.
  const other = others.find(({ state }) => !passing.has(state)) ?? others[0];
  return other === undefined ? null : found(`task ${other.id} of ${name} is ${other.state}`, other.state);
}
