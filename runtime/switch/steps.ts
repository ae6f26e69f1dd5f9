/** Steps that the switches of producers and of consumers share: checks before, waiting, putting back. */
import type { BothLogs, SideLogs } from "../brokers/kafka-port.ts";
import { partitionName } from "../brokers/partitions.ts";
import type { GroupState } from "../brokers/positions.ts";
import { persistently, untilAnswered } from "../model/again.ts";
import { stopReaders, stopWriters } from "../model/externals.ts";
import { partsAllowed } from "../model/document-limits.ts";
import type { SwitchInputs } from "../model/inputs.ts";
import { forecastLedger } from "../model/ledger-forecast.ts";
import type { LedgerEntry, LedgerPartition } from "../model/ledger.ts";
import { messageOf } from "../model/message-of.ts";
import { mirrorOf } from "../model/mirror-ref.ts";
import { Refused } from "../model/refused.ts";
import type { MirrorRef, Scope, WorkloadRef } from "../model/scope.ts";
import { LeaseLost, settleAll } from "../model/settle-all.ts";
import type { SideName } from "../model/sides.ts";
import { closingConnectors } from "../model/waves.ts";
import { count, some } from "../model/words.ts";
import { refusedScalers, scalerNotes } from "../workloads/scalers.ts";
import { readAll, startByHand, unfence, waitRunning } from "../workloads/workloads.ts";
import { statusesOf } from "../connect/stopped.ts";
import { resumeMirror } from "./mirror-drain.ts";
import type { SwitchEffects } from "./ports.ts";
import type { Grown } from "./ends-since-ledger.ts";
import { restoreTarget } from "./restore-target.ts";
import { putSchemasBack, type SchemaUndo } from "./schemas.ts";
import { writersOf } from "./writers.ts";

/**
 * Two readings of ends that lie at least so far apart must be equal. Writes are paused meanwhile; whoever writes more
 * rarely is found by the proof before the ledger, which compares with the first of them.
 */
const stillMilliseconds = 1_000;
/** Restarted pods are waited for this long before the error is reported; they keep starting after that. */
const restoreSeconds = 60;

/** Workloads that a killed switch has left fenced. Rejects with the names of those that do not exist. */
export async function fencedBefore(
  effects: Pick<SwitchEffects, "workloads">,
  workloads: readonly WorkloadRef[],
): Promise<WorkloadRef[]> {
  const states = await readAll(effects.workloads, workloads);
  return states.filter(([, { former }]) => former !== null).map(([workload]) => workload);
}

/** Rejects if a workload must not be stopped as it is; logs what else scales the workloads. */
export async function checkStoppable(effects: SwitchEffects, workloads: readonly WorkloadRef[]): Promise<void> {
  const [states, scalers, owners] = await Promise.all([
    readAll(effects.workloads, workloads),
    effects.workloads.scalers(workloads),
    effects.workloads.owners(workloads),
  ]);
  const obstacles = states.flatMap(([, { obstacle }]) => obstacle ?? []);
  const reasons = [...obstacles, ...refusedScalers(scalers), ...owners.refused];
  if (reasons.length > 0) throw new Refused("not-stoppable", reasons.join("; "));
  for (const note of [...scalerNotes(scalers), ...owners.notes]) effects.log(note);
  // A policy may refuse one of hundreds, once the others have stopped.
  await settleAll(
    states.map(async ([workload, state]) => {
      if (state.replicas > 0) await effects.workloads.rehearseStop(workload, state);
    }),
  ).catch((error: unknown) => {
    if (error instanceof LeaseLost) throw error;
    throw new Refused("not-stoppable", `${messageOf(error)}; change what refuses it, or the workload`);
  });
}

/** Rejects if something is wrong that can be known before any workload is stopped. */
export async function checkBefore(effects: SwitchEffects, scope: Scope): Promise<BothLogs> {
  const [source, target] = await Promise.all([effects.kafka.logs("source"), effects.kafka.logs("target")]);
  if (source.clusterId === target.clusterId) {
    throw new Refused(
      "same-cluster",
      `source and target are the same cluster ${source.clusterId}; correct the addresses in the config`,
    );
  }
  const fewer = [...source.partitions.keys()].filter((name) => !target.partitions.has(name));
  if (fewer.length > 0)
    throw new Refused(
      "partition-missing",
      `${some(fewer)} on the source ${fewer.length === 1 ? "does" : "do"} not exist on the target; run npm run assess, ` +
        `commit the lockfile and run pulumi up in the phase before, which makes what is missing`,
    );
  await checkLedger(effects, scope, source);
  if (scope.mirror !== null) {
    await effects.confirmTopics();
    await checkMirror(effects, scope.mirror, target.clusterId);
  }
  return { source, target };
}

