import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { checkConfig, type Problem, type Sections } from "./checks/index.ts";
import { withoutFormerNames } from "./former-names.ts";
import { inventoryPath, parseInventory, readInventory, type InventoryFile } from "./inventory-file.ts";
import { isUnmade, type Inventory } from "./inventory.ts";
import { unmadeProblems } from "./unmade.ts";
import { explain } from "./messages.ts";
import { lockedTopics, selectGroups, selectTopics, tableOf, type MigrationConfig } from "./migration-config.ts";
import { mirrorTasks } from "./mirror-tasks.ts";
import { followsFrom, inOrder, toProblems } from "./problems.ts";
import { parsePega } from "./pega/load.ts";
import type { PegaConfig } from "./pega/schema.ts";
import { pegaStrategyNames } from "../phases/pega/tables.ts";
import { readerSchemas, readReaderFiles, type NamedFile } from "./reader-schemas.ts";
import { configSchema, type StackConfig } from "./schema.ts";
import { parseValue } from "./text-value.ts";
import { validSections } from "./sections.ts";

/**
 * Reads the stack's config and its inventory. Throws one RunError with every problem of both (where, what is allowed,
 * what to do) before anything is registered; Pulumi prints it without a stack trace.
 */
export function loadConfig(): MigrationConfig | PegaConfig {
  const raw = rawConfig();
  const parsed = isPegaStrategy(raw["strategy"]) ? parsePega(raw) : parseStack(raw, pulumi.getStack());
  if ("config" in parsed) return parsed.config;
  const file = `Pulumi.${pulumi.getStack()}.yaml`;
  const count = parsed.problems.length === 1 ? "1 problem" : `${parsed.problems.length} problems`;
  const list = parsed.problems.map(({ path, message }) => `  ${path}: ${message}`).join("\n");
  throw new pulumi.RunError(`${file} has ${count}; nothing was changed.\n${list}`);
}

/** Whether a stack's config is that of a Pega release. */
export const isPega = (config: MigrationConfig | PegaConfig): config is PegaConfig => isPegaStrategy(config.strategy);

export const isPegaStrategy = (strategy: unknown): boolean => pegaStrategyNames.some((name) => name === strategy);

/** Validates a stack's keys with its inventory and every other file that they name, which are read here. */
export const parseStack = (raw: Readonly<Record<string, unknown>>, stack: string): ReturnType<typeof parseConfig> =>
  parseConfig(raw, readInventory(inventoryPath(raw, stack)), readReaderFiles(raw));

/**
 * Validates a config value, its inventory and the files of `schemas.readers`: all as one with defaults, or every problem.
 * Pure.
 */
export function parseConfig(
  given: unknown,
  inventory: InventoryFile,
  files: readonly NamedFile[] = [],
): { config: MigrationConfig } | { problems: readonly Problem[] } {
  const raw = withoutFormerNames(given);
  const whole = configSchema.safeParse(raw, { error: explain, reportInput: true });
  const locked = parseInventory(inventory);
  const keys = (whole.error?.issues ?? []).flatMap(toProblems);
  const sections = validSections(configSchema, raw);
  const { readers, problems: unread } = readerSchemas(sections.schemas?.readers ?? [], files);
  const unmade = locked.inventory !== undefined && isUnmade(locked.inventory);
  const between = [
    ...checkConfig(withSelection(sections, unmade ? undefined : locked.inventory)),
    ...(unmade ? unmadeProblems(sections, inventory.path) : []),
    ...unread,
  ];
  const found = [...keys, ...locked.problems, ...between.filter((problem) => !followsFrom(problem, keys))];
  const problems = inOrder(found, Object.keys(configSchema.shape), inventory.path);
  if (!whole.success || locked.inventory === undefined || problems.length > 0) return { problems };
  const { topics, groups, ...others } = whole.data;
  const selection = { topics, groups };
  const migrated = unmade ? [] : selectTopics(selection, locked.inventory);
  const { tasksMax = mirrorTasks(lockedTopics({ topics: migrated, inventory: locked.inventory })) } = others.mirror;
  return {
    config: {
      ...others,
      // Applications come once there is a source.
      ...(unmade && { workloads: [] }),
      mirror: { ...others.mirror, tasksMax },
      readerSchemas: readers,
      inventory: locked.inventory,
      inventoryFile: { path: inventory.path, sha256: sha256("text" in inventory ? inventory.text : "") },
      topics: migrated,
      groups: unmade ? [] : selectGroups(selection, locked.inventory),
      table: tableOf(others),
      naming: "own",
      selection,
    },
  };
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

function withSelection(sections: Partial<StackConfig>, locked: Inventory | undefined): Partial<Sections> {
  const { topics, groups, strategy, persistedData, wayBack } = sections;
  const chosen = { ...sections, ...(strategy && { table: tableOf({ strategy, persistedData, wayBack }) }) };
  if (locked === undefined) return chosen;
  return {
    ...chosen,
    locked,
    ...(topics && { migratedTopics: selectTopics({ topics }, locked) }),
    ...(topics && groups && { migratedGroups: selectGroups({ topics, groups }, locked) }),
  };
}

/** The stack's own keys as one value. Text that is not JSON is a plain string. */
function rawConfig(): Record<string, unknown> {
  const prefix = `${pulumi.getProject()}:`;
  const own = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, text]) => [key.slice(prefix.length), parseValue(text)]));
}
