/** Reads the data records of many ranges of one cluster, each broker's together, and hands them out one by one. */
import { FetchIsolationLevels, IS_CONTROL } from "@platformatic/kafka";
import { committedRecords } from "./aborted.ts";
import type { Batch } from "./batches.ts";
import { responseOf, type Cluster } from "./connection.ts";
import { lacking, protocolError } from "./error-codes.ts";
import type { FetchedPartition } from "./fetch.ts";
import { brokerProblem, byTopic, grouped, partitionName } from "./partitions.ts";
import { locate, type Isolation } from "./positions.ts";
import { rangeName, type Range, type RecordHead } from "./ranges.ts";
import { requests, send } from "./requests.ts";

/** Bytes that one partition and one answer may have; a batch larger than that comes alone. */
const partitionBytes = 512 * 1024;
const answerBytes = 8 * 1024 * 1024;
/** Bytes that the answers of all brokers together may have while they are read: many brokers get smaller ones. */
const heldBytes = 64 * 1024 * 1024;
/** Partitions that one request names: each round sends all of them again, and an answer has room for few. */
const askedPartitions = 1_000;
/** Rounds without a new offset in any partition, after which a broker counts as stuck. */
const idleRounds = 5;
const compression = 0b111;
const timestampIsAppendTime = 0b1000;

/** What a record holds, as bytes. */
export interface RecordContent {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [Buffer | null, Buffer | null])[];
}

/** How the broker keeps a record. */
export interface RecordKept {
  /** Format of its batch: 2 since Kafka 0.11, 1 since 0.10, 0 before. */
  readonly format: number;
  /** Whether the broker set the timestamp when it wrote the record, by `message.timestamp.type`. */
  readonly appendTime: boolean;
  /** Whether its batch is compressed: its size on disk then says nothing about its own. */
  readonly compressed: boolean;
  /** Its share of its batch's bytes on the disk; null in formats before Kafka 0.11. */
  readonly storedBytes: number | null;
}

/** Takes the records of one range. */
export interface RangeReader {
  readonly range: Range;
  /** Called for each data record in the order of the log: never for markers, nor for what the isolation hides. */
  take(head: RecordHead, content: RecordContent, kept: RecordKept): void;
  /** True once nothing more is wanted of this range. */
  enough(): boolean;
}

/** When reading stops early. */
export interface ReadLimits {
  readonly isolation: Isolation;
  /** Asked before each request: true ends the reading of all ranges. @default never */
  readonly stop?: () => boolean;
  /** Time as of `Date.now()`. @default no limit */
  readonly deadline?: number;
}

/** How far one range was read. */
export interface RangeRead<R extends RangeReader> {
  readonly reader: R;
  /** False if reading stopped before the end of the range, or of what the isolation shows. */
  readonly done: boolean;
  /** First offset of the range that was not read: its end, or less where the isolation shows less. */
  readonly next: bigint;
  /** Start of the log if it lies behind `from`: what was in between is gone. */
  readonly trimmedTo: bigint | null;
}

/** A range is either among the reads or, by `rangeName`, among the problems. */
export interface RangeReads<R extends RangeReader> {
  readonly reads: readonly RangeRead<R>[];
  readonly problems: ReadonlyMap<string, string>;
  /** Kafka's error codes of those problems that a broker answered. */
  readonly codes: ReadonlyMap<string, number>;
}

interface Progress {
  readonly reader: RangeReader;
  readonly range: Range;
  position: bigint;
  /** Offset at which the range ends for now: its own end, or what the isolation shows. */
  end: bigint;
  done: boolean;
  readonly trimmedTo: bigint | null;
}

/** Reads many ranges, short ones first, so that a limit costs as few of them as possible. */
export async function readRanges<R extends RangeReader>(
  cluster: Cluster,
  readers: readonly R[],
  limits: ReadLimits,
): Promise<RangeReads<R>> {
  const problems = new Map<string, string>();
  const codes = new Map<string, number>();
  const located = await locate(cluster, [...new Set(readers.map(({ range }) => range.topic))]);
  const starts = await located.list("start", "read_uncommitted");
  const leaders = new Map<string, number>();
  for (const [leader, partitions] of located.leaders) {
    for (const { topic, partition } of partitions) leaders.set(partitionName(topic, partition), leader);
  }
  const byLeader = new Map<number, Progress[]>();
  const unlocated = byTopic(starts.problems);
  const all: (Progress & { readonly reader: R })[] = [];
  const length = ({ range: { from, to } }: R) => Number(to - from);
  for (const reader of [...readers].sort((a, b) => length(a) - length(b))) {
    const { range } = reader;
    const name = partitionName(range.topic, range.partition);
    const leader = leaders.get(name);
    const start = starts.offsets.get(name)?.offset;
    if (leader === undefined || start === undefined) {
      const problem = unlocated
        .get(range.topic)
        ?.find(({ partition }) => (partition ?? range.partition) === range.partition);
      problems.set(rangeName(range), problem?.sentence ?? `${name} does not exist on the ${cluster.endpoint.side}`);
      continue;
    }
    const position = start > range.from ? start : range.from;
    const trimmedTo = start > range.from ? start : null;
    const progress = { reader, range, position, end: range.to, done: position >= range.to, trimmedTo };
    all.push(progress);
    const led = byLeader.get(leader);
    if (led === undefined) byLeader.set(leader, [progress]);
    else led.push(progress);
  }
  const most = Math.max(partitionBytes, Math.min(answerBytes, Math.floor(heldBytes / Math.max(byLeader.size, 1))));
  await Promise.all(
    [...byLeader].map(async ([leader, list]) => {
      try {
        await readAll({ cluster, leader, most, problems, codes }, list, limits);
      } catch (error) {
        const sentence = brokerProblem(cluster, leader, error);
        for (const { range, done } of list) if (!done) problems.set(rangeName(range), sentence);
      }
    }),
  );
  const reads = all.filter(({ range }) => !problems.has(rangeName(range)));
  return {
    reads: reads.map(({ reader, done, position, end, trimmedTo }) => ({
      reader,
      done,
      trimmedTo,
      // The last batch may lie across the end.
      next: done && position > end ? end : position,
    })),
    problems,
    codes,
  };
}