/** Each move there and back appends a whole entry, and none is ever taken away. */
export async function checkLedger(
  effects: Pick<SwitchEffects, "ledger">,
  { groups }: Pick<Scope, "groups">,
  { partitions }: Pick<SideLogs, "partitions">,
): Promise<void> {
  const topics = [...Map.groupBy(partitions.values(), ({ topic }) => topic)];
  const sizes = topics.map(([name, all]) => ({ name, partitions: all.length }));
  const { entryBytes, groups: largest } = forecastLedger(sizes, groups);
  const parts = await effects.ledger.partsWith(entryBytes);
  if (parts <= partsAllowed) return;
  const named = largest.slice(0, 3).map(({ name, offsets }) => `"${name}" (${count(offsets, "partition")})`);
  throw new Refused(
    "ledger-full",
    `the ledger keeps what every move there and back has written down, and would need ${parts} ConfigMaps with what this one ` +
      `writes, allowed: ${partsAllowed}; the largest groups are ${named.join(", ")}: name some under groups.ignore with the ` +
      "reason, and move them in another migration, or let everybody stay on the side where they work",
  );
}

async function checkMirror(effects: SwitchEffects, mirror: MirrorRef, targetClusterId: string): Promise<void> {
  const { kafka_cluster_id: worker } = await effects.connect.root();
  if (worker !== targetClusterId) {
    throw new Refused(
      "connect-elsewhere",
      `Connect's workers belong to cluster ${worker}, but the target is ${targetClusterId}; correct connect or the target's ` +
        `address in the config`,
    );
  }
  for (const { name: connector, status } of await statusesOf(effects.connect, mirror.sourceConnectors)) {
    if (status === null) {
      throw new Refused(
        "connector-missing",
        `connector ${connector} does not exist in Connect; run pulumi up --refresh in the phase before, which makes it again`,
      );
    }
  }
}

/** A reading of a side's ends, and when it was complete, by the pace's clock. */
export interface ReadEnds {
  readonly logs: SideLogs;
  readonly at: number;
}

export async function readEnds({ kafka, pace }: SwitchEffects, side: "source" | "target"): Promise<ReadEnds> {
  const logs = await kafka.logs(side);
  return { logs, at: pace.now() };
}

/**
 * Waits until the ends of a side no longer grow, from an earlier reading on if there is one. Rejects after `seconds` with the partitions that still grow, by how
 * many offsets, how fast and by which producer id, and with the external producers of the scope that write there.
 */
export async function stillLogs(
  effects: SwitchEffects,
  side: "source" | "target",
  seconds: number,
  scope: Pick<Scope, "externals" | "mirror">,
  since?: ReadEnds,
): Promise<SideLogs> {
  const { pace } = effects;
  const startedAt = pace.now();
  const read = () => untilAnswered(pace, startedAt + seconds * 1000, () => readEnds(effects, side));
  let { logs: before, at: readAt } = since ?? (await read());
  for (;;) {
    await pace.pause(Math.max(0, readAt + stillMilliseconds - pace.now()));
    const { logs: now, at } = await read();
    const moved = movedBetween(before, now);
    // On the target a transaction that is still open is Connect's own: its marker is about to be written. On the source the
    // mirror's drain waits for it; without a mirror this has to wait, or its records would never be read.
    const pending =
      side === "target" || scope.mirror === null
        ? [...now.partitions.values()].filter(({ stable, end }) => stable < end)
        : [];
    if (moved.length === 0 && pending.length === 0) return now;
    const span = (at - readAt) / 1000;
    if (pace.now() - startedAt > seconds * 1000) {
      const writers = await writersOf(effects, side, grownBetween(before, now));
      const grew = moved.map(
        ({ name, by }) =>
          `${name} by ${by} records in ${span.toFixed(1)} s (${rate(by, span)})${writers.get(name) ?? ""}`,
      );
      const topics = moved.map(({ name }) => now.partitions.get(name)!.topic);
      const open = pending.map(({ topic, partition }) => `${partitionName(topic, partition)} has an open transaction`);
      throw new Refused(
        "still-written",
        `the ${side} is still written to after ${seconds} s: ${some([...grew, ...open])}; ` +
          stopWriters(scope, topics),
      );
    }
    before = now;
    readAt = at;
  }
}

const rate = (by: bigint, seconds: number) => `${(Number(by) / seconds).toFixed(1)} per second`;

