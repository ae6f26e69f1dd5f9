/** Consumers that keep their positions themselves (Flink, Spark, sinks that store offsets): moved by translating them. Pure. */
import { doubt } from "./attestation.ts";
import type { LedgerEntry, LedgerPlacement } from "./ledger.ts";
import type { PositionKeeping, Positions } from "./position-keeping.ts";
import type { Scope } from "./scope.ts";
import type { SideName } from "./sides.ts";
import { reads } from "./workloads.ts";

/** A consumer with what it reads. */
export interface Keeper extends PositionKeeping {
  readonly name: string;
  readonly groups: readonly string[];
}

type Consumers = Pick<Scope, "workloads" | "externals">;

/** Every consumer of the config: those in Kubernetes, connectors and external ones. */
const consumersOf = ({ workloads, externals = [] }: Consumers): readonly Keeper[] => [
  ...workloads.filter(({ role }) => reads(role)),
  ...externals.filter(({ role }) => reads(role)),
];

/** Consumers that keep their positions themselves. */
export const keepers = (scope: Consumers): readonly Keeper[] =>
  consumersOf(scope).filter(({ positions }) => positions === "own");

/** What the config says of a group: the word of any of its consumers, `own` before `group`. */
export function positionsOf(scope: Consumers, group: string): Positions | undefined {
  const said = consumersOf(scope).filter(({ groups }) => groups.includes(group));
  return said.some(({ positions }) => positions === "own") ? "own" : said.find(({ positions }) => positions)?.positions;
}

/** Why a consumer must not start yet. */
export interface Held {
  readonly consumer: Keeper;
  readonly entry: LedgerEntry;
  /** The side on which it is to start. */
  readonly side: SideName;
  readonly reason: string;
}

/**
 * Which of the consumers that keep their own positions have to be given other ones before they start, and why nobody's
 * word for it counts. A consumer whose move was undone, or that goes back before it was given any, starts as it is.
 */
export function heldBack(consumers: readonly Keeper[], entries: readonly LedgerEntry[], now: number): Held[] {
  return consumers.flatMap((consumer) => {
    if (consumer.positions !== "own") return [];
    const entry = lastOf(consumer, entries);
    if (entry === null) return [];
    const { positionsApplied: attested } = consumer;
    const former = entry.voidOnly ? entries.find(({ number }) => number === entry.voids) : undefined;
    // What it never had on the target it does not have to be rid of on the source.
    if (former !== undefined && (attested === undefined || doubt(attested, askedBy(former), now) !== null)) return [];
    const reason =
      attested === undefined ? "the config does not say that they were applied" : doubt(attested, askedBy(entry), now);
    return reason === null ? [] : [{ consumer, entry, side: entry.voidOnly ? "source" : "target", reason } as const];
  });
}

/** The one of them with the newest entry, which has the places of all. */
export const newest = (held: readonly Held[]): Held =>
  held.reduce((one, other) => (other.entry.number > one.entry.number ? other : one));

const askedBy = ({ number, writtenAt }: LedgerEntry) => ({
  at: writtenAt,
  words: `ledger entry ${number} was written at ${writtenAt}`,
});

/** The entry whose places the consumer's own store has to have; null if it was never moved, or its move was undone. */
function lastOf({ groups }: Keeper, entries: readonly LedgerEntry[]): LedgerEntry | null {
  const placesIn = (entry: LedgerEntry) => entry.groups.filter(({ group }) => groups.includes(group));
  // Of its own move, whichever that is: other waves have no places of it.
  const own = entries.findLast((entry) => entry.switch !== "twins" && placesIn(entry).length > 0);
  const last = entries.findLast((entry) => entry.switch === own?.switch && entry.wave === own.wave);
  if (last === undefined || placesIn(last).length === 0) return null;
  let found = last;
  // An entry that was written for other groups repeats the places of those that stay where they are.
  for (;;) {
    const former = entries.find(({ number }) => number === found.voids);
    if (found.voidOnly || former === undefined || !samePlaces(placesIn(found), placesIn(former))) return found;
    found = former;
  }
}

const samePlaces = (one: readonly LedgerPlacement[], other: readonly LedgerPlacement[]): boolean => {
  const text = (places: readonly LedgerPlacement[]) =>
    places
      .map(({ group, topic, partition, placed }) => JSON.stringify([group, topic, partition, placed]))
      .sort()
      .join();
  return text(one) === text(other);
};

/** Where the translated positions are written down: a key of the migration's record. */
export const positionsSubject = "positions";

/** One position as it is exported. */
export interface ExportedPosition extends LedgerPlacement {
  /** Of the first record from there on, in milliseconds since 1970; null while there is none. */
  readonly timestamp: bigint | null;
}

/**
 * The translated positions as JSON: group → topic → partition → `offset` to go on at, `timestamp` of the first record
 * there (null while there is none), and `former`, the offset on the other side that it stands for.
 */
export function exportText(entry: LedgerEntry, side: SideName, positions: readonly ExportedPosition[]): string {
  const groups = Object.fromEntries(
    [...Map.groupBy(positions, ({ group }) => group)].map(([group, ofGroup]) => [
      group,
      Object.fromEntries(
        [...Map.groupBy(ofGroup, ({ topic }) => topic)].map(([topic, ofTopic]) => [
          topic,
          Object.fromEntries(
            ofTopic.map(({ partition, placed, committed, timestamp }) => [
              partition,
              { offset: placed, timestamp: timestamp === null ? null : isoTime(timestamp), former: committed },
            ]),
          ),
        ]),
      ),
    ]),
  );
  return JSON.stringify({ ledgerEntry: entry.number, writtenAt: entry.writtenAt, side, groups }, null, 2);
}

// A record may hold any number as its timestamp.
function isoTime(milliseconds: bigint): string {
  const time = new Date(Number(milliseconds));
  return Number.isNaN(time.getTime()) ? `${milliseconds} ms` : time.toISOString();
}
