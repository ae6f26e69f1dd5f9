/** The topics that a stack declares, for a program of them alone. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { parseConfig } from "../config/load.ts";
import { readInventory } from "../config/inventory-file.ts";
import { targetTopics } from "../config/target-topics.ts";

export function bareTopics(configFile: string): { topics: unknown[]; bootstrapServers: string[] } {
  const { config } = parse(readFileSync(configFile, "utf8")) as { config: Record<string, unknown> };
  const own = Object.entries(config).map(([key, value]) => [key.replace("kafka-migration:", ""), value] as const);
  const raw = Object.fromEntries(own) as { inventory: string };
  const parsed = parseConfig(raw, readInventory(raw.inventory));
  if (!("config" in parsed))
    throw new Error(parsed.problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
  return {
    topics: [...targetTopics(parsed.config)],
    bootstrapServers: [...(parsed.config.target.runnerBootstrap ?? [])],
  };
}
