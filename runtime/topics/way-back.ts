/** What is written down of the mirror back: since which ledger entry it runs, and where both sides ended when it began. */
import { z } from "zod";
import { partitionName } from "../brokers/partitions.ts";
import type { BackLife, BothEnds } from "../model/back-life.ts";
import { readRecord, recordOf, writeRecord, type Subjects } from "../ledger/record.ts";
import { liveEntry } from "../model/ledger-text.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import type { Scope } from "../model/scope.ts";

/** One for everything, or one for each wave whose topics come back. */
const subjectOf = ({ wave }: Pick<Scope, "wave">): string =>
  wave === undefined ? "way-back.json" : `way-back-${wave}.json`;

const offsets = z.record(z.string(), z.array(z.string().regex(/^\d+$/)));
const schema = z.strictObject({
  entry: z.int().min(1),
  begun: z.boolean(),
  topics: z.record(z.string(), z.string()),
  source: offsets,
  target: offsets,
});

export interface WayBack {
  /** Number of the entry since which it is open: of the writers' move. */
  readonly entry: number;
  /** False while it is being opened: its topics may be made, its positions may be written. */
  readonly begun: boolean;
  /** Ids of its own topics on the source, by name; empty until they are made. */
  readonly topics: Readonly<Record<string, string>>;
  /** By `partitionName`. */
  readonly from: ReadonlyMap<string, BothEnds>;
}

type Place = Pick<Scope, "migration" | "ledger" | "wave">;

/** What is written down; null where the way back was never opened. Rejects if it cannot be read. */
export async function readWayBack(scope: Place): Promise<WayBack | null> {
  return wayBackIn(await readRecord(recordOf(scope)), scope);
}

function wayBackIn(subjects: Subjects, scope: Place): WayBack | null {
  const subject = subjectOf(scope);
  const text = subjects[subject];
  if (text === undefined) return null;
  const found = schema.safeParse(parsed(text));
  if (!found.success) {
    const { kubernetes, configMap } = recordOf(scope);
    throw new Error(
      `ConfigMap ${kubernetes.namespace}/${configMap} says under ${subject} nothing that this program has written; restore ` +
        `it from a backup`,
    );
  }
  const { source, target, ...rest } = found.data;
  const from = Object.entries(source).flatMap(([topic, ends]) =>
    ends.map(
      (end, partition) =>
        [partitionName(topic, partition), { source: BigInt(end), target: BigInt(target[topic]![partition]!) }] as const,
    ),
  );
  return { ...rest, from: new Map(from) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Ends as they are written down, by topic. */
export type OpenedEnds = Readonly<Record<"source" | "target", Readonly<Record<string, readonly string[]>>>>;

/** Writes down what is known now. */
export async function writeWayBack(
  scope: Place,
  state: Pick<WayBack, "entry" | "begun" | "topics">,
  ends: OpenedEnds,
): Promise<void> {
  const subject = subjectOf(scope);
  const text = `${JSON.stringify({ ...state, ...ends })}\n`;
  await writeRecord(recordOf(scope), (subjects) =>
    subjects[subject] === text ? subjects : { ...subjects, [subject]: text },
  );
}

/** Forgets it, once its topics are gone. */
export async function forgetWayBack(scope: Place): Promise<void> {
  await writeRecord(recordOf(scope), (subjects) => {
    const { [subjectOf(scope)]: found, ...others } = subjects;
    return found === undefined ? subjects : others;
  });
}

/** When the mirror back began in each partition, by `partitionName`, and when it ended if its writers have gone back. Pure. */
export function livesOf(
  { entry, from }: Pick<WayBack, "entry" | "from">,
  entries: readonly LedgerEntry[],
): ReadonlyMap<string, BackLife> {
  // Another leg forward has an entry of its own, and the mirror back begins anew with it.
  const gone = entries.find(({ voids, voidOnly }) => voidOnly === true && voids === entry);
  const ends = new Map(gone?.partitions.map((each) => [partitionName(each.topic, each.partition), each]));
  return new Map(
    [...from].map(([name, begun]) => {
      const at = ends.get(name);
      const until = at === undefined ? null : { source: BigInt(at.sourceEnd), target: BigInt(at.targetEnd) };
      return [name, { from: begun, until }];
    }),
  );
}

/** The entry that holds of the move after which a scope's topics come back; null before it. Pure. */
export const writersMove = (entries: readonly LedgerEntry[], scope: Pick<Scope, "wave">): LedgerEntry | null =>
  scope.wave === undefined ? liveEntry(entries, "producers") : liveEntry(entries, "applications", scope);

/** The way back, if the mirror back has begun for the entry that holds of the writers' move; else null. Pure. */
export const openSince = (wayBack: WayBack | null, writers: LedgerEntry | null): WayBack | null =>
  wayBack !== null && wayBack.begun && wayBack.entry === writers?.number ? wayBack : null;
