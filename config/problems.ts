import type { z } from "zod";
import type { Problem } from "./checks/index.ts";

/** An unknown key is a problem of its own, at its own path. */
export function toProblems(issue: z.core.$ZodIssue): Problem[] {
  const { message } = issue;
  const inside = issue.code === "invalid_union" ? issue.errors.find(sameForm) : undefined;
  if (inside) return inside.flatMap((one) => toProblems({ ...one, path: [...issue.path, ...one.path] }));
  return issue.code === "unrecognized_keys"
    ? issue.keys.map((key) => ({ path: pathText([...issue.path, key]), message }))
    : [{ path: pathText(issue.path) || "config", message }];
}

/** Whether a value has the keys of one form of a union, so that the problems inside it are reported. */
function sameForm(issues: readonly z.core.$ZodIssue[]): boolean {
  return issues.every(
    // Parsed with reportInput: what is missing has no input.
    ({ code, path, input }) => code !== "unrecognized_keys" && path.length > 0 && input !== undefined,
  );
}

/** A path as one would write it: `workloads[2].bootstrap`, `mirror.source["tasks.max"]`. */
function pathText(path: readonly PropertyKey[]): string {
  const parts = path.map((part, at) => {
    if (typeof part === "number") return `[${part}]`;
    const key = String(part);
    if (!/^[\w-]+$/.test(key)) return `[${JSON.stringify(key)}]`;
    return at > 0 ? `.${key}` : key;
  });
  return parts.join("");
}

/** Whether a problem is about a key, or a list with an entry, that is already invalid on its own: one report is enough. */
export function followsFrom({ path }: Problem, keys: readonly Problem[]): boolean {
  return keys.some(
    (key) =>
      path === key.path ||
      path.startsWith(`${key.path}.`) ||
      path.startsWith(`${key.path}[`) ||
      key.path.startsWith(`${path}[`),
  );
}

/**
 * Problems in the order of the config reference, those that belong to no section last; each once. In a section, keys
 * that are invalid on their own come before those that do not fit others.
 */
export function inOrder(
  problems: readonly Problem[],
  sections: readonly string[],
  inventory: string,
): readonly Problem[] {
  const place = ({ path }: Problem): number => {
    const section = path.startsWith(inventory) ? "inventory" : /^[\w-]+/.exec(path)?.[0];
    const at = sections.indexOf(section ?? "");
    return at < 0 ? sections.length : at;
  };
  const known = new Set<string>();
  return problems
    .filter(({ path, message }) => {
      const key = JSON.stringify([path, message]);
      return !known.has(key) && known.add(key);
    })
    .sort((a, b) => place(a) - place(b));
}
