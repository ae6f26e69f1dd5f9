/** Ranges of a log and what was counted in them. */
import { partitionName } from "./partitions.ts";

/** Offsets of one partition: `from` is in the range, `to` is not. */
export interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** Key of a range in maps, for example `orders[3] 12..40`. */
export function rangeName({ topic, partition, from, to }: Range): string {
  return `${partitionName(topic, partition)} ${from}..${to}`;
}

/** What tells one record from another without reading its content. */
export interface RecordHead {
  readonly offset: bigint;
  /** Milliseconds since 1970; -1 is a record without a timestamp: of Kafka before 0.10, or of such a client. */
  readonly timestamp: bigint;
  /** Null if the producer is not idempotent. */
  readonly producer: { readonly id: bigint; readonly epoch: number } | null;
}

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

/** Counts by `rangeName`; a range is either among the counts or among the problems. */
export interface Counts {
  readonly counts: ReadonlyMap<string, Counted>;
  readonly problems: ReadonlyMap<string, string>;
  /** Transactional ids by producer id, of those who wrote the first and the last records. @default none are known */
  readonly transactionalIds?: ReadonlyMap<bigint, string>;
}

/** Producer ids of the first and the last records that were counted, each once. */
export const producersOf = (counted: Iterable<Counted>): bigint[] => [
  ...new Set(
    [...counted].flatMap(({ first, last }) =>
      [first, last].flatMap((head) => (head?.producer ? [head.producer.id] : [])),
    ),
  ),
];

/** A producer as a sentence has it: `producer id 7 epoch 0 (transactional id pay)`. */
export function producerTitle(
  producer: RecordHead["producer"],
  transactionalIds: ReadonlyMap<bigint, string> = new Map(),
): string {
  if (producer === null) return "a producer that is not idempotent";
  const name = transactionalIds.get(producer.id);
  return `producer id ${producer.id} epoch ${producer.epoch}${name === undefined ? "" : ` (transactional id ${name})`}`;
}
