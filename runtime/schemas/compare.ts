/** What one registry holds compared with another: pure. */
import { some, count } from "../model/words.ts";
import { versionName, type Content } from "../registry/read.ts";
import type { SchemaVersion } from "../registry/rest.ts";
import { contextOf, defaultContext, referred } from "../registry/subjects.ts";

/** How the target differs from the source. */
export interface Difference {
  /** Versions that only the source has. */
  readonly missing: readonly SchemaVersion[];
  /** Versions that are soft-deleted on the source only. */
  readonly undeleted: readonly SchemaVersion[];
  /** Versions that only the target has. */
  readonly extra: readonly SchemaVersion[];
  /** What else is not the same, as sentences: other ids, schemas, types or references. */
  readonly changed: readonly string[];
  /** Ids that mean different schemas on both sides, as sentences. */
  readonly collisions: readonly string[];
}

/** Every (subject, version, id, type, schema, references, deleted) of both sides. */
export function compare(source: Content, target: Content): Difference {
  const missing: SchemaVersion[] = [];
  const undeleted: SchemaVersion[] = [];
  const changed: string[] = [];
  for (const [name, wanted] of source.versions) {
    const found = target.versions.get(name);
    if (found === undefined) missing.push(wanted);
    else {
      const what = changes(wanted, found);
      if (what !== null) changed.push(`${name} ${what}`);
      else if (wanted.deleted && !found.deleted) undeleted.push(wanted);
      // A version that came back is registered again.
      else if (!wanted.deleted && found.deleted) missing.push(wanted);
    }
  }
  const extra = [...target.versions].filter(([name]) => !source.versions.has(name)).map(([, version]) => version);
  return { missing, undeleted, extra, changed, collisions: collisions(source, target) };
}

/** Whether the target holds nothing but what the source has. */
export const isOurs = ({ extra, changed, collisions }: Difference): boolean =>
  extra.length === 0 && changed.length === 0 && collisions.length === 0;

/** Whether nothing is left to copy either. */
export const isEqual = (difference: Difference): boolean =>
  isOurs(difference) && difference.missing.length === 0 && difference.undeleted.length === 0;

/** What the target holds and the source does not, the worst first. */
export function foreign({ extra, changed, collisions }: Difference): string {
  return some(
    [...collisions, ...changed, ...extra.map((version) => `${described(version)} is on the target only`)],
    "differences",
  );
}

/** All that differs, the worst first. */
export function differences(difference: Difference): string {
  const { missing, undeleted } = difference;
  const worst = isOurs(difference) ? [] : [foreign(difference)];
  const left = [
    ...missing.map((version) => `${described(version)} is not on the target`),
    ...undeleted.map((version) => `${described(version)} is soft-deleted on the source only`),
  ];
  return [...worst, ...(left.length > 0 ? [some(left, "versions")] : [])].join("; ");
}

/** `12 versions of 3 subjects` */
export const amount = (versions: readonly SchemaVersion[]): string =>
  `${count(versions.length, "version")} of ${count(new Set(versions.map(({ subject }) => subject)).size, "subject")}`;

/** `orders-value version 3 (id 12)`, with a word where it is soft-deleted. */
export const described = (version: SchemaVersion): string =>
  `${versionName(version)} (id ${version.id}${version.deleted ? ", soft-deleted" : ""})`;

/** A schema's text without what means nothing: white space. */
export function canonical({ type, schema }: Pick<SchemaVersion, "type" | "schema">): string {
  if (type === "PROTOBUF") return schema.replaceAll(/\s+/g, " ").trim();
  try {
    return JSON.stringify(JSON.parse(schema));
  } catch {
    return schema.trim();
  }
}

function changes(wanted: SchemaVersion, found: SchemaVersion): string | null {
  if (wanted.id !== found.id) return `has id ${found.id} on the target, ${wanted.id} on the source`;
  if (wanted.type !== found.type) return `is ${found.type} on the target, ${wanted.type} on the source`;
  if (canonical(wanted) !== canonical(found)) return `(id ${wanted.id}) has another schema on the target`;
  if (references(wanted) !== references(found)) return `(id ${wanted.id}) has other references on the target`;
  return null;
}

const references = ({ subject, references: list }: SchemaVersion): string =>
  JSON.stringify(list.map(({ name, version, ...to }) => [name, referred(subject, to.subject), version]));

// The same id in two contexts means two things by design.
function collisions(source: Content, target: Content): string[] {
  const key = ({ subject, id }: SchemaVersion) => `${contextOf(subject)} ${id}`;
  const known = new Map([...source.versions.values()].map((version) => [key(version), version]));
  const found = new Map<string, string>();
  for (const version of target.versions.values()) {
    const other = known.get(key(version));
    if (other === undefined || sameSchema(other, version)) continue;
    const context = contextOf(version.subject);
    const where = context === defaultContext ? "" : ` of context ${context}`;
    found.set(
      key(version),
      `id ${version.id}${where} is ${versionName(other)} on the source and ${versionName(version)} on the target`,
    );
  }
  return [...found.values()];
}

const sameSchema = (a: SchemaVersion, b: SchemaVersion): boolean =>
  a.type === b.type && canonical(a) === canonical(b) && references(a) === references(b);
