/** The ledger as text: stable bytes, one line per topic, so that a hash and a reviewer can both read it. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { configMapBytes } from "./document-limits.ts";
import type { LedgerEntry, LedgerPartition, LedgerPlacement } from "./ledger.ts";
import type { Scope } from "./scope.ts";

const togetherKey = "ledger.json";
const entryKey = /^entry-\d+\.json$/;
/** Sorted as texts they are in the order of the numbers. */
const keyOf = (at: number): string => `entry-${String(at + 1).padStart(6, "0")}.json`;
const whole = (entries: readonly string[]): string => `[\n${entries.join(",\n")}\n]\n`;
/** The document's keys and the hash. */
const bytesBesides = 1_000;

const offset = z.string().regex(/^\d+$/);
const oneEach = "one offset for every partition in both lists";
const ends = z
  .strictObject({ source: z.array(offset), target: z.array(offset) })
  .refine((both) => both.source.length === both.target.length, oneEach);
const placements = z
  .strictObject({
    committed: z.array(offset.nullable()),
    placed: z.array(offset),
    before: z.array(offset.nullable()).optional(),
    repeats: z.array(z.int().min(0)).optional(),
    unread: z.array(z.enum(["earliest", "latest"]).nullable()).optional(),
    partitions: z.array(z.int().min(0)).optional(),
  })
  .refine(
    ({ committed, placed, before = placed, repeats = placed, unread = placed, partitions = placed }) =>
      [committed, before, repeats, unread, partitions].every(({ length }) => length === placed.length),
    oneEach,
  );

const entrySchema = z.strictObject({
  number: z.int().min(1),
  switch: z.enum(["producers", "consumers", "twins", "applications"]),
  wave: z.string().optional(),
  row: z.string(),
  writtenAt: z.iso.datetime(),
  voids: z.int().min(1).nullable(),
  voidOnly: z.literal(true).optional(),
  closing: z.literal(true).optional(),
  sourceClusterId: z.string(),
  targetClusterId: z.string(),
  partitions: z.record(z.string(), ends),
  groups: z.record(z.string(), z.record(z.string(), placements)),
});

/**
 * One entry as JSON with a fixed order of keys, names sorted, offsets in lists indexed by partition; a group that reads
 * some partitions of a topic has their numbers in a list beside. Throws if a topic's partitions are not 0, 1, 2 … without
 * a gap: nothing may be left out of a ledger.
 */
export function entryText(entry: LedgerEntry): string {
  const head = {
    number: entry.number,
    switch: entry.switch,
    ...(entry.wave !== undefined && { wave: entry.wave }),
    row: entry.row,
    writtenAt: entry.writtenAt,
    voids: entry.voids,
    ...(entry.voidOnly && { voidOnly: entry.voidOnly }),
    ...(entry.closing && { closing: entry.closing }),
    sourceClusterId: entry.sourceClusterId,
    targetClusterId: entry.targetClusterId,
  };
  const topics = lines(byTopic(entry.partitions), (topic, found) => {
    const all = dense(found, `entry ${entry.number}, ${topic}`);
    return { source: all.map((each) => each.sourceEnd), target: all.map((each) => each.targetEnd) };
  });
  const groups = Map.groupBy(entry.groups, (each) => each.group);
  const groupLines = [...groups].sort(byName).map(([group, placed]) => {
    const inner = lines(byTopic(placed), (_topic, found) => {
      const all = found.toSorted(byPartition);
      return {
        ...(all.some(({ partition }, index) => partition !== index) && {
          partitions: all.map((each) => each.partition),
        }),
        committed: all.map((each) => each.committed),
        placed: all.map((each) => each.placed),
        ...(all.some(({ before }) => before !== undefined) && { before: all.map(({ before }) => before ?? null) }),
        ...(all.some(({ repeats }) => repeats) && { repeats: all.map(({ repeats }) => repeats ?? 0) }),
        ...(all.some(({ unread }) => unread) && { unread: all.map(({ unread }) => unread ?? null) }),
      };
    });
    return `${JSON.stringify(group)}:${block(inner)}`;
  });
  return `${JSON.stringify(head).slice(0, -1)},\n"partitions":${block(topics)},\n"groups":${block(groupLines)}}`;
}

/** Reads `entryText`. Throws a sentence that says what is wrong with the text. */
export function parseEntry(text: string): LedgerEntry {
  return toEntry(checked(entrySchema, text, "ledger entry"));
}

/**
 * The texts of the ledger's document: one with all entries where one ConfigMap holds it, else one for each entry, so
 * that an entry which is written stays as it is when the next one follows; and the hash of them all.
 */
export function ledgerData(entries: readonly string[]): Record<string, string> {
  const json = whole(entries);
  const together = Buffer.byteLength(json) <= configMapBytes - bytesBesides;
  const texts = together ? { [togetherKey]: json } : Object.fromEntries(entries.map((text, at) => [keyOf(at), text]));
  return { ...texts, sha256: sha256(json) };
}

