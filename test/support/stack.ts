import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { parseConfig } from "../../config/load.ts";
import { parseValue } from "../../config/text-value.ts";
import type { InventoryFile } from "../../config/inventory-file.ts";
import { isMirrored, type MigrationConfig, type MirroredConfig } from "../../config/migration-config.ts";
import type { ConfigInput } from "../../config/schema.ts";

/** A config as written; both stack files name a Connect cluster. */
export type StackInput = ConfigInput & { connect: NonNullable<ConfigInput["connect"]> };

/** The checkout's root. */
export const root = join(import.meta.dirname, "..", "..");

/** A stack file's keys without the project's prefix, as a fresh value that a test may break. */
export function stackInput(stack: "dev" | "prod"): StackInput {
  return structuredClone((read[stack] ??= readInput(stack)));
}

/** Most tests begin with one of these. */
const read: { dev?: StackInput; prod?: StackInput } = {};

function readInput(stack: "dev" | "prod"): StackInput {
  const prefix = "kafka-migration:";
  const { config } = parse(readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8")) as {
    config: Record<string, unknown>;
  };
  const own = Object.entries(config).map(([key, value]) => [
    key.slice(prefix.length),
    typeof value === "string" ? parseValue(value) : value,
  ]);
  return Object.fromEntries(own) as StackInput;
}

/** The inventory of a stack; the lab's own is re-created by each lab, so its tests have one of their own. */
export function stackInventory(stack: "dev" | "prod"): InventoryFile {
  const path = stack === "dev" ? "test/support/inventory/dev.json" : "inventory/prod.json";
  return { path, text: (texts[stack] ??= readFileSync(join(root, path), "utf8")) };
}

const texts: { dev?: string; prod?: string } = {};

/** A stack's validated config after an edit. */
export function stackConfig(stack: "dev" | "prod", edit: (input: StackInput) => void = () => {}): MirroredConfig {
  const config = anyConfig(stack, edit);
  if (!isMirrored(config)) throw new Error(`${config.table} has no mirror; use anyConfig`);
  return config;
}

/** The same for any strategy, with or without a mirror. */
export function anyConfig(stack: "dev" | "prod", edit: (input: StackInput) => void = () => {}): MigrationConfig {
  const input = stackInput(stack);
  edit(input);
  const parsed = parseConfig(input, stackInventory(stack));
  if ("config" in parsed) return parsed.config;
  throw new Error(parsed.problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
}
