import type { Dialect } from "./dialects.ts";
import type { Registry } from "./registry.ts";
import type { Visibility } from "./state.ts";
import { defaultContext, formatSubject, globalScope, qualify } from "./subjects.ts";

/** One request, taken apart. */
export interface Call {
  readonly registry: Registry;
  readonly dialect: Dialect;
  /** Parts of the path that a route leaves open, decoded, in order. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  /** The context of `/contexts/{context}/…`. */
  readonly context: string;
  readonly body: Record<string, unknown>;
}

export const flag = ({ query }: Call, name: string): boolean => query.get(name) === "true";

/** Which versions `deleted` and `deletedOnly` ask for. */
export const visibility = (call: Call): Visibility =>
  flag(call, "deletedOnly") ? "deleted" : flag(call, "deleted") ? "all" : "live";

/** The subject in a path; where there are no contexts a name is taken as it is. */
export function subjectOf(call: Call, index = 0): string {
  const name = call.parts[index] ?? "";
  return call.dialect.contexts === "many" ? qualify(name, call.context) : name;
}

/** The subject or context whose mode or config is meant; without one in the path, the context of the call. */
export function scopeOf(call: Call): string {
  if (call.parts.length > 0) return subjectOf(call);
  return call.context === defaultContext ? globalScope : formatSubject({ context: call.context, name: "" });
}

export function prefixOf(call: Call): string {
  return qualify(call.query.get("subjectPrefix") ?? "", call.context);
}

/** `offset` and `limit` of a list; a limit below 0 or none is all of it. */
export function paged<T>({ query }: Call, all: readonly T[]): T[] {
  const offset = Number(query.get("offset") ?? 0);
  const limit = Number(query.get("limit") ?? -1);
  return all.slice(offset, limit < 0 ? undefined : offset + limit);
}

/** Answers by method and path; `*` stands for one part of the path. */
export type Routes = Readonly<Record<string, (call: Call) => unknown>>;