/** Entries of a ledger's document. `where` names it in errors. Throws if the hash or the form is wrong. */
export function parseLedger(data: Readonly<Record<string, string>>, where: string): LedgerEntry[] {
  const apart = Object.keys(data).filter((key) => entryKey.test(key));
  const json = data[togetherKey] ?? (apart.length === 0 ? undefined : whole(apart.sort().map((key) => data[key]!)));
  if (json === undefined) throw new Error(`${where} has no key ${togetherKey}; ${ledgerRemedy}`);
  if (data["sha256"] !== sha256(json)) {
    throw new Error(
      `${where} was changed by another client: its content has the hash ${sha256(json).slice(0, 12)}…, ` +
        `written with it is ${data["sha256"]?.slice(0, 12) ?? "none"}…; ${ledgerRemedy}`,
    );
  }
  const entries = checked(z.array(entrySchema), json, where).map(toEntry);
  entries.forEach(({ number }, index) => {
    if (number !== index + 1)
      throw new Error(`${where}: found entry ${number} where ${index + 1} was expected; ${ledgerRemedy}`);
  });
  return entries;
}

/** What to do about a ledger that is not as it was written. */
export const ledgerRemedy = "delete the ConfigMap and run pulumi up: it is written again from Pulumi's state";

/** The entries that hold now, in their order; void ones do not. */
export function liveEntries(entries: readonly LedgerEntry[]): LedgerEntry[] {
  const voided = new Set(entries.map((entry) => entry.voids));
  return entries.filter((entry) => !entry.voidOnly && !voided.has(entry.number));
}

/** What of a scope says which moves it is about. */
type Waves = Pick<Scope, "wave" | "only">;

/**
 * The entry of a switch that holds now, or null: a void one does not. Of applications it is the entry of the scope's
 * wave. A move of applications moves producers and consumers: asked for these, the answer has the places of all waves
 * of the scope, under the number of the newest entry; they are of different topics and groups.
 */
export function liveEntry(
  entries: readonly LedgerEntry[],
  what: LedgerEntry["switch"],
  scope: Waves = {},
): LedgerEntry | null {
  const live = liveEntries(entries);
  const own = live.filter((entry) => entry.switch === what);
  if (what === "applications") return own.findLast(({ wave }) => wave === scope.wave) ?? null;
  if (what === "twins" || own.length > 0) return own.at(-1) ?? null;
  return together(
    live.filter(
      ({ switch: of, wave }) =>
        of === "applications" && (wave === undefined || scope.only === undefined || scope.only.includes(wave)),
    ),
  );
}

/** The entries of several waves as one. */
function together(entries: readonly LedgerEntry[]): LedgerEntry | null {
  const last = entries.at(-1);
  if (last === undefined || entries.length === 1) return last ?? null;
  return {
    ...last,
    partitions: entries.flatMap(({ partitions }) => partitions),
    groups: entries.flatMap(({ groups }) => groups),
  };
}

function toEntry(found: z.output<typeof entrySchema>): LedgerEntry {
  const { partitions, groups, voidOnly, wave, closing, ...head } = found;
  return {
    ...head,
    ...(wave !== undefined && { wave }),
    ...(voidOnly && { voidOnly }),
    ...(closing && { closing }),
    partitions: Object.entries(partitions).flatMap(([topic, { source, target }]) =>
      source.map((sourceEnd, partition): LedgerPartition => ({
        topic,
        partition,
        sourceEnd,
        targetEnd: target[partition]!,
      })),
    ),
    groups: Object.entries(groups).flatMap(([group, topics]) =>
      Object.entries(topics).flatMap(([topic, { committed, placed, before, repeats, unread, partitions }]) =>
        placed.map((at, index): LedgerPlacement => ({
          group,
          topic,
          partition: partitions?.[index] ?? index,
          committed: committed[index] ?? null,
          placed: at,
          ...(before?.[index] != null && { before: before[index] }),
          ...(repeats?.[index] && { repeats: repeats[index] }),
          ...(unread?.[index] != null && { unread: unread[index] }),
        })),
      ),
    ),
  };
}

function checked<T>(schema: z.ZodType<T>, text: string, where: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${where} is not JSON; ${ledgerRemedy}`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Error(`${where} is not a ledger: ${z.prettifyError(parsed.error)}; ${ledgerRemedy}`);
  return parsed.data;
}

function byTopic<T extends { topic: string }>(found: readonly T[]): [string, T[]][] {
  return [...Map.groupBy(found, (each) => each.topic)].sort(byName);
}

function byName(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  // Not localeCompare: the order must not depend on the machine's language.
  return a[0] < b[0] ? -1 : 1;
}

function dense<T extends { partition: number }>(found: readonly T[], where: string): T[] {
  const sorted = found.toSorted(byPartition);
  sorted.forEach(({ partition }, index) => {
    if (partition !== index) throw new Error(`${where}: found partition ${partition} where ${index} was expected`);
  });
  return sorted;
}

const byPartition = (a: { partition: number }, b: { partition: number }): number => a.partition - b.partition;

function lines<T>(found: readonly [string, T][], value: (name: string, found: T) => unknown): string[] {
  return found.map(([name, each]) => `${JSON.stringify(name)}:${JSON.stringify(value(name, each))}`);
}

const block = (inner: readonly string[]): string => (inner.length === 0 ? "{}" : `{\n${inner.join(",\n")}\n}`);

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
