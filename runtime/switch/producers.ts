/** Moves the point of writing: producers stopped, the mirror drained and stopped, both ends recorded. */
import {
  copiedOffsets,
  leftSentence,
  leftToMirror,
  mirrorFault,
  notStopped,
  resumeMirror,
  stopMirror,
} from "./mirror-drain.ts";
import { partitionName } from "../brokers/partitions.ts";
import { acceptedEnds } from "../placement/accepted-ends.ts";
import type { SideLogs, BothLogs } from "../brokers/kafka-port.ts";
import { untilAnswered } from "../model/again.ts";
import type { SwitchInputs } from "../model/inputs.ts";
import { liveEntry } from "../model/ledger-text.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import { sourceConnectorsOf } from "../model/mirror-ref.ts";
import { Refused } from "../model/refused.ts";
import type { MirrorRef } from "../model/scope.ts";
import { settleAll } from "../model/settle-all.ts";
import { count, some } from "../model/words.ts";
import { fence, ofRole } from "../workloads/workloads.ts";
import { arrive } from "./arrive.ts";
import { grownSince, ranges, recordsWritten, withRecords, type Grown } from "./ends-since-ledger.ts";
import type { SwitchEffects } from "./ports.ts";
import { firstPass, lastPass, openForProducers, type SchemaUndo } from "./schemas.ts";
import {
  checkBefore,
  checkStoppable,
  fencedBefore,
  ledgerPartitions,
  movedBetween,
  newUndo,
  putBack,
  readEnds,
  recordsBefore,
  stillLogs,
  type ReadEnds,
  type Undo,
} from "./steps.ts";
import { witnessedEnds } from "./witness.ts";

/**
 * Switches the producers: afterwards the mirror is stopped, the ledger has an entry with the ends of both sides and the
 * producers run at the target, or everything is as it was and the promise rejects with the reason; once the first was
 * started at the target it rejects with what is left to do there. May be called again at any point; an entry that still
 * holds is returned as it is.
 */
export async function switchProducers(effects: SwitchEffects, inputs: SwitchInputs): Promise<LedgerEntry> {
  const undo = { ...newUndo(), schemas: { sealed: false, again: false } };
  try {
    const entry = await attempt(effects, inputs, undo);
    await arrive(effects, inputs, undo, ofRole(inputs.scope.workloads, "producer"), entry);
    return entry;
  } catch (error) {
    throw await putBack(effects, inputs, undo, error);
  }
}

async function attempt(
  effects: SwitchEffects,
  inputs: SwitchInputs,
  undo: Undo & { readonly schemas: SchemaUndo },
): Promise<LedgerEntry> {
  const { scope } = inputs;
  const producers = ofRole(scope.workloads, "producer");
  undo.fenced = await fencedBefore(effects, producers);
  const before = await checkBefore(effects, scope);
  const entries = await effects.ledger.read();
  const earlier = liveEntry(entries, "producers");
  undo.earlier = earlier;
  if (earlier !== null && (await comparedWith(effects, inputs, earlier, before, undo)) === "target") {
    effects.log(`ledger entry ${earlier.number} holds: the producers write to the target already`);
    undo.forward = true;
    return earlier;
  }

  await checkStoppable(effects, producers);
  if (inputs.starts) await effects.addresses.rehearse(producers, "target");
  await effects.witness.ready(["source", "target"]);
  await firstPass(effects, earlier !== null);
  undo.fenced = producers;
  await fence(effects.workloads, producers, inputs.stopSeconds, effects.pace);
  effects.log(`${producers.length} workloads at 0 pods`);
  const still = await stillLogs(effects, "source", inputs.fenceSeconds, scope);
  effects.log(`the source's ends no longer grow in ${count(still.partitions.size, "partition")}`);
  await lastPass(effects, undo.schemas, earlier !== null);

  if (earlier !== null) {
    const now = { source: still, target: await stillLogs(effects, "target", inputs.fenceSeconds, scope) };
    const grown = await comparedWith(effects, inputs, earlier, now, undo);
    if (grown !== "source") {
      undo.forward = grown === "target";
      await stopped(effects, scope.mirror, undo);
      await openForProducers(effects);
      effects.log(`ledger entry ${earlier.number} holds: nothing was written to the source since`);
      return earlier;
    }
    effects.log(
      `ledger entry ${earlier.number} is void, because the source grew: ${ranges(grownSince(earlier, "source", still))}`,
    );
  }

  let copied: ReadEnds | undefined;
  if (scope.mirror !== null) {
    undo.mirror = true;
    await drained(effects, inputs, scope.mirror, still);
    effects.log("nothing left to mirror; stopping the mirror");
    // A drained mirror writes no more: while it stops, the target is watched already.
    [copied] = await settleAll([readEnds(effects, "target").catch(() => undefined), stopMirror(effects, scope.mirror)]);
    effects.log("the mirror is stopped");
  }
  let watched = copied;
  const ends = async () => {
    const since = watched;
    watched = undefined;
    const [target, source] = await settleAll([
      stillLogs(effects, "target", inputs.fenceSeconds, scope, since),
      stopProved(effects, scope.mirror, still),
    ]);
    if (scope.mirror === null) await provedEmpty(effects, entries, target);
    return { source, target };
  };
  const { source, target } = await witnessedEnds(effects, ends);
  effects.log("both clients read the same ends");
  await effects.pace.pause(0);
  await openForProducers(effects);
  const entry = await effects.ledger.append({
    switch: "producers",
    row: inputs.row,
    voids: earlier?.number ?? null,
    sourceClusterId: source.clusterId,
    targetClusterId: target.clusterId,
    partitions: ledgerPartitions({ source, target }),
    groups: [],
  });
  effects.log(`ledger entry ${entry.number} written: ${entry.partitions.length} partitions`);
  return entry;
}

