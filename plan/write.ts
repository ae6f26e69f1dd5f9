import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isPegaStrategy, parseStack } from "../config/load.ts";
import { parsePega } from "../config/pega/load.ts";
import { stackKeys } from "../config/stack-file.ts";
import type { PlanArguments } from "./arguments.ts";
import { migrationPage } from "./migration.ts";
import { pegaPage } from "./pega.ts";

/** Writes a stack's page. Throws an Error that names every problem of the config and the lockfile. */
export function writePlan({ stack, configFile, out }: PlanArguments): void {
  const page = planOf(stackKeys(configFile), stack, configFile);
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, page);
}

/** The page of a stack's keys. */
export function planOf(raw: Readonly<Record<string, unknown>>, stack: string, configFile: string): string {
  if (isPegaStrategy(raw["strategy"])) return pegaPage(orThrow(parsePega(raw), configFile), stack);
  return migrationPage(orThrow(parseStack(raw, stack), configFile), stack);
}

function orThrow<C>(
  parsed: { config: C } | { problems: readonly { readonly path: string; readonly message: string }[] },
  file: string,
): C {
  if ("config" in parsed) return parsed.config;
  const { problems } = parsed;
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  throw new Error(
    [
      `${file} has ${count}; no plan was written.`,
      ...problems.map(({ path, message }) => `  ${path}: ${message}`),
    ].join("\n"),
  );
}
