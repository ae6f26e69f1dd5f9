/** Reads a share of the records of topics, from both ends of each partition, and says what they are like. */
import type { PartitionLoad } from "../model/cluster-reading.ts";
import type { RecordSample } from "../model/record-sample.ts";
import type { Cluster } from "./connection.ts";
import { readRanges, type RangeReader, type RecordContent, type RecordKept } from "./log-reader.ts";
import type { Range, RecordHead } from "./ranges.ts";

export interface SampleLimits {
  /** Records from each end of a partition. @default 200 */
  readonly records?: number;
  /** Milliseconds for all topics together; what was not read by then is left out. @default 20,000 */
  readonly milliseconds?: number;
}

/**
 * Samples by topic; a topic without a record that could be read in time is left out. Old records are at the beginning of a
 * partition and today's at its end: what differs between them is what the sample is for.
 */
export async function sampleRecords(
  cluster: Cluster,
  partitions: readonly Pick<PartitionLoad, "topic" | "partition" | "start" | "stable">[],
  { records = 200, milliseconds = 20_000 }: SampleLimits = {},
): Promise<ReadonlyMap<string, RecordSample>> {
  const readers = partitions.flatMap((partition) =>
    endsOf(partition, BigInt(records)).map((range) => new Sampler(range)),
  );
  await readRanges(cluster, readers, { isolation: "read_committed", deadline: Date.now() + milliseconds });
  const byTopic = Map.groupBy(readers, ({ range }) => range.topic);
  const samples = [...byTopic].map(([topic, all]) => [topic, joined(all.map(({ sample }) => sample))] as const);
  return new Map(samples.filter(([, sample]) => sample.records > 0));
}

function endsOf(
  { topic, partition, start, stable }: Pick<PartitionLoad, "topic" | "partition" | "start" | "stable">,
  most: bigint,
): Range[] {
  const range = (from: bigint, to: bigint): Range => ({ topic, partition, from, to });
  if (stable <= start) return [];
  return stable - start <= 2n * most
    ? [range(start, stable)]
    : [range(start, start + most), range(stable - most, stable)];
}

type Writable = { -readonly [key in keyof RecordSample]: RecordSample[key] };

const nothing: RecordSample = {
  records: 0,
  largestBytes: 0,
  oldest: null,
  newest: null,
  withoutTimestamp: 0,
  before1970: 0,
  withoutKey: 0,
  appendTime: 0,
  compressed: 0,
  compressedBytes: { plain: 0, stored: 0 },
  formerFormat: 0,
};

class Sampler implements RangeReader {
  readonly range: Range;
  readonly sample: Writable = { ...nothing };

  constructor(range: Range) {
    this.range = range;
  }

  take(
    { timestamp }: RecordHead,
    content: RecordContent,
    { format, appendTime, compressed, storedBytes }: RecordKept,
  ): void {
    const { sample } = this;
    const bytes = bytesOf(content);
    sample.records += 1;
    sample.largestBytes = Math.max(sample.largestBytes, bytes);
    if (timestamp === -1n) sample.withoutTimestamp += 1;
    else if (timestamp < 0n) sample.before1970 += 1;
    else {
      const at = Number(timestamp);
      sample.oldest = Math.min(sample.oldest ?? at, at);
      sample.newest = Math.max(sample.newest ?? at, at);
    }
    if (content.key === null) sample.withoutKey += 1;
    if (appendTime) sample.appendTime += 1;
    if (compressed) sample.compressed += 1;
    if (compressed && storedBytes !== null) {
      const { plain, stored } = sample.compressedBytes;
      sample.compressedBytes = { plain: plain + bytes + recordOverhead, stored: stored + storedBytes };
    }
    if (format < 2) sample.formerFormat += 1;
  }

  enough(): boolean {
    return false;
  }
}

/** What a record takes besides its key, value and headers, about. */
const recordOverhead = 8;

const bytesOf = ({ key, value, headers }: RecordContent): number =>
  [key, value, ...headers.flat()].reduce((sum, part) => sum + (part?.length ?? 0), 0);

function joined(samples: readonly RecordSample[]): RecordSample {
  const sum = (of: (one: RecordSample) => number) => samples.reduce((all, one) => all + of(one), 0);
  const times = samples.flatMap(({ oldest, newest }) => [oldest, newest]).filter((time) => time !== null);
  return {
    records: sum(({ records }) => records),
    largestBytes: Math.max(...samples.map(({ largestBytes }) => largestBytes)),
    oldest: times.length === 0 ? null : Math.min(...times),
    newest: times.length === 0 ? null : Math.max(...times),
    withoutTimestamp: sum(({ withoutTimestamp }) => withoutTimestamp),
    before1970: sum(({ before1970 }) => before1970),
    withoutKey: sum(({ withoutKey }) => withoutKey),
    appendTime: sum(({ appendTime }) => appendTime),
    compressed: sum(({ compressed }) => compressed),
    compressedBytes: {
      plain: sum(({ compressedBytes }) => compressedBytes.plain),
      stored: sum(({ compressedBytes }) => compressedBytes.stored),
    },
    formerFormat: sum(({ formerFormat }) => formerFormat),
  };
}