/** Which side was written to since the entry. Rejects if both were. */
async function comparedWith(
  effects: SwitchEffects,
  { scope }: SwitchInputs,
  entry: LedgerEntry,
  before: BothLogs,
  undo: Undo,
): Promise<"source" | "target" | "neither"> {
  let { source, target } = before;
  const running = await notStopped(effects, sourceConnectorsOf(scope));
  if (running.length > 0 && grownSince(entry, "target", target).length > 0) {
    effects.log(`${running.join(", ")} ran again since ledger entry ${entry.number}; stopping the mirror to compare`);
    await stopped(effects, scope.mirror, undo);
    [source, target] = await Promise.all([effects.kafka.logs("source"), effects.kafka.logs("target")]);
  }
  const accepted = acceptedEnds(scope);
  const unaccepted = grownSince(entry, "source", source).flatMap((grown) => {
    const to = accepted.get(partitionName(grown.topic, grown.partition)) ?? 0n;
    return grown.to > to ? [{ ...grown, from: to > grown.from ? to : grown.from }] : [];
  });
  const onSource = await withRecords(effects, "source", unaccepted);
  const onTarget = await withRecords(effects, "target", grownSince(entry, "target", target));
  if (onTarget.length === 0) return onSource.length === 0 ? "neither" : "source";
  if (onSource.length === 0) return "target";
  if (scope.mirror !== null && (await copiedByMirror(effects, scope.mirror, entry, onTarget))) return "source";
  throw new Refused(
    "both-sides-written",
    `both sides were written to since ledger entry ${entry.number}: source ${ranges(onSource)}; ` +
      `target ${ranges(onTarget)}. Stop the producer that still writes to the source and accept these records under stragglers (topic, ` +
      `partition, to: the offset after the last one, reason), then run pulumi up again: groups that are on the source read ` +
      `them there, for others they are copied`,
  );
}

/**
 * Whether the mirror, resumed since the entry, wrote everything that is new on the target: exactly the records after the entry that
 * its own offsets say it has copied. An equal number of new records on the source proves nothing.
 */
async function copiedByMirror(
  effects: SwitchEffects,
  mirror: MirrorRef,
  entry: LedgerEntry,
  onTarget: readonly Grown[],
): Promise<boolean> {
  const copied = await copiedOffsets(effects, mirror, "end");
  const ends = new Map(
    entry.partitions.map(({ topic, partition, sourceEnd }) => [partitionName(topic, partition), BigInt(sourceEnd)]),
  );
  const originals = onTarget.flatMap((grown) => {
    const name = partitionName(grown.topic, grown.partition);
    const [from, to] = [ends.get(name) ?? 0n, (copied.get(name) ?? -1n) + 1n];
    return to > from ? [{ ...grown, from, to }] : [];
  });
  const [written, mirrored] = await Promise.all([
    recordsWritten(effects, "target", onTarget),
    recordsWritten(effects, "source", originals),
  ]);
  for (const { topic, partition } of onTarget) {
    const name = partitionName(topic, partition);
    if (written.get(name) !== (mirrored.get(name) ?? 0n)) return false;
  }
  effects.log(`since ledger entry ${entry.number} the target has grown only by what the mirror copied`);
  return true;
}

