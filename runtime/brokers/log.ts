/** Data records in a range of a log, one by one: an offset may be a marker, an aborted record or compacted away. */
import type { KafkaEndpoint } from "../model/sides.ts";
import { withCluster, type Cluster } from "./connection.ts";
import { rangeName, readRanges, type Range, type RangeReader, type RecordHead } from "./log-reader.ts";
import type { Isolation } from "./positions.ts";

export { rangeName } from "./log-reader.ts";
export type { Range, RecordHead } from "./log-reader.ts";

/** How many data records a range holds. */
export interface Counted {
  readonly records: number;
  /** False if counting stopped at a limit: `records` were seen, more may follow. */
  readonly exact: boolean;
  readonly first: RecordHead | null;
  readonly last: RecordHead | null;
  /** Start of the log if it lies behind `from`: what was in between is gone and not counted. */
  readonly trimmedTo: bigint | null;
}

/**
 * Whether a range is known to hold no record. One whose beginning was removed is not: what was there cannot be counted any
 * more.
 */
export const holdsNothing = (counted: Counted | undefined): boolean =>
  counted !== undefined && counted.exact && counted.records === 0 && counted.trimmedTo === null;

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

/** Counts by `rangeName`; a range is either among the counts or among the problems. */
export interface Counts {
  readonly counts: ReadonlyMap<string, Counted>;
  readonly problems: ReadonlyMap<string, string>;
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
  const { counts, problems } = await withCluster(endpoint, (cluster) => countRecords(cluster, [range], limits));
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
