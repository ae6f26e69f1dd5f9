/** A registry read whole in few requests: every version of every subject of every context. */
import { inParallel } from "../model/in-parallel.ts";
import {
  RegistryError,
  parallel,
  type Reference,
  type RegistryConfig,
  type RegistryRest,
  type SchemaVersion,
} from "./rest.ts";
import { bareContext, contextOf, defaultContext, everyContext, named, placeOf } from "./subjects.ts";

/** Subjects that a probe makes; what a killed one has left is not the registry's content. */
export const probeName = "kafka-migration-probe";

/** What a registry holds. */
export interface Content {
  /** All versions by `versionName`, soft-deleted ones too. */
  readonly versions: ReadonlyMap<string, SchemaVersion>;
  /** Names of the contexts, the default one first; null where the server knows none. */
  readonly contexts: readonly string[] | null;
  /** Largest id that was ever given in each context, if the server reports it. */
  readonly largest: ReadonlyMap<string, number>;
  /** Versions that a killed probe has left. */
  readonly leftovers: readonly SchemaVersion[];
}

/** Key of a version, and its name in sentences: `orders-value version 3`. */
export const versionName = ({ subject, version }: { readonly subject: string; readonly version: number }): string =>
  `${subject} version ${version}`;

export const subjectsOf = ({ versions }: Content): string[] => [
  ...new Set([...versions.values()].map(({ subject }) => subject)),
];

/** Contexts that hold something, or that the server lists, the default one first. */
export const contextsOf = ({ contexts, versions }: Content): string[] => [
  ...new Set([defaultContext, ...(contexts ?? []), ...[...versions.values()].map(({ subject }) => contextOf(subject))]),
];

interface Raw {
  readonly subject: string;
  readonly version: number;
  readonly id: number;
  readonly schemaType?: string;
  readonly schema: string;
  readonly references?: readonly Reference[];
  readonly metadata?: unknown;
  readonly ruleSet?: unknown;
}

/** Reads all of it. Rejects if anything could not be read: half a registry compares wrong. */
export async function readRegistry(rest: RegistryRest): Promise<Content> {
  const listed = await rest.find<string[]>("/contexts").catch(unlessRefused<string[]>);
  const plain = await paged<string>(rest, "/subjects?deleted=true", (name) => name);
  const every = listed === null ? plain : await paged<string>(rest, `/subjects?deleted=true&${prefix}`, (name) => name);
  // A server that takes the prefix by its letters finds nothing under it.
  const knows = listed !== null && [...plain.keys()].every((name) => every.has(name));
  const subjects = [...(knows ? every : plain).keys()];
  const query = knows ? `&${prefix}` : "";
  const [all, live] = await Promise.all([bulk(rest, `deleted=true${query}`), bulk(rest, `deleted=false${query}`)]);
  const versions = new Map<string, SchemaVersion>();
  const whole = all !== null && live !== null;
  for (const [name, raw] of whole ? [...all, ...live] : []) versions.set(name, version(raw, !live!.has(name)));
  await inParallel(parallel, whole ? doubtful(subjects, versions) : subjects, async (subject) => {
    for (const each of await readSubject(rest, subject)) versions.set(versionName(each), each);
  });
  const probes = [...versions].filter(([, { subject }]) => subject.includes(probeName));
  for (const [name] of probes) versions.delete(name);
  const contexts = listed === null ? null : listed.map(bareContext).filter((context) => !context.includes(probeName));
  return {
    versions,
    contexts,
    largest: await largestIds(rest, [...versions.values()]),
    leftovers: probes.map(([, each]) => each),
  };
}

const prefix = `subjectPrefix=${encodeURIComponent(everyContext)}`;

/** Configs of the places that set one. */
export async function readConfigs(rest: RegistryRest, places: readonly string[]): Promise<Map<string, RegistryConfig>> {
  const found = await inParallel(parallel, places, async (place) => [place, await rest.config(place)] as const);
  return new Map(found.flatMap(([place, config]) => (config === null ? [] : [[place, config] as const])));
}

