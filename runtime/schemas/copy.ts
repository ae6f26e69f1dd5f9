/** Copies a registry into another under IMPORT: ids, versions, soft-deletes and configs, however often it is begun. */
import { some } from "../model/words.ts";
import { inParallel } from "../model/in-parallel.ts";
import { placesOf, probeName, readConfigs, readModes, readRegistry, type Content } from "../registry/read.ts";
import { parallel, type RegistryConfig, type RegistryRest, type SchemaVersion } from "../registry/rest.ts";
import { contextOf, defaultContext, placeOf } from "../registry/subjects.ts";
import { amount, compare, described, differences, isEqual, type Difference } from "./compare.ts";
import { enterImport, modePlaces, ownershipOf, refusal, type Both } from "./import-mode.ts";
import { bySubject, levels } from "./order.ts";

/** Both registries of a migration. */
export interface Registries {
  readonly source: RegistryRest;
  readonly target: RegistryRest;
}

export interface CopyOptions {
  /** Whether only a copy that was begun is continued: a target that is not in IMPORT is left as it is. @default false */
  readonly begun?: boolean;
}

/** What a copy did. */
export interface Copied {
  readonly versions: number;
  readonly deleted: number;
  readonly configs: number;
  /** Both sides as they are after it; equal, or the copy has rejected. */
  readonly both: Both;
}

/**
 * Reads both sides, and the target's modes of all contexts. The target goes first: what another copy (`programs/`) brings
 * there meanwhile is then found on the source too, and not taken for somebody else's.
 */
export async function readBoth({ source, target }: Registries): Promise<Both> {
  const to = await readRegistry(target);
  const from = await readRegistry(source);
  const modes = await readModes(target, modePlaces({ source: from, target: to }));
  return { source: from, target: to, modes };
}

/**
 * Copies what is missing. A killed copy continues where it was and needs no mark: whatever is on a target in
 * IMPORT and equals the source is ours. Rejects, with nothing forced, where the target is neither empty nor ours, and
 * where an id comes back that was not sent.
 */
export async function copySchemas(
  registries: Registries,
  log: (line: string) => void,
  { begun = false }: CopyOptions = {},
): Promise<Copied> {
  const { target } = registries;
  const before = await readBoth(registries);
  if (begun && before.modes.get("") !== "IMPORT") {
    throw new Error(
      `the target's registry is ${before.modes.get("") ?? "in no mode"}, not IMPORT: pulumi up begins the copy, and a move ends it`,
    );
  }
  const difference = compare(before.source, before.target);
  const ownership = ownershipOf(before, difference);
  if (ownership.kind === "equal" || ownership.kind === "foreign") throw new Error(refusal(before.target, ownership));
  await enterImport(target, before);
  if (difference.missing.length > 0) log(`copying ${amount(difference.missing)}`);
  await registerAll(target, difference.missing, before.target);
  const deleted = await deleteSofted(target, difference);
  const configs = await copyConfigs(registries, before.source);
  await raiseLargest(target, before.source);
  const after = { ...before, target: await readRegistry(target), modes: await readModes(target, modePlaces(before)) };
  const rest = compare(await sourceSince(registries, after), after.target);
  if (!isEqual(rest)) {
    throw new Error(`after the copy the registries are not equal: ${differences(rest)}`);
  }
  return { versions: difference.missing.length, deleted, configs, both: after };
}

/** The source as it was read, or as it is now where another copy has brought more to the target since. */
async function sourceSince({ source }: Registries, after: Both): Promise<Content> {
  const { missing, extra, ...rest } = compare(after.source, after.target);
  const onlyMore =
    extra.length > 0 && missing.length === 0 && rest.changed.length === 0 && rest.collisions.length === 0;
  if (!onlyMore) return after.source;
  const now = await readRegistry(source);
  const copied = new Set(after.target.versions.keys());
  return { ...now, versions: new Map([...now.versions].filter(([name]) => copied.has(name))) };
}

