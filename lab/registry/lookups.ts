import { invalidVersion, schemaNotFound, subjectNotFound, versionNotFound } from "./errors.ts";
import { contentFrom, contentKey } from "./schema-content.ts";
import type { State, Version, Visibility } from "./state.ts";
import { contextOf, defaultContext, hasPrefix, parseSubject } from "./subjects.ts";

/** How the API writes a version; a type that is absent is AVRO. */
export function versionAnswer({ subject, version, id, ...content }: Version): Record<string, unknown> {
  return { subject, version, id, ...contentAnswer(content) };
}

/** A schema as the API writes it. */
export interface ContentAnswer {
  readonly schema: string;
  readonly [field: string]: unknown;
}

function contentAnswer(content: Omit<Version, "subject" | "version" | "id">): ContentAnswer {
  const { schemaType, references, metadata, ruleSet, schema } = content;
  return {
    ...(schemaType === "AVRO" ? {} : { schemaType }),
    ...(references.length === 0 ? {} : { references }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(ruleSet === undefined ? {} : { ruleSet }),
    schema,
  };
}

/** `GET /subjects`: subjects with at least one such version. Without a prefix, those of the default context. */
export function listSubjects(state: State, visibility: Visibility, prefix: string): string[] {
  return state
    .subjects()
    .filter((subject) => hasPrefix(subject, prefix) && state.versionsOf(subject, visibility).length > 0);
}

/** `GET /schemas`: every version of every such subject. */
export function listSchemas(state: State, visibility: Visibility, prefix: string, latestOnly: boolean): unknown[] {
  return listSubjects(state, visibility, prefix)
    .flatMap((subject) => state.versionsOf(subject, visibility).slice(latestOnly ? -1 : 0))
    .map(versionAnswer);
}

export function listVersions(state: State, subject: string, visibility: Visibility): number[] {
  const versions = state.versionsOf(subject, visibility);
  if (versions.length === 0) throw subjectNotFound(subject);
  return versions.map(({ version }) => version);
}

/** The number that `latest`, `-1` or a number in a path means. */
export function versionNumber(state: State, subject: string, wanted: string, visibility: Visibility): number {
  if (wanted === "latest" || wanted === "-1") {
    const last = state.versionsOf(subject, visibility).at(-1);
    if (!last) throw versionNotFound(wanted);
    return last.version;
  }
  const number = Number(wanted);
  if (!/^\d+$/.test(wanted) || number < 1 || number > 2 ** 31 - 1) throw invalidVersion(wanted);
  return number;
}

/** `GET /subjects/{subject}/versions/{version}`. */
export function getVersion(state: State, subject: string, wanted: string, visibility: Visibility): Version {
  if (state.versionsOf(subject, visibility).length === 0) throw subjectNotFound(subject);
  const found = state.find(subject, versionNumber(state, subject, wanted, visibility));
  if (!found || (found.deleted && visibility === "live")) throw versionNotFound(wanted);
  return found;
}

/** `POST /subjects/{subject}`: the version of a subject that holds this very schema. */
export function lookUp(state: State, subject: string, body: Record<string, unknown>, visibility: Visibility): Version {
  const versions = state.versionsOf(subject, visibility);
  if (versions.length === 0) throw subjectNotFound(subject);
  const key = contentKey(contentFrom(body));
  const found = versions.findLast((one) => state.contentOf(one) === key);
  if (!found) throw schemaNotFound();
  return found;
}

/** Versions with an id, soft-deleted ones too where asked. The subject, if given, names the context and narrows. */
export function versionsById(state: State, id: string, subject: string, visibility: Visibility): Version[] {
  const { name } = parseSubject(subject);
  const found = state
    .inContext(subject === "" ? defaultContext : contextOf(subject), visibility)
    .filter((one) => String(one.id) === id && (name === "" || one.subject === subject));
  return found;
}

/** `GET /schemas/ids/{id}`: soft-deleted schemas are found too, as records written with them must stay readable. */
export function getById(state: State, id: string, subject: string, fetchMaxId: boolean): ContentAnswer {
  const [found] = versionsById(state, id, subject, "all");
  if (!found) throw schemaNotFound();
  return { ...contentAnswer(found), ...(fetchMaxId ? { maxId: state.largestId(contextOf(found.subject)) } : {}) };
}
