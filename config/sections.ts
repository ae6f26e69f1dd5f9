import { z } from "zod";

/** Their keys are compared with each other: a default in place of a broken key would be reported as wrong. */
const compared = new Set(["gates", "switch", "rights"]);

/**
 * The top-level keys that are valid, so that rules across them still apply although something else is wrong.
 * Invalid parts of a section are left out; a section that needs them is left out as a whole.
 */
export function validSections<S extends z.ZodObject>(whole: S, raw: unknown): Partial<z.output<S>> {
  if (typeof raw !== "object" || raw === null) return {};
  const sections = Object.entries(whole.shape).map(([key, schema]) => {
    const value = (raw as Record<string, unknown>)[key];
    const parsed = z.safeParse(schema, value);
    if (parsed.success) return [key, parsed.data] as const;
    const rest = compared.has(key) ? undefined : without(value, parsed.error.issues);
    const again = rest === undefined ? undefined : z.safeParse(schema, rest);
    return [key, again?.data] as const;
  });
  return Object.fromEntries(sections.filter(([, value]) => value !== undefined)) as Partial<z.output<S>>;
}

/** A section without what the issues are about; undefined if nothing would be left. A broken list is dropped as a whole. */
function without(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const rest = structuredClone(value);
  for (const issue of issues) {
    const list = issue.path.findIndex((part) => typeof part === "number");
    const path = list < 0 ? issue.path : issue.path.slice(0, list);
    const keys = issue.code === "unrecognized_keys" && list < 0 ? issue.keys.map((key) => [...path, key]) : [path];
    for (const each of keys) {
      if (each.length === 0) return undefined;
      remove(rest, each);
    }
  }
  return rest;
}

function remove(from: object, [key, ...deeper]: readonly PropertyKey[]): void {
  if (key === undefined || !Object.hasOwn(from, key)) return;
  const inner = (from as Record<PropertyKey, unknown>)[key];
  if (deeper.length === 0) delete (from as Record<PropertyKey, unknown>)[key];
  else if (typeof inner === "object" && inner !== null) remove(inner, deeper);
}