/** Partitions whose end has changed. */
export function movedBetween(before: SideLogs, now: SideLogs): { name: string; by: bigint }[] {
  return [...now.partitions]
    .map(([name, { end }]) => ({ name, by: end - (before.partitions.get(name)?.end ?? 0n) }))
    .filter(({ by }) => by !== 0n)
    .sort((a, b) => Number(b.by - a.by));
}

/** The same as ranges of offsets. */
export const grownBetween = (before: SideLogs, now: SideLogs): Grown[] =>
  movedBetween(before, now).map(({ name }) => {
    const { topic, partition, end } = now.partitions.get(name)!;
    return { topic, partition, from: before.partitions.get(name)?.end ?? 0n, to: end };
  });

/** A forecast that is shorter than this is not worth a sentence. */
export const worthSaying = 5;

/** What placing the offsets of so many groups adds to a pause, as the part of a sentence. */
export const placingTakes = (groups: number, seconds: number): string =>
  `about ${seconds} s to place the offsets of ${count(groups, "group")}`;

/** Says, before anybody is stopped, how long placing the groups will take where that is more than a moment. */
export async function tellPlacing(effects: SwitchEffects, side: SideName, groups: number): Promise<void> {
  if (groups === 0) return;
  const seconds = await effects.kafka.placingSeconds(side, groups);
  if (seconds >= worthSaying) effects.log(`the pause includes ${placingTakes(groups, seconds)}`);
}

/**
 * Waits until no group has a member on a side. A static member (`group.instance.id`) remains until its session times
 * out, although its pod is gone. Rejects after `seconds` with the remaining members.
 */
export async function withoutMembers(
  effects: SwitchEffects,
  side: "source" | "target",
  seconds: number,
  scope: Pick<Scope, "externals">,
): Promise<void> {
  const until = effects.pace.now() + seconds * 1000;
  for (;;) {
    const busy = [...(await effects.kafka.groupStates(side))].filter(([, { members, state }]) =>
      members.length > 0 ? true : state !== "Empty" && state !== "Dead",
    );
    if (busy.length === 0) return;
    if (effects.pace.now() > until) {
      const who = busy.map(([group, state]) => `group ${group} is ${state.state} (${membersOf(state)})`);
      throw new Refused(
        "members-left",
        `${some(who, "groups")} on the ${side} after ${seconds} s, although all consumers of the config are stopped; ` +
          `${stopReaders(
            scope,
            busy.map(([group]) => group),
          )}; ` +
          `a static member (group.instance.id) stays until its session.timeout.ms is over: raise switch.fenceSeconds`,
      );
    }
    await effects.pace.pause(1000);
  }
}

const membersOf = ({ members }: GroupState) =>
  some(
    members.map(({ clientId, host }) => `${clientId} on ${host}`),
    "members",
  ) || "no members";

/** How an entry says whose move it is. */
export const movedBy = ({ what, wave, row }: Pick<SwitchInputs, "what" | "wave" | "row">) => ({
  switch: what,
  ...(wave !== undefined && { wave }),
  row,
});

/** Ends of both sides as the ledger keeps them, by topic and partition. */
export function ledgerPartitions({ source, target }: BothLogs): LedgerPartition[] {
  return [...source.partitions].map(([name, { topic, partition, end }]) => ({
    topic,
    partition,
    sourceEnd: end.toString(),
    targetEnd: target.partitions.get(name)!.end.toString(),
  }));
}

/** Partitions of a side that hold a record. */
export async function recordsBefore(effects: SwitchEffects, { partitions }: SideLogs): Promise<string[]> {
  const open = [...partitions.values()]
    .filter(({ start, end }) => start < end)
    .map(({ topic, partition, start, end }) => ({ topic, partition, from: start, to: end }));
  // Aborted records count too: a producer wrote them.
  const counted = await effects.kafka.count("target", open, "read_uncommitted", 1);
  return open
    .filter((_, index) => !counted[index]?.exact || counted[index].records > 0)
    .map(({ topic, partition }) => partitionName(topic, partition));
}

/** What a failed switch has to put back. */
export interface Undo {
  fenced: readonly WorkloadRef[];
  /** Those of them that a killed update had left stopped. */
  stranded: readonly WorkloadRef[];
  /**
   * What is known of an earlier switch, which may have been killed after some of its workloads were pointed at the target:
   * nothing, whether its entry holds, or also on which side was gone on since.
   */
  known: "nothing" | "entry" | "side";
  /** True once connectors may have been stopped by this switch. */
  mirror: boolean;
  /** Entry of an earlier switch: the addresses may have been changed after it. */
  earlier: LedgerEntry | null;
  /** Set once workloads may have been pointed at the target: the entry that counts there. */
  entry: LedgerEntry | null;
  /** True once one may have been started at the target: nothing is put back any more. */
  forward: boolean;
  /** Registries; of moves after which schemas are registered at the target. */
  schemas?: SchemaUndo;
}

