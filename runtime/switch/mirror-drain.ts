/** What the mirror has not copied yet, and stopping it so that nothing more is copied. */
import type { SideLogs } from "../brokers/kafka-port.ts";
import { partitionName } from "../brokers/partitions.ts";
import type { PartitionLog } from "../brokers/positions.ts";
import { failures } from "../connect/failures.ts";
import { copiedBy } from "../connect/mirror-copied.ts";
import type { UpTo } from "../connect/offsets-topic/reader.ts";
import { lingers, runs, statusesOf, stopConnectors, connectorStopSeconds } from "../connect/stopped.ts";
import { Lost } from "../model/again.ts";
import { type Pace } from "../model/pace.ts";
import { Refused } from "../model/refused.ts";
import type { MirrorRef } from "../model/scope.ts";
import type { SideName } from "../model/sides.ts";
import { some } from "../model/words.ts";
import { gapRemedy, isPurged, nothingLeftBefore, overtaken } from "../placement/gaps.ts";
import type { SwitchEffects } from "./ports.ts";

/** Producers wait while a failed drain is counted: above so many records the sentence says `more than`. */
const worthCounting = 1_000_000;
/** A partition in which something is left. */
export interface Left {
  readonly log: PartitionLog;
  /** First offset that the mirror has not copied. */
  readonly next: bigint;
}

export interface MirrorLeft {
  readonly left: readonly Left[];
  /** Partitions with an open transaction on the source. */
  readonly open: readonly PartitionLog[];
}

/**
 * What is left to mirror now; with `marks`, up to where the logs ended when these were read. Ranges with nothing but
 * markers are not left. Rejects if records are lost already.
 */
export async function leftToMirror(
  effects: SwitchEffects,
  mirror: MirrorRef,
  source: SideLogs,
  marks?: SideLogs,
): Promise<MirrorLeft> {
  // What is committed now is enough: it is never ahead of what was copied.
  const copied = await copiedOffsets(effects, mirror, "stable");
  const emptyBefore = async () => nothingLeftBefore(mirror, await effects.ledger.read(), source.clusterId);
  const { purged = [] } = mirror;
  return leftIn(effects, { side: "source", logs: source, copied, emptyBefore, purged, ...(marks && { marks }) });
}

/** A side's logs, and how far a mirror that reads them is. */
export interface Copying {
  readonly side: SideName;
  readonly logs: SideLogs;
  /** The last offset that it has copied, by `partitionName`; absent or negative where it begins at the beginning. */
  readonly copied: ReadonlyMap<string, bigint>;
  /** Offsets before which nothing was left to copy, for logs that begin behind the mirror. */
  readonly emptyBefore: () => Promise<ReadonlyMap<string, bigint>>;
  /** Topics whose logs may begin behind the mirror; see `MirrorRef`. @default none */
  readonly purged?: readonly string[];
  /** An earlier reading of the logs, whose ends are what is to be copied. @default the ends now */
  readonly marks?: SideLogs;
}

/** The same of a mirror that reads either side. */
export async function leftIn(
  effects: Pick<SwitchEffects, "kafka">,
  { side, logs, copied, emptyBefore, marks, ...purging }: Copying,
): Promise<MirrorLeft> {
  let empty: ReadonlyMap<string, bigint> | null = null;
  const behind: Left[] = [];
  const open: PartitionLog[] = [];
  for (const [name, log] of logs.partitions) {
    const last = copied.get(name);
    let next = last === undefined || last < 0n ? log.start : last + 1n;
    if (next < log.start) {
      empty ??= await emptyBefore();
      if (!isPurged(purging, log.topic) && log.start > (empty.get(name) ?? 0n))
        throw new Lost("overtaken", `${overtaken(name, next, log.start)}; ${gapRemedy(side)}`);
      next = log.start;
    }
    // Where others write on, the mirror may have copied what came after the reading of the ends.
    if (marks === undefined && next > log.end) {
      throw new Refused(
        "past-the-end",
        `the mirror is at offset ${next} of ${name}, past its end ${log.end} on the ${side}: it is written to just now, ` +
          `or the topic was re-created; run pulumi up again, in which the gates say which of both`,
      );
    }
    const end = marks === undefined ? log.end : (marks.partitions.get(name)?.end ?? 0n);
    const stable = log.stable < end ? log.stable : end;
    const upTo = { ...log, end, stable };
    if (end > stable) open.push(upTo);
    if (next < stable) behind.push({ log: upTo, next });
  }
  // The first record found is enough: until then the ranges may hold nothing but markers and aborted records.
  const counted = await effects.kafka.count(side, behind.map(rangeOf), "read_committed", 1);
  return { left: behind.filter((_, index) => !counted[index]?.exact || counted[index].records > 0), open };
}

