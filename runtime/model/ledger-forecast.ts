/** How large a ledger can become, from what is known before anybody moves. Pure. */
import { partsFor } from "./document-limits.ts";

/** Digits of the largest offset that is reckoned with: a trillion records in a partition. */
const digits = 13;
/** Quotes and a comma around each offset. */
const offsetBytes = digits + 3;
/** An entry can be made void by a way back and be written a second time; further ones are asked for before a move. */
const written = 2;

export interface LedgerForecast {
  /** Bytes at most, of all entries together. */
  readonly bytes: number;
  /** ConfigMaps that hold them. */
  readonly parts: number;
  /** Bytes at most of what one move writes down. */
  readonly entryBytes: number;
  /** Groups by what they take, the largest first. */
  readonly groups: readonly { readonly name: string; readonly offsets: number }[];
}

/**
 * The ledger of a migration at its largest: both ends of every partition, and for each group what it had committed, where
 * it was placed, what was there before and what it reads again, in each partition of its topics.
 */
export function forecastLedger(
  topics: readonly { readonly name: string; readonly partitions: number }[],
  groups: readonly { readonly name: string; readonly topics: readonly string[] }[],
): LedgerForecast {
  const partitionsOf = new Map(topics.map(({ name, partitions }) => [name, partitions]));
  const ends = topics.reduce(
    (sum, { name, partitions }) => sum + name.length + endsFrame + 2 * partitions * offsetBytes,
    0,
  );
  let placed = 0;
  const sizes = groups.map(({ name, topics: read }) => {
    let offsets = 0;
    for (const topic of read) {
      const partitions = partitionsOf.get(topic) ?? 0;
      offsets += partitions;
      placed += topic.length + placementFrame + 4 * partitions * offsetBytes;
    }
    placed += name.length + groupFrame;
    return { name, offsets };
  });
  const bytes = written * (ends + placed);
  return {
    bytes,
    parts: partsFor(bytes),
    entryBytes: ends + placed,
    groups: sizes.sort((a, b) => b.offsets - a.offsets),
  };
}

/** What stands around the lists: `"topic":{"source":[…],"target":[…]},` and the like. */
const endsFrame = 40;
const placementFrame = 70;
const groupFrame = 20;
