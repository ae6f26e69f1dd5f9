import { readFileSync } from "node:fs";
import type { Problem } from "../../config/checks/index.ts";
import { isMap, mergeValues, valueAt, type Values } from "../helm-values.ts";
import { parseHelmYaml } from "./helm-yaml.ts";

export { effectiveValues, isMap, mergeValues, valueAt } from "../helm-values.ts";
export type { Values } from "../helm-values.ts";

/** What the names of a release's objects begin with. */
export function deploymentOf(effective: Values): string {
  const named = valueAt(effective, "global", "deployment", "name");
  return typeof named === "string" && named !== "" ? named : "pega";
}

/**
 * The values of files, each over those before it as with Helm's `--values`, or every problem of all of them.
 * @param paths relative to the working directory
 */
export function readValueFiles(
  paths: readonly string[],
): { readonly values: Values } | { readonly problems: readonly Problem[] } {
  const read = paths.map(readValueFile);
  const problems = read.flatMap((one) => ("message" in one ? [one] : []));
  if (problems.length > 0) return { problems };
  return { values: mergeValues(...read.flatMap((one) => ("values" in one ? [one.values] : []))) };
}

function readValueFile(path: string): { readonly values: Values } | Problem {
  const text = readText(path);
  if (typeof text !== "string") return { path, message: text.problem };
  const [first, ...more] = parseHelmYaml(text);
  if (first === undefined) return { values: {} };
  if ("message" in first) {
    return { path, message: `line ${first.line}: ${first.message}; Helm could not read it either, correct the file` };
  }
  if (more.length > 0) {
    return { path, message: `found ${more.length + 1} YAML documents; allowed: one, name every other file by itself` };
  }
  if (first.value === null) return { values: {} };
  if (isMap(first.value)) return { values: first.value };
  const found = Array.isArray(first.value) ? "a list" : "one value";
  return { path, message: `found ${found}; allowed: a map of keys, as \`helm upgrade --values\` takes it` };
}

function readText(path: string): string | { readonly problem: string } {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem =
      code === "ENOENT"
        ? "not found; name values files relative to the project's folder, as `helm upgrade --values` took them"
        : `cannot be read (${code ?? String(error)}); make it readable for the user who runs pulumi`;
    return { problem };
  }
}
