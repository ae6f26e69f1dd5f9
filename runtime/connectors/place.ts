/** Brings a stopped connector to the side of a row, where a start then finds it. Every step may be repeated. */
import { setTimeout as sleep } from "node:timers/promises";
import { differing, hasMore, type SourceOffset } from "../connect/connector-offsets.ts";
import { ConnectorRest } from "../connect/connector-rest.ts";
import { readPositions } from "../connect/offsets-topic/positions.ts";
import { can } from "../connect/version.ts";
import { awaitNoSwitch } from "../ledger/lease.ts";
import type { ConnectorRef } from "../model/connector-refs.ts";
import type { ConnectorPlaceInputs } from "../model/inputs.ts";
import type { Scope } from "../model/scope.ts";
import type { SideName } from "../model/sides.ts";
import { runs } from "../connect/stopped.ts";
import { currentPlace, type CurrentPlace } from "./connector-api.ts";
import { configMapJournal, type Journal, type JournalEntry } from "./journal.ts";
import { connectorAt, nameOn, stateText } from "./sentences.ts";
import { configHash, differingProperties, targetConfig } from "./target-config.ts";
import { count } from "../model/words.ts";

interface Work {
  readonly inputs: ConnectorPlaceInputs;
  readonly connector: ConnectorRef;
  readonly journal: Journal;
  readonly log: (line: string) => void;
}

/** The connector that an input names. Throws if the scope has none of that name. */
export function connectorOf({ workloads }: Pick<Scope, "workloads">, name: string): ConnectorRef {
  const found = workloads.find((workload) => workload.kind === "connector" && workload.name === name);
  if (found?.kind !== "connector") throw new Error(`no connector ${name} among the workloads`);
  return found;
}

/**
 * Places a connector: at the target it gets its rewritten configuration, and a source connector the offsets that it has
 * where it comes from. It does not run afterwards. One that is already there is left as it is, unless
 * its config has changed. Rejects if it still runs, or if the target has another connector of its name.
 */
export async function placeConnector(inputs: ConnectorPlaceInputs, journal: Journal = configMapJournal): Promise<void> {
  const connector = connectorOf(inputs.scope, inputs.connector);
  const log = (line: string) => console.log(`connector ${connector.name}: ${line}`);
  await awaitNoSwitch(inputs.scope, inputs.startSeconds, log);
  await place({ inputs, connector, journal, log });
}

/**
 * What can be done for a move to the target while the connector runs: it is made there, stopped. Rejects with what
 * Connect refuses. One that stands at the target, or was made there before, is left as it is.
 */
export async function prepareConnector(
  inputs: ConnectorPlaceInputs,
  log: (line: string) => void,
  journal: Journal = configMapJournal,
): Promise<void> {
  const connector = connectorOf(inputs.scope, inputs.connector);
  const found = await currentPlace(connector, journal);
  if (found.side === "source") await configure({ inputs, connector, journal, log }, found);
}

/** The same without waiting for a switch of another process. */
export async function place(work: Work): Promise<void> {
  const { inputs, connector, journal } = work;
  // If nothing has moved, Connect is not asked and need not exist yet.
  if (inputs.side === "source" && ((await journal.read(connector))?.side ?? "source") === "source") return;
  const found = await currentPlace(connector, journal);
  if (found.side === inputs.side) {
    if (inputs.side === "target") await keep(work, found);
    return;
  }
  if (runs(found.status)) {
    throw new Error(
      `${connectorAt(connector, found.side)} is not stopped: ${stateText(nameOn(connector, found.side), found.status!)}; ` +
        `its role moved without it: set the phase back to the one before the move, or stop it by hand`,
    );
  }
  const made = inputs.side === "target" ? await configure(work, found) : await stands(work);
  if (connector.role === "producer") await carryOffsets(work, found.side);
  const entry: JournalEntry = { ...found.entry, ...made, side: inputs.side };
  await journal.write(connector, entry);
  work.log(`it is on Connect "${connector.connects[inputs.side].name}", stopped, and is started with its role`);
}

/** Creates the connector at the target, stopped; an existing one there must be the migration's, or equal. */
async function configure(
  { inputs, connector, journal, log }: Work,
  found: CurrentPlace,
): Promise<Partial<JournalEntry>> {
  const source = new ConnectorRest(connector.connects.source);
  const config = await source.config(connector.name);
  if (config === null)
    throw new Error(`${connectorAt(connector, "source")} does not exist; create it, or correct workloads`);
  const wanted = await targetConfig(connector, config, inputs.scope);
  const target = new ConnectorRest(connector.connects.target);
  await atLeast(target, connector, "target", "startStopped");
  const name = connector.renamed;
  const existing = await target.config(name);
  const made = { made: configHash(wanted), settings: inputs.settings };
  if (existing !== null) refuseForeign(connector, existing, wanted, found.entry);
  // Written first: a process that is killed after it made the connector finds its own.
  await journal.write(connector, { ...found.entry, ...made, side: found.side });
  if (existing === null) {
    await target.createStopped(name, wanted);
    log(`created on Connect "${connector.connects.target.name}", stopped`);
  } else if (differingProperties(existing, wanted).length > 0) {
    await target.configure(name, wanted);
  }
  await stopped(connector, "target", inputs.startSeconds);
  const now = await target.config(name);
  if (now === null || differingProperties(now, wanted).length > 0) {
    throw new Error(
      `${connectorAt(connector, "target")} no longer has the configuration that ` +
        `was written (${differingProperties(now ?? {}, wanted).join(", ")}); find out who else writes it`,
    );
  }
  return made;
}

