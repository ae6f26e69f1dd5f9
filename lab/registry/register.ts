import { avroType, referenced } from "./avro.ts";
import { complaints } from "./compatibility.ts";
import { incompatible, invalidSchema, notPermitted } from "./errors.ts";
import { modeInScope } from "./modes.ts";
import type { Registry } from "./registry.ts";
import { contentFrom, contentKey, type SchemaContent } from "./schema-content.ts";
import type { State, Version } from "./state.ts";
import { contextOf } from "./subjects.ts";

/** What a caller may ask for besides the schema; both only where schemas are imported. */
interface Wanted {
  /** -1: none. */
  readonly id: number;
  /** 0: the next one. */
  readonly version: number;
}

/**
 * `POST /subjects/{subject}/versions`. A schema that the subject has already is answered in every mode; a new one
 * takes IMPORT with an id and READWRITE without one.
 */
export function register(registry: Registry, subject: string, body: Record<string, unknown>): { id: number } {
  const { state } = registry;
  const content = contentFrom(body);
  const wanted = { id: numberIn(body, "id", -1), version: Math.max(0, numberIn(body, "version", 0)) };
  const existing = same(state, subject, content).find(
    ({ id, version }) =>
      (wanted.id < 0 || wanted.id === id) && (wanted.version === 0 || (wanted.id === id && wanted.version === version)),
  );
  if (existing) return { id: existing.id };

  assertMode(registry, subject, wanted);
  const imports = wanted.id >= 0;
  if (!imports) assertValid(registry, subject, content);
  else referenced(state, content.references, contextOf(subject));

  const version = wanted.version || nextVersion(state, subject);
  if (!imports && version !== nextVersion(state, subject)) {
    throw invalidSchema("Version is not one more than previous version");
  }
  const id = idFor(state, subject, content, wanted);
  const superseded = state
    .versionsOf(subject, "deleted")
    .filter((one) => one.id === id && one.version < version)
    .map((one) => ({ kind: "purge" as const, subject, version: one.version }));
  registry.commit([...superseded, { kind: "version", value: { ...content, subject, version, id, deleted: false } }]);
  return { id };
}

/** Registers as servers do that know neither modes nor ids: whatever the caller wants besides the schema is dropped. */
export function registerPlainly(registry: Registry, subject: string, body: Record<string, unknown>): { id: number } {
  const { id: _, version: __, ...rest } = body;
  return register(registry, subject, rest);
}

/** Live versions of a subject that hold this very schema. */
export function same(state: State, subject: string, content: SchemaContent): Version[] {
  return state.versionsOf(subject, "live").filter((one) => state.contentOf(one) === contentKey(content));
}

function assertMode(registry: Registry, subject: string, { id }: Wanted): void {
  if (!registry.obeysModes) return;
  const mode = modeInScope(registry, subject);
  const where = `Subject ${subject} in context ${contextOf(subject)}`;
  if (id >= 0 && mode !== "IMPORT" && mode !== "FORWARD") throw notPermitted(`${where} is not in import mode`);
  if (id < 0 && mode !== "READWRITE") throw notPermitted(`${where} is not in read-write mode`);
}

function assertValid(registry: Registry, subject: string, content: SchemaContent): void {
  const { state } = registry;
  const context = contextOf(subject);
  referenced(state, content.references, context);
  if (content.schemaType === "AVRO") avroType(state, content, context);
  const reasons = complaints(registry, subject, content, state.versionsOf(subject, "live"));
  if (reasons.length > 0) throw incompatible(reasons.join("; "));
}

const nextVersion = (state: State, subject: string): number =>
  Math.max(0, ...state.versionsOf(subject, "all").map(({ version }) => version)) + 1;

/** The id of an equal schema anywhere in the context, else the wanted one if it is free, else the next one. */
function idFor(state: State, subject: string, content: SchemaContent, wanted: Wanted): number {
  const others = state.inContext(contextOf(subject));
  if (wanted.id < 0) {
    const equal = others.find((one) => state.contentOf(one) === contentKey(content));
    return equal?.id ?? state.largestId(contextOf(subject)) + 1;
  }
  const holder = others.find((one) => one.id === wanted.id);
  if (holder && state.contentOf(holder) !== contentKey(content)) {
    throw notPermitted(`Overwrite new schema with id ${wanted.id} is not permitted.`);
  }
  return wanted.id;
}

function numberIn(body: Record<string, unknown>, field: string, absent: number): number {
  const value = body[field];
  return typeof value === "number" ? value : absent;
}
