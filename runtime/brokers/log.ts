/** Data records in a range of a log, one by one: an offset may be a marker, an aborted record or compacted away. */
import type { KafkaEndpoint } from "../model/sides.ts";
import { withOwnCluster, type Cluster } from "./connection.ts";
import { readRanges, type RangeReader } from "./log-reader.ts";
import type { Isolation } from "./positions.ts";
import { rangeName, type Counted, type Counts, type Range, type RecordHead } from "./ranges.ts";

/** When counting stops early. */
export interface CountLimits {
  readonly isolation: Isolation;
  /** Records of one range. @default no limit */
  readonly records?: number;
  /** Records of all ranges together. @default no limit */
  readonly total?: number;
  /** Time as of `Date.now()`. @default no limit */
  readonly deadline?: number;
}

/**
 * Counts the data records in `[from, to)` of one partition: markers never, aborted ones not under `read_committed`,
 * which also ends at the last stable offset. Stops past `cap` records. Rejects if the partition cannot be read.
 */
export async function recordsBetween(
  endpoint: KafkaEndpoint,
  topic: string,
  partition: number,
  from: bigint,
  to: bigint,
  isolation: Isolation,
  cap?: number,
): Promise<Counted> {
  const range = { topic, partition, from, to };
  const limits = { isolation, ...(cap === undefined ? {} : { records: cap }) };
  const { counts, problems } = await withOwnCluster(endpoint, (cluster) => countRecords(cluster, [range], limits));
  const counted = counts.get(rangeName(range));
  if (counted === undefined) throw new Error(problems.get(rangeName(range)) ?? `${rangeName(range)} was not counted`);
  return counted;
}

/** Records that the counters of one count have seen together. */
interface Seen {
  records: number;
}

class Counter implements RangeReader {
  readonly range: Range;
  readonly #most: number;
  readonly #seen: Seen;
  records = 0;
  first: RecordHead | null = null;
  last: RecordHead | null = null;

  constructor(range: Range, most: number, seen: Seen) {
    this.range = range;
    this.#most = most;
    this.#seen = seen;
  }

  take(head: RecordHead): void {
    this.records += 1;
    this.#seen.records += 1;
    this.first ??= head;
    this.last = head;
  }

  enough(): boolean {
    return this.records > this.#most;
  }
}

/** Counts many ranges, each broker's together; short ranges first, so that a limit costs as few of them as possible. */
export async function countRecords(cluster: Cluster, ranges: readonly Range[], limits: CountLimits): Promise<Counts> {
  const { isolation, records: most = Number.POSITIVE_INFINITY, total = Number.POSITIVE_INFINITY, deadline } = limits;
  const seen: Seen = { records: 0 };
  const counters = ranges.map((range) => new Counter(range, most, seen));
  const stop = () => seen.records >= total;
  const { reads, problems } = await readRanges(cluster, counters, {
    isolation,
    stop,
    ...(deadline === undefined ? {} : { deadline }),
  });
  const counts = new Map<string, Counted>();
  for (const { reader, done, trimmedTo } of reads) {
    const { range, records, first, last } = reader;
    counts.set(rangeName(range), { records, exact: done, first, last, trimmedTo });
  }
  return { counts, problems };
}