/** Waits until nothing is left to mirror; resumes connectors that an earlier, killed switch left stopped. */
async function drained(
  effects: SwitchEffects,
  inputs: SwitchInputs,
  mirror: MirrorRef,
  still: SideLogs,
): Promise<void> {
  const { pace } = effects;
  const until = pace.now() + inputs.drainSeconds * 1000;
  let resumed = false;
  for (;;) {
    const source = await untilAnswered(pace, until, () => effects.kafka.logs("source"));
    await provedStill(effects, still, source);
    const rest = await untilAnswered(pace, until, () => leftToMirror(effects, mirror, source));
    if (rest.left.length === 0 && rest.open.length === 0) return;
    const fault = await untilAnswered(pace, until, () => mirrorFault(effects, mirror));
    if (fault !== null)
      throw new Refused("mirror-fault", `${await leftSentence(effects, rest)}, and the mirror cannot copy: ${fault}`);
    if (!resumed && rest.left.length > 0) {
      const stopped = await notRunning(effects, inputs);
      if (stopped.length > 0) effects.log(`${stopped.join(", ")} resumed to copy the rest`);
      await resumeMirror(effects, stopped, pace);
      resumed = true;
    }
    if (pace.now() > until) {
      throw new Refused(
        "not-drained-in-time",
        `${await leftSentence(effects, rest)}, 0 allowed after ${inputs.drainSeconds} s`,
      );
    }
    await pace.pause(500);
  }
}

async function notRunning(effects: SwitchEffects, { scope }: SwitchInputs): Promise<string[]> {
  const names: string[] = [];
  for (const name of sourceConnectorsOf(scope)) {
    const state = (await effects.connect.status(name))?.connector.state;
    if (state === "STOPPED" || state === "PAUSED") names.push(name);
  }
  return names;
}

// An aborted transaction's marker can still arrive after the producers are gone: that is growth without a record.
async function provedStill(effects: SwitchEffects, still: SideLogs, source: SideLogs): Promise<void> {
  const grown = movedBetween(still, source).map(({ name }) => {
    const { topic, partition, end } = source.partitions.get(name)!;
    return { topic, partition, from: still.partitions.get(name)?.end ?? 0n, to: end };
  });
  const written = await withRecords(effects, "source", grown);
  if (written.length > 0) {
    throw new Refused(
      "written-while-drained",
      `the source was written to while the mirror was drained: ${ranges(written)}; ` +
        `find the writer that is not among the config's workloads and stop it, or add it there`,
    );
  }
}

async function stopped(effects: SwitchEffects, mirror: MirrorRef | null, undo: Undo): Promise<void> {
  if (mirror === null) return;
  undo.mirror = true;
  await stopMirror(effects, mirror);
}

/** Without a mirror, the target's first records are the producers', and groups begin there at the beginning. */
async function provedEmpty(effects: SwitchEffects, entries: readonly LedgerEntry[], target: SideLogs): Promise<void> {
  // Producers that were there before have left records, which the twins read.
  if (entries.some((entry) => entry.switch === "producers")) return;
  const full = await recordsBefore(effects, target);
  if (full.length > 0) {
    throw new Refused(
      "target-holds-records",
      `${some(full)} on the target ${full.length === 1 ? "holds" : "hold"} records that this migration did not ` +
        "write; groups would read them as new: find out what writes there, and delete the topics or their records",
    );
  }
}

/** Proves once more, with the mirror stopped, that nothing was left behind. */
async function stopProved(effects: SwitchEffects, mirror: MirrorRef | null, still: SideLogs): Promise<SideLogs> {
  const source = await effects.kafka.logs("source");
  await provedStill(effects, still, source);
  if (mirror === null) return source;
  const rest = await leftToMirror(effects, mirror, source);
  if (rest.left.length > 0 || rest.open.length > 0) {
    throw new Refused(
      "left-after-drain",
      `${await leftSentence(effects, rest)}, 0 allowed, although the mirror was drained and stopped`,
    );
  }
  return source;
}
