import type { z } from "zod";
import type { Problem } from "./checks/index.ts";

/** An unknown key is a problem of its own, at its own path. */
export function toProblems(issue: z.core.$ZodIssue): Problem[] {
  const { message } = issue;
  return issue.code === "unrecognized_keys"
    ? issue.keys.map((key) => ({ path: pathText([...issue.path, key]), message }))
    : [{ path: pathText(issue.path) || "config", message }];
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