/** Modes of the places that set one. */
export async function readModes(rest: RegistryRest, places: readonly string[]): Promise<Map<string, string>> {
  const found = await inParallel(parallel, places, async (place) => [place, await rest.mode(place)] as const);
  return new Map(found.flatMap(([place, mode]) => (mode === null ? [] : [[place, mode] as const])));
}

/** The global place, the contexts' and the subjects'. */
export const placesOf = (content: Content): string[] => [...contextsOf(content).map(placeOf), ...subjectsOf(content)];

// Servers cap an answer (1,000 schemas by default) and say so nowhere; one that knows no offset repeats itself.
async function paged<T>(rest: RegistryRest, route: string, key: (item: T) => string): Promise<Map<string, T>> {
  const found = new Map<string, T>();
  for (;;) {
    const before = found.size;
    const page = await rest.get<T[]>(`${route}&offset=${before}`);
    for (const item of page) if (!found.has(key(item))) found.set(key(item), item);
    if (found.size === before) return found;
  }
}

/** Null where the server does not list all schemas at once. */
async function bulk(rest: RegistryRest, query: string): Promise<Map<string, Raw> | null> {
  return paged<Raw>(rest, `/schemas?latestOnly=false&${query}`, versionName).catch(unlessRefused<Map<string, Raw>>);
}

function unlessRefused<T>(error: unknown): T | null {
  if (error instanceof RegistryError && ![401, 403].includes(error.status)) return null;
  throw error;
}

/** Subjects of which the list may lack a version: some servers list the latest ones only. */
function doubtful(subjects: readonly string[], versions: ReadonlyMap<string, SchemaVersion>): string[] {
  const numbers = Map.groupBy(versions.values(), ({ subject }) => subject);
  return subjects.filter((subject) => {
    const known = numbers.get(subject) ?? [];
    return known.length === 0 || known.length < Math.max(...known.map((each) => each.version));
  });
}

async function readSubject(rest: RegistryRest, subject: string): Promise<SchemaVersion[]> {
  const route = `/subjects${named(subject)}/versions`;
  const [all, live] = await Promise.all([
    rest.find<number[]>(`${route}?deleted=true`),
    rest.find<number[]>(`${route}?deleted=false`),
  ]);
  const found: SchemaVersion[] = [];
  for (const number of new Set([...(all ?? []), ...(live ?? [])])) {
    const raw = await rest.find<Raw>(`${route}/${number}?deleted=true`);
    if (raw !== null) found.push(version(raw, !(live ?? []).includes(number)));
  }
  return found;
}

function version(raw: Raw, deleted: boolean): SchemaVersion {
  const { subject, schemaType = "AVRO", schema, references, metadata, ruleSet } = raw;
  return {
    subject,
    version: raw.version,
    id: raw.id,
    type: schemaType,
    schema,
    deleted,
    references: references ?? [],
    contract: { ...(metadata != null && { metadata }), ...(ruleSet != null && { ruleSet }) },
  };
}

/** The counter is past the ids of permanently deleted schemas; some servers report where it is. */
async function largestIds(rest: RegistryRest, versions: readonly SchemaVersion[]): Promise<Map<string, number>> {
  const largest = new Map<string, number>();
  for (const { subject, id } of versions) {
    const context = contextOf(subject);
    largest.set(context, Math.max(largest.get(context) ?? 0, id));
  }
  for (const [context, id] of largest) {
    const subject = context === defaultContext ? "" : `&subject=${encodeURIComponent(placeOf(context))}`;
    const found = await rest
      .find<{ maxId?: number }>(`/schemas/ids/${id}?fetchMaxId=true${subject}`)
      .catch(unlessRefused<{ maxId?: number }>);
    largest.set(context, Math.max(id, found?.maxId ?? 0));
  }
  return largest;
}