function refuseForeign(
  connector: ConnectorRef,
  existing: Record<string, string>,
  wanted: Readonly<Record<string, string>>,
  entry: JournalEntry | null,
): void {
  const others = differingProperties(existing, wanted);
  if (others.length === 0 || entry?.made === configHash(existing)) return;
  throw new Error(
    `${connectorAt(connector, "target")} already exists and is a different connector: it differs in ${others.join(", ")}; ` +
      `delete it, or set another name for ${connector.name} with renamed`,
  );
}

/** A connector that goes back is still there as it was left. */
async function stands({ inputs, connector }: Work): Promise<Partial<JournalEntry>> {
  const status = await new ConnectorRest(connector.connects.source).status(connector.name);
  if (status === null) {
    throw new Error(`${connectorAt(connector, "source")} is gone, so it cannot go back; create it there, stopped`);
  }
  await stopped(connector, "source", inputs.startSeconds);
  return {};
}

/** At the target already: written again where the config says something else of it, and nobody has edited it there. */
async function keep({ inputs, connector, journal, log }: Work, { entry }: CurrentPlace): Promise<void> {
  if (entry?.settings === inputs.settings) return;
  const note = { ...entry, side: "target", settings: inputs.settings } as const;
  const target = new ConnectorRest(connector.connects.target);
  const existing = await target.config(connector.renamed);
  if (entry?.made === undefined || existing === null || configHash(existing) !== entry.made) {
    log(
      `its configuration on Connect "${connector.connects.target.name}" was changed by another client and is left as it is`,
    );
    return journal.write(connector, note);
  }
  const config = await new ConnectorRest(connector.connects.source).config(connector.name);
  if (config === null)
    throw new Error(`${connectorAt(connector, "source")} is gone, so its configuration cannot be re-created`);
  const wanted = await targetConfig(connector, config, inputs.scope);
  if (differingProperties(existing, wanted).length > 0) await target.configure(connector.renamed, wanted);
  await journal.write(connector, { ...note, made: configHash(wanted) });
  log(`configured again on Connect "${connector.connects.target.name}"`);
}

/** Gives a source connector the offsets that it has where it comes from, and reads them back. */
async function carryOffsets({ inputs, connector, log }: Work, from: SideName): Promise<void> {
  const to = inputs.side;
  const there = new ConnectorRest(connector.connects[from]);
  const here = new ConnectorRest(connector.connects[to]);
  await atLeast(here, connector, to, "offsets");
  const name = nameOn(connector, to);
  const positions = (side: SideName, rest: ConnectorRest) => positionsOf(inputs.scope, connector, side, rest);
  const [wanted, found] = await Promise.all([positions(from, there), positions(to, here)]);
  if (differing(wanted, found).length === 0) return log(`${count(wanted.length, "offset")} already there`);
  // What is known of other partitions is of an earlier stay: the connector has forgotten it since.
  if (hasMore(wanted, found)) await here.resetSourceOffsets(name);
  if (wanted.length > 0) await here.setSourceOffsets(name, wanted);
  const wrong = differing(wanted, await positions(to, here));
  if (wrong.length > 0) {
    throw new Error(
      `${connectorAt(connector, to)}: ${wrong.length} of ${wanted.length} offsets read back differ from those ` +
        `written, first ${wrong[0]}; it was not started`,
    );
  }
  log(`${wanted.length} offsets carried over from Connect "${connector.connects[from].name}" and read back`);
}

/** Positions of a stopped source connector; nothing that it has written is still in flight. */
async function positionsOf(
  scope: Scope,
  connector: ConnectorRef,
  side: SideName,
  rest: ConnectorRest,
): Promise<readonly SourceOffset[]> {
  const { name: cluster, offsetsTopic } = connector.connects[side];
  const name = nameOn(connector, side);
  const config = offsetsTopic === undefined ? null : await rest.config(name);
  const own = ownStorage.find((property) => config?.[property] !== undefined);
  const topic =
    offsetsTopic === undefined
      ? { unknown: `the config does not name connects.${cluster}.offsetsTopic` }
      : own !== undefined
        ? { unknown: `connector ${name} sets ${own}` }
        : { name: offsetsTopic, given: true as const };
  const { offsets } = await readPositions({ kafka: scope[side], topic, rest }, [name], { upTo: "end" });
  return offsets.get(name)!;
}

/** Properties that make a connector keep its positions elsewhere than its workers do. */
const ownStorage = ["offsets.storage.topic", "producer.override.bootstrap.servers"];

async function atLeast(
  rest: ConnectorRest,
  connector: ConnectorRef,
  side: SideName,
  ability: "offsets" | "startStopped",
): Promise<void> {
  const { version } = await rest.root();
  if (can(ability, version)) return;
  const what =
    ability === "offsets"
      ? "has no request for setting a connector's offsets (3.6 or later)"
      : "cannot create a connector without starting it (3.7 or later)";
  throw new Error(`Connect "${connector.connects[side].name}" has version ${version}, which ${what}; upgrade it`);
}

/** Waits until Connect says that the connector is stopped; one that was just made has no state yet. */
async function stopped(connector: ConnectorRef, side: SideName, seconds: number): Promise<void> {
  const rest = new ConnectorRest(connector.connects[side]);
  const name = nameOn(connector, side);
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const status = await rest.status(name);
    if (status !== null && !runs(status)) return;
    if (Date.now() > until) {
      const state = status === null ? "has no state" : `is not stopped: ${stateText(name, status)}`;
      throw new Error(`${connectorAt(connector, side)} ${state} after ${seconds} s; stop it, then run pulumi up again`);
    }
    await sleep(200);
  }
}