/**
 * The last mirrored source offset by `partitionName`; absent where nothing was mirrored yet. Read up to the
 * "end" before offsets are set: what was written before is committed or aborted by then.
 */
export async function copiedOffsets(
  { connect }: { readonly connect: Pick<SwitchEffects["connect"], "offsets"> },
  mirror: MirrorRef,
  upTo: UpTo,
): Promise<ReadonlyMap<string, bigint>> {
  return copiedBy(mirror.sourceAlias, await connect.offsets(mirror.sourceConnectors, upTo));
}

const rangeOf = ({ log, next }: Left) => ({ topic: log.topic, partition: log.partition, from: next, to: log.stable });

/** What is left as a sentence with exact counts, the worst first: `orders[3] has 12 records left to mirror`. */
export async function leftSentence(
  effects: SwitchEffects,
  { left, open }: MirrorLeft,
  side: SideName = "source",
): Promise<string> {
  const counted = await effects.kafka.count(side, left.map(rangeOf), "read_committed", worthCounting);
  const records = left
    .map(({ log }, index) => ({ log, ...(counted[index] ?? { records: 0, exact: false }) }))
    .filter(({ exact, records: number }) => number > 0 || !exact)
    .sort((a, b) => b.records - a.records)
    .map(({ log, exact, records: number }) => {
      const left = `${exact ? "" : "more than "}${number} record${number === 1 ? "" : "s"} left to mirror`;
      return `${partitionName(log.topic, log.partition)} has ${left}`;
    });
  const transactions = open.map(
    ({ topic, partition, stable, end }) =>
      `${partitionName(topic, partition)} has an open transaction since offset ${stable} (${end - stable} offsets)`,
  );
  return [records, transactions]
    .filter((list) => list.length > 0)
    .map((list) => some(list))
    .join("; ");
}

/** Why the mirror cannot copy: connectors and tasks that have failed or are gone, or null. */
export async function mirrorFault(effects: SwitchEffects, mirror: MirrorRef): Promise<string | null> {
  const faults = (await statusesOf(effects.connect, mirror.sourceConnectors)).flatMap(({ name, status }) =>
    status === null ? [`connector ${name} does not exist in Connect`] : failures(name, status),
  );
  return faults.length === 0 ? null : faults.join("; ");
}

/**
 * Stops the source connectors, having written down which, and waits until they have no tasks. The others stay: no
 * record passes through them, and stopping one more connector moves tasks between the workers, where a task that is
 * just starting does not stop until Connect's graceful timeout is over, while no producer is allowed to write.
 */
export async function stopMirror(effects: SwitchEffects, mirror: MirrorRef): Promise<void> {
  const seen = (await statusesOf(effects.connect, mirror.sourceConnectors)).filter(({ status }) => runs(status));
  if (seen.length === 0) return;
  // One that its owners have stopped stays so when this switch is undone, whatever Connect still lists of it.
  const stopped = seen.filter(({ status }) => !lingers(status)).map(({ name }) => name);
  if (stopped.length > 0)
    await effects.journal.setStopped([...new Set([...effects.journal.stopped(), ...stopped])].sort());
  const left = await stopConnectors(
    effects.connect,
    seen.map(({ name }) => name),
    effects.pace,
  );
  if (left.length === 0) return;
  throw new Refused(
    "does-not-stop",
    `connector ${left.join(", ")} did not stop within ${connectorStopSeconds} s; see the Connect workers' logs`,
  );
}

/** Resumes connectors, waits until Connect says so and forgets that they were stopped. Absent ones are passed over. */
export async function resumeMirror(effects: SwitchEffects, names: readonly string[], pace: Pace): Promise<void> {
  if (names.length === 0) return;
  for (const name of names) {
    if ((await effects.connect.status(name)) !== null) await effects.connect.resume(name);
  }
  const until = pace.now() + connectorStopSeconds * 1000;
  for (;;) {
    const still = (await statusesOf(effects.connect, names)).flatMap(({ name, status }) => {
      const state = status?.connector.state;
      return state === "STOPPED" || state === "PAUSED" ? [`${name} is ${state}`] : [];
    });
    if (still.length === 0) break;
    if (pace.now() > until)
      throw new Refused(
        "does-not-resume",
        `${still.join(", ")} ${connectorStopSeconds} s after it was resumed; see the Connect workers' logs`,
      );
    await pace.pause(500);
  }
  await effects.journal.setStopped(effects.journal.stopped().filter((name) => !names.includes(name)));
}