async function registerAll(target: RegistryRest, missing: readonly SchemaVersion[], there: Content): Promise<void> {
  for (const level of levels(missing, there.versions)) {
    await inParallel(parallel, bySubject(level), async (versions) => {
      for (const version of versions) await registerExactly(target, version);
    });
  }
}

async function registerExactly(target: RegistryRest, version: SchemaVersion): Promise<void> {
  const given = await target.register(version);
  if (given === version.id) return;
  throw new Error(
    `the target's registry gave id ${given} to ${described(version)}: it does not keep ids, and records would be read ` +
      `with other schemas than they were written with; delete that version and name a registry that imports`,
  );
}

// A version that is referred to cannot be deleted before what refers to it.
async function deleteSofted(target: RegistryRest, { missing, undeleted }: Difference): Promise<number> {
  const wanted = [...missing.filter(({ deleted }) => deleted), ...undeleted];
  const known = { has: () => true };
  for (const level of levels(wanted, known).toReversed()) {
    await inParallel(parallel, bySubject(level), async (versions) => {
      for (const { subject, version } of versions.toReversed()) await target.deleteVersion(subject, version);
    });
  }
  return wanted.length;
}

/** Configs that differ, by place; null where the target sets one that the source does not. */
export async function configsToCopy(
  { source, target }: Registries,
  content: Content,
): Promise<[string, RegistryConfig | null][]> {
  const places = placesOf(content);
  const [from, to] = await Promise.all([readConfigs(source, places), readConfigs(target, places)]);
  return places.flatMap((place): [string, RegistryConfig | null][] => {
    const [wanted, found] = [from.get(place) ?? null, to.get(place) ?? null];
    // A registry always has a global one.
    if (sorted(wanted) === sorted(found) || (place === "" && wanted === null)) return [];
    return [[place, wanted]];
  });
}

async function copyConfigs(registries: Registries, content: Content): Promise<number> {
  const { target } = registries;
  const differing = await configsToCopy(registries, content);
  await inParallel(parallel, differing, async ([place, config]) =>
    config === null ? target.deleteConfig(place) : target.setConfig(place, config),
  );
  const left = differing.length === 0 ? [] : await configsToCopy(registries, content);
  if (left.length > 0) {
    const names = left.map(([place]) => (place === "" ? "the global config" : `the config of ${place}`));
    throw new Error(`${some(names, "configs")} on the target's registry is not what was set`);
  }
  return differing.length;
}

const sorted = (config: RegistryConfig | null): string =>
  JSON.stringify(Object.entries(config ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));

// Ids of permanently deleted schemas are still in records: if they were reused they would mean something else.
async function raiseLargest(target: RegistryRest, source: Content): Promise<void> {
  const known = new Map<string, number>();
  for (const { subject, id } of source.versions.values()) {
    known.set(contextOf(subject), Math.max(known.get(contextOf(subject)) ?? 0, id));
  }
  const beyond = [...source.largest].filter(([context, id]) => id > (known.get(context) ?? 0));
  if (beyond.length === 0) return;
  const { largest } = await readRegistry(target);
  for (const [context, id] of beyond) {
    if ((largest.get(context) ?? 0) >= id) continue;
    const subject = `${placeOf(context)}${probeName}-largest-id`;
    await registerExactly(target, { ...throwaway, subject, version: 1, id });
    await target.deleteVersion(subject, 1);
    await target.deleteVersion(subject, 1, true);
  }
}

/** A schema that no other client has. */
export const throwaway = {
  type: "AVRO",
  schema: '{"type":"record","name":"KafkaMigrationProbe","fields":[]}',
  references: [],
  deleted: false,
  contract: {},
} as const;

/** Contexts in which the target has not yet given out the ids that the source has, as sentences. */
export function largestBehind({ source, target }: Pick<Both, "source" | "target">): string[] {
  return [...source.largest].flatMap(([context, id]) => {
    const there = target.largest.get(context) ?? 0;
    if (there >= id) return [];
    const where = context === defaultContext ? "" : ` in context ${context}`;
    return [`the largest id${where} is ${there} on the target, ${id} on the source`];
  });
}