export const newUndo = (): Undo => ({
  fenced: [],
  stranded: [],
  known: "nothing",
  mirror: false,
  earlier: null,
  entry: null,
  forward: false,
});

/** Who was left stopped by a killed update, and the entry that holds; returns all entries. */
export async function readStranded(
  effects: SwitchEffects,
  undo: Undo,
  workloads: readonly WorkloadRef[],
  live: (entries: readonly LedgerEntry[]) => LedgerEntry | null,
): Promise<readonly LedgerEntry[]> {
  undo.fenced = undo.stranded = await fencedBefore(effects, workloads);
  const entries = await effects.ledger.read();
  undo.earlier = live(entries);
  undo.known = "entry";
  return entries;
}

/**
 * What a move reads before it does anything. What a killed one has left stopped and the entry that holds come first: they
 * say where it is started again, whatever else cannot be read.
 */
export async function firstReadings(
  effects: SwitchEffects,
  scope: Scope,
  undo: Undo,
  workloads: readonly WorkloadRef[],
  live: (entries: readonly LedgerEntry[]) => LedgerEntry | null,
): Promise<{ readonly entries: readonly LedgerEntry[]; readonly logs: BothLogs }> {
  const checked = checkBefore(effects, scope);
  checked.catch(() => undefined);
  const entries = await readStranded(effects, undo, workloads, live);
  return { entries, logs: await checked };
}

/**
 * Puts back what a failed switch has changed, in reverse order, and returns the resulting state in sentences. Each step is
 * tried even if another fails; what failed is reported with the commands that do it by hand.
 */
export async function putBack(effects: SwitchEffects, inputs: SwitchInputs, undo: Undo): Promise<string> {
  if (undo.forward && undo.entry !== null) return forward(inputs, undo.entry);
  const failed: string[] = [];
  const atSource =
    (await noneAstray(effects, inputs, undo, failed)) && (await pointedBack(effects, inputs, undo, failed));
  if (schemasChanged(effects, undo)) {
    try {
      const left = await putSchemasBack(effects);
      if (left !== null) failed.push(left);
    } catch (error) {
      failed.push(
        `the registries' modes could not be put back (${messageOf(error)}); run pulumi up again once both registries answer`,
      );
    }
  }
  let unfenced = false;
  if (undo.fenced.length > 0 && atSource) {
    const former = await readAll(effects.workloads, undo.fenced).catch(() => null);
    try {
      await persistently(effects, () => unfence(effects.workloads, undo.fenced));
      unfenced = true;
    } catch (error) {
      const commands = startByHand(
        undo.fenced.map((workload, index) => [workload, former?.[index]?.[1].former ?? null] as const),
      );
      failed.push(`the ${inputs.what} could not be started again (${messageOf(error)}); run: ${commands.join("; ")}`);
    }
  }
  // After the workloads: a Connect that gives no answer must not keep them waiting.
  await mirrorResumed(effects, inputs, undo, failed);
  const running = unfenced ? await startedAgain(effects, inputs, undo) : "";
  const state = undo.fenced.length === 0 ? "No workload was stopped." : running;
  return [state, ...failed.map((each) => `By hand: ${each}.`)].filter(Boolean).join(" ");
}

const forward = ({ what }: SwitchInputs, { number }: LedgerEntry): string =>
  `The ${what} were started at the target, so nothing is put back: ledger entry ${number} holds. ` +
  "Fix the cause, then run pulumi up again: it continues from there";

/**
 * Makes sure that none of those that a killed update has left stopped is pointed at the target without an entry: a way back
 * may have ended between the two. Returns false if they must not be started, since nobody knows whether one is.
 */
