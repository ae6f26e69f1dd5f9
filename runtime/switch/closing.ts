/** Topics that close with a move: nothing is written there, nothing is left to mirror, both ends are proved. */
import type { BothLogs, SideLogs } from "../brokers/kafka-port.ts";
import { partitionName } from "../brokers/partitions.ts";
import { statusesOf, stillRunning } from "../connect/stopped.ts";
import { untilAnswered } from "../model/again.ts";
import type { SwitchInputs } from "../model/inputs.ts";
import { openSince } from "../topics/way-back.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import { Refused } from "../model/refused.ts";
import type { MirrorRef, Scope } from "../model/scope.ts";
import { settleAll } from "../model/settle-all.ts";
import { closingConnectors, closingScope } from "../model/waves.ts";
import { grownSince, ranges, recordsWritten, withRecords, type Grown, unaccepted } from "./ends-since-ledger.ts";
import { copiedOffsets, leftSentence, leftToMirror, mirrorFault, resumeMirror, stopMirror } from "./mirror-drain.ts";
import type { SwitchEffects } from "./ports.ts";
import { grownBetween, readEnds, stillLogs, type ReadEnds, type Undo } from "./steps.ts";
import { witnessedEnds } from "./witness.ts";
import { writersOf } from "./writers.ts";

/** Which side was written to since the entry. Rejects if both were. */
export async function comparedWith(
  effects: SwitchEffects,
  { scope }: Pick<SwitchInputs, "scope">,
  entry: LedgerEntry,
  before: BothLogs,
  undo: Undo,
): Promise<"source" | "target" | "neither"> {
  // It begins once everybody has started at the target; what the source has got since then is its copies.
  if (openSince((await effects.back?.opened()) ?? null, entry) !== null) return "target";
  let { source, target } = before;
  const running = await stillRunning(effects.connect, closingConnectors(scope), effects.pace);
  if (running.length > 0 && grownSince(entry, "target", target).length > 0) {
    effects.log(`${running.join(", ")} ran again since ledger entry ${entry.number}; stopping the mirror to compare`);
    await stopClosing(effects, scope, undo);
    [source, target] = await Promise.all([effects.kafka.logs("source"), effects.kafka.logs("target")]);
  }
  const onSource = await withRecords(effects, "source", unaccepted(scope, entry, source));
  const onTarget = await withRecords(effects, "target", grownSince(entry, "target", target));
  if (onTarget.length === 0) return onSource.length === 0 ? "neither" : "source";
  if (onSource.length === 0) return "target";
  if (scope.mirror !== null && (await copiedByMirror(effects, scope.mirror, entry, onTarget))) return "source";
  const writers = await writersOf(effects, "source", onSource);
  throw new Refused(
    "both-sides-written",
    `both sides were written to since ledger entry ${entry.number}: source ${ranges(onSource, writers)}; ` +
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

/** What the mirror has to copy before it is waited for no longer. */
interface Rest {
  readonly mirror: MirrorRef;
  /** Ends of the topics that close: nothing is written there any more. */
  readonly still?: SideLogs;
  /** Ends up to which topics that stay open have to be copied: others write there on. */
  readonly marks?: SideLogs;
}

/**
 * Waits until nothing is left to mirror; resumes connectors that close and that an earlier, killed switch left stopped.
 * Rejects after `drainSeconds` with what is left.
 */
async function drained(effects: SwitchEffects, { scope, drainSeconds }: SwitchInputs, rest: Rest): Promise<void> {
  const { pace } = effects;
  const { mirror, still, marks } = rest;
  const until = pace.now() + drainSeconds * 1000;
  let resumed = false;
  for (;;) {
    const source = await untilAnswered(pace, until, () => effects.kafka.logs("source"));
    if (still !== undefined) await provedStill(effects, still, source);
    const rest = await untilAnswered(pace, until, () => leftToMirror(effects, mirror, source, marks));
    if (rest.left.length === 0 && rest.open.length === 0) return;
    const fault = await untilAnswered(pace, until, () => mirrorFault(effects, mirror));
    if (fault !== null)
      throw new Refused("mirror-fault", `${await leftSentence(effects, rest)}, and the mirror cannot copy: ${fault}`);
    if (!resumed && rest.left.length > 0) {
      // Others are not this move's to start.
      const stopped = still === undefined ? [] : await notRunning(effects, closingConnectors(scope));
      if (stopped.length > 0) effects.log(`${stopped.join(", ")} resumed to copy the rest`);
      await resumeMirror(effects, stopped, pace);
      resumed = true;
    }
    if (pace.now() > until) {
      throw new Refused(
        "not-drained-in-time",
        `${await leftSentence(effects, rest)}, 0 allowed after ${drainSeconds} s`,
      );
    }
    await pace.pause(500);
  }
}

async function notRunning(effects: SwitchEffects, connectors: readonly string[]): Promise<string[]> {
  return (await statusesOf(effects.connect, connectors)).flatMap(({ name, status }) => {
    const state = status?.connector.state;
    return state === "STOPPED" || state === "PAUSED" ? [name] : [];
  });
}

// An aborted transaction's marker can still arrive after the producers are gone: that is growth without a record.
async function provedStill(effects: SwitchEffects, still: SideLogs, source: SideLogs): Promise<void> {
  const written = await withRecords(effects, "source", grownBetween(still, source));
  if (written.length > 0) {
    const writers = await writersOf(effects, "source", written);
    throw new Refused(
      "written-while-drained",
      `the source was written to while the mirror was drained: ${ranges(written, writers)}; ` +
        `find the writer that is not among the config's workloads and stop it, or add it there`,
    );
  }
}

/** Stops the connectors that stop with the move, if any copies anything. */
export async function stopClosing(effects: SwitchEffects, scope: Scope, undo: Undo): Promise<void> {
  const { mirror } = closingScope(scope);
  if (mirror === null) return;
  undo.mirror = true;
  await stopMirror(effects, mirror);
}

/**
 * The ends of both sides once nothing is written to the source any more, nothing is left to mirror and the mirror is
 * stopped, read by both clients. The effects see the topics that close, and no others. `still` are the source's ends
 * from when it no longer grew; `proved` looks at the target's before they count.
 */
export async function closedEnds(
  effects: SwitchEffects,
  inputs: SwitchInputs,
  undo: Undo,
  still: SideLogs,
  proved: (target: SideLogs) => Promise<void> = async () => undefined,
): Promise<BothLogs> {
  const { scope } = inputs;
  const { mirror } = closingScope(scope);
  let copied: ReadEnds | undefined;
  if (mirror !== null) {
    undo.mirror = true;
    await drained(effects, inputs, { mirror, still });
    effects.log("nothing left to mirror; stopping the mirror");
    // A drained mirror writes no more: while it stops, the target is watched already.
    [copied] = await settleAll([readEnds(effects, "target").catch(() => undefined), stopMirror(effects, mirror)]);
    effects.log("the mirror is stopped");
  }
  let watched = copied;
  const ends = async () => {
    const since = watched;
    watched = undefined;
    const [target, source] = await settleAll([
      stillLogs(effects, "target", inputs.fenceSeconds, scope, since),
      stopProved(effects, mirror, still),
    ]);
    await proved(target);
    return { source, target };
  };
  const both = await witnessedEnds(effects, ends);
  effects.log("both clients read the same ends");
  return both;
}

/**
 * Waits until the mirror has copied topics that stay open up to where they end now, transactions that are open now
 * included: what their writers write at the target must not come before what they have written here. The effects see
 * these topics, and no others.
 */
export async function copiedSoFar(effects: SwitchEffects, inputs: SwitchInputs): Promise<void> {
  const { scope } = inputs;
  if (scope.mirror === null) return;
  const closing = new Set(closingConnectors(scope));
  const sourceConnectors = scope.mirror.sourceConnectors.filter((name) => !closing.has(name));
  const marks = await effects.kafka.logs("source");
  if (marks.partitions.size > 0)
    await drained(effects, inputs, { mirror: { ...scope.mirror, sourceConnectors }, marks });
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