/** One broker's part of the reading. */
interface Reading {
  readonly cluster: Cluster;
  readonly leader: number;
  /** Bytes that an answer may have. */
  readonly most: number;
  readonly problems: Map<string, string>;
  readonly codes: Map<string, number>;
}

async function readAll(reading: Reading, list: readonly Progress[], limits: ReadLimits): Promise<void> {
  const isOpen = ({ reader, range, done }: Progress) =>
    !done && !reading.problems.has(rangeName(range)) && !reader.enough();
  let open = list.filter(isOpen);
  let idle = 0;
  for (let round = 0; open.length > 0; round++) {
    if (Date.now() >= (limits.deadline ?? Number.POSITIVE_INFINITY)) return;
    if (limits.stop?.() === true) return;
    const asked = onePerPartition(open);
    // Brokers fill an answer in the order of the request: the first of this round is the last of the next.
    const turn = round % asked.length;
    const moved = await readOnce(reading, [...asked.slice(turn), ...asked.slice(0, turn)], limits);
    open = open.filter(isOpen);
    idle = moved ? 0 : idle + 1;
    if (idle === idleRounds) throw new Error("it returns no records below the end of the log");
  }
}

// Several groups may read one partition from different offsets; a request may name it once.
function onePerPartition(list: readonly Progress[]): Progress[] {
  const first = new Map<string, Progress>();
  for (const progress of list) {
    const name = partitionName(progress.range.topic, progress.range.partition);
    if (!first.has(name)) first.set(name, progress);
    if (first.size === askedPartitions) break;
  }
  return [...first.values()];
}

async function readOnce(
  { cluster, leader, most, problems, codes }: Reading,
  asked: readonly Progress[],
  { isolation }: ReadLimits,
): Promise<boolean> {
  const level = isolation === "read_committed" ? FetchIsolationLevels.READ_COMMITTED : 0;
  const request = grouped(
    asked.map((progress) => ({ ...progress.range, position: progress.position })),
    ({ partition, position }) => ({
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: position,
      lastFetchedEpoch: -1,
      partitionMaxBytes: partitionBytes,
    }),
  );
  // Up to version 12 topics are named by name, so that no id has to be looked up; `topicId` takes the name.
  const topics = request.map(({ name, partitions }) => ({ topicId: name, partitions }));
  const connection = await cluster.broker(leader);
  const answer = await send(connection, requests.fetch, 200, 1, most, level, 0, -1, topics, [], "").catch(
    responseOf<never>,
  );
  if (answer.errorCode !== 0) throw new Error(protocolError(answer.errorCode));
  const byName = new Map(
    asked.map((progress) => [partitionName(progress.range.topic, progress.range.partition), progress]),
  );
  let moved = false;
  for (const { name: topic, partitions } of answer.topics) {
    for (const partition of partitions) {
      const progress = byName.get(partitionName(topic, partition.partitionIndex));
      if (progress === undefined) continue;
      if (partition.errorCode !== 0) {
        const where = `${partitionName(topic, partition.partitionIndex)} of the ${cluster.endpoint.side}`;
        problems.set(
          rangeName(progress.range),
          `${where} cannot be read at offset ${progress.position}: ${lacking(partition.errorCode, `Read on Topic ${topic}`)}`,
        );
        codes.set(rangeName(progress.range), partition.errorCode);
      } else if (advance(progress, partition, isolation)) moved = true;
    }
  }
  return moved;
}

function advance(progress: Progress, fetched: FetchedPartition, isolation: Isolation): boolean {
  const { range } = progress;
  const limit = isolation === "read_committed" ? fetched.lastStableOffset : fetched.highWatermark;
  const end = limit < range.to ? limit : range.to;
  const before = progress.position;
  const { batches } = fetched;
  const data =
    isolation === "read_committed"
      ? committedRecords(batches, fetched.abortedTransactions)
      : batches.filter(({ attributes }) => (attributes & IS_CONTROL) === 0);
  for (const batch of data) {
    const kept = keptAs(batch);
    for (const record of batch.records) {
      const offset = batch.firstOffset + BigInt(record.offsetDelta);
      if (offset < before || offset >= end) continue;
      const head = recordHead(batch, offset, record.timestampDelta);
      progress.reader.take(head, record, kept);
    }
  }
  const last = batches.at(-1);
  if (last !== undefined) progress.position = last.firstOffset + BigInt(last.lastOffsetDelta) + 1n;
  progress.end = end;
  progress.done = progress.position >= end;
  return progress.position > before || progress.done;
}

const keptAs = ({ magic, attributes, length, records }: Batch): RecordKept => ({
  storedBytes: length === undefined || records.length === 0 ? null : length / records.length,
  format: magic,
  appendTime: (attributes & timestampIsAppendTime) !== 0,
  compressed: (attributes & compression) !== 0,
});

function recordHead(batch: Batch, offset: bigint, timestampDelta: bigint): RecordHead {
  const appended = (batch.attributes & timestampIsAppendTime) !== 0;
  return {
    offset,
    timestamp: appended ? batch.maxTimestamp : batch.firstTimestamp + timestampDelta,
    producer: batch.producerId < 0n ? null : { id: batch.producerId, epoch: batch.producerEpoch },
  };
}
