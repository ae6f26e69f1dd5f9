/** How far a consumer group is behind, and for how long: one sentence per group. */
import { partitionName } from "../brokers/partitions.ts";
import type { Counted, Range } from "../brokers/ranges.ts";
import { count } from "../model/words.ts";
import { paceText } from "./pace.ts";
import { rank, type Complaint } from "./problems.ts";

/** Records that a group has not read yet in one partition. */
export interface Lag {
  readonly range: Range;
  readonly committed: bigint | null;
  readonly counted: Counted;
}

/** What else is known about a group that is behind. */
export interface Watched {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Members it has on the source; undefined where that is unknown. */
  readonly members: number | undefined;
  /** Offsets by which it advanced since an earlier reading; undefined after a single reading. */
  readonly advanced: { readonly offsets: bigint; readonly seconds: number } | undefined;
}

/**
 * A group that is behind: records and partitions, the partition with most, the timestamp of the oldest unread
 * record, what the group did while the gate looked, and whether it has members. Kafka does not tell
 * an admin client when the group last committed.
 */
export function behind(group: string, lags: readonly Lag[], { now, members, advanced }: Watched): Complaint {
  const [worst] = lags.toSorted((a, b) => Number(left(b) - left(a)));
  const total = lags.reduce((sum, lag) => sum + left(lag), 0n);
  const records = (of: readonly Lag[], number: bigint) =>
    `${of.every(({ counted }) => counted.exact) ? "" : "at most "}${count(number, "record")}`;
  const where =
    lags.length === 1
      ? `left to read in ${place(worst!)}`
      : `left to read in ${count(lags.length, "partition")}, most of them in ${place(worst!)}: ${left(worst!)}`;
  const sentence = [
    `group ${group} has ${records(lags, total)} ${where} (${position(worst!)})`,
    waiting(lags, now),
    advanced && progress(advanced, total),
    members === 0 ? "and no members to read them" : undefined,
  ];
  return {
    cause: "group-behind",
    rank: rank.left,
    weight: total,
    sentence: sentence.filter(Boolean).join(", "),
    partition: false,
    group: true,
  };
}

const left = ({ counted, range }: Lag): bigint => (counted.exact ? BigInt(counted.records) : range.to - range.from);

const place = ({ range }: Lag): string => partitionName(range.topic, range.partition);

const position = ({ committed, range }: Lag): string =>
  `${committed === null ? "nothing committed" : `committed ${committed}`}, end ${range.to}`;

function waiting(lags: readonly Lag[], now: number): string | undefined {
  const written = lags
    .map(({ counted }) => Number(counted.first?.timestamp ?? -1))
    // A producer can write any time into its records.
    .filter((timestamp) => timestamp > 0 && timestamp <= now);
  if (written.length === 0) return undefined;
  const first = Math.min(...written);
  return `the first of them written at ${new Date(first).toISOString()}, ${age(now - first)} ago`;
}

function progress({ offsets, seconds }: NonNullable<Watched["advanced"]>, left: bigint): string {
  if (offsets <= 0n) return `nothing read in the last ${seconds} s`;
  const pace = paceText(left, { seconds, done: offsets });
  return `${count(offsets, "offset")} read in the last ${seconds} s${pace === null ? "" : ` (${pace})`}`;
}

function age(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return `${Math.round(milliseconds / 1000)} s`;
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