async function noneAstray(
  effects: SwitchEffects,
  inputs: SwitchInputs,
  undo: Undo,
  failed: string[],
): Promise<boolean> {
  const { stranded, known, earlier, entry } = undo;
  if (stranded.length === 0 || earlier !== null || entry !== null) return true;
  try {
    const astray = await persistently(effects, () => effects.addresses.astray(stranded, "source"));
    if (astray.length === 0) return true;
    if (known !== "nothing") {
      await persistently(effects, () => effects.addresses.point(astray, "source"));
      return true;
    }
    failed.push(
      `the ${inputs.what} stay stopped, since ${some(astray.map(({ name }) => name))} may be pointed at the target and the ` +
        `ledger could not be read; once it can be read, run pulumi up again`,
    );
  } catch (error) {
    failed.push(
      `the ${inputs.what} stay stopped, since their addresses could not be read, or not be set to the source's ` +
        `(${messageOf(error)}); once Kubernetes answers, run pulumi up again`,
    );
  }
  return false;
}

/**
 * Points workloads back at the source and makes the entry void under which they were to run at the target. Returns false
 * if they must not be started: one that is still pointed at the target would write there, and no entry would tell.
 */
async function pointedBack(
  effects: SwitchEffects,
  inputs: SwitchInputs,
  { entry, fenced }: Undo,
  failed: string[],
): Promise<boolean> {
  if (entry === null) return true;
  try {
    await persistently(effects, () => effects.addresses.point(fenced, "source"));
    effects.log(`${fenced.length} workloads are pointed at the source again`);
    const number = await persistently(effects, () => madeVoid(effects, inputs, entry));
    effects.log(`ledger entry ${entry.number} is void, nothing was started at the target; entry ${number} says so`);
    if (entry.groups.length > 0) await restoreTarget(effects, entry).catch(() => undefined);
    return true;
  } catch (error) {
    failed.push(
      `the ${inputs.what} could not be pointed back at the source (${messageOf(error)}), so they stay stopped; ` +
        `once that can be done, run pulumi up again: it continues to the target from ledger entry ${entry.number}`,
    );
    return false;
  }
}

/** The number of the entry that makes another void: one that an attempt without an answer has written is not written twice. */
async function madeVoid(effects: SwitchEffects, inputs: SwitchInputs, entry: LedgerEntry): Promise<number> {
  const written = (await effects.ledger.read()).find(({ voids, voidOnly }) => voidOnly && voids === entry.number);
  if (written !== undefined) return written.number;
  const { number, sourceClusterId, targetClusterId } = entry;
  const { number: added } = await effects.ledger.append({
    ...movedBy(inputs),
    voids: number,
    voidOnly: true,
    sourceClusterId,
    targetClusterId,
    partitions: [],
    groups: [],
  });
  return added;
}

async function mirrorResumed(
  effects: SwitchEffects,
  inputs: SwitchInputs,
  undo: Undo,
  failed: string[],
): Promise<void> {
  // The journal has those of earlier waves too, which stay stopped.
  const own = new Set(closingConnectors(inputs.scope));
  const stopped = effects.journal.stopped().filter((name) => own.has(name));
  // A writer that was already fenced means that a switch was killed, which may have stopped the mirror too.
  const mirror = undo.mirror || (inputs.what !== "consumers" && undo.fenced.length > 0);
  if (inputs.scope.mirror !== null && mirror && stopped.length > 0) {
    try {
      await persistently(effects, () => resumeMirror(effects, stopped, effects.restoringPace));
      effects.log(`${count(stopped.length, "connector")} resumed`);
    } catch (error) {
      const { urls } = mirrorOf(inputs.scope).connect;
      const commands = stopped.map((name) => `curl -u <user> -X PUT ${urls[0]}/connectors/${name}/resume`);
      failed.push(`the mirror could not be resumed (${messageOf(error)}); run: ${commands.join("; ")}`);
    }
  }
}

// After an earlier switch that holds the registries are as that one has left them, unless this one has changed them.
function schemasChanged(effects: SwitchEffects, { earlier, entry, schemas }: Undo): boolean {
  if (schemas === undefined || effects.schemas === null) return false;
  if (schemas.again || entry !== null) return true;
  return earlier === null && (schemas.sealed || effects.journal.modes() !== null);
}

async function startedAgain(effects: SwitchEffects, { what }: SwitchInputs, undo: Undo): Promise<string> {
  const doing = { producers: "writing to", consumers: "reading from", twins: "reading from", applications: "on" }[what];
  try {
    await waitRunning(effects.workloads, undo.fenced, restoreSeconds, effects.restoringPace);
    effects.log(`put back: ${count(undo.fenced.length, "workload")} running again`);
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    return `The ${what} were started again with their current addresses, but not all are ready yet: ${messageOf(error)}.`;
  }
  if (undo.earlier === null || undo.entry !== null)
    return `The ${what} are ${doing} the source again; nothing was moved.`;
  return `The ${what} run again with the addresses they have; ledger entry ${undo.earlier.number} stays as it is.`;
}
