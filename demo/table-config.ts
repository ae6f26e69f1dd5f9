import { hasMirror, hasTwins, hasWaves, movesLagging, tableOf, type TableChoice } from "../phases/strategies/index.ts";

/** Keys of a stack's config without the project's prefix, as far as a table changes them. */
interface Keys {
  [key: string]: unknown;
  source?: { credentials?: { mirror?: unknown } | undefined };
  target?: { credentials?: { mirror?: unknown } | undefined };
  workloads?: { name: string; role: string; twin?: unknown }[];
  mirror?: { checkpoint?: Record<string, string> | undefined } | undefined;
}

/**
 * Makes the config of a stack of the lab fit another table than the one it is written for: everything of the mirror
 * goes where nothing is copied, and consumers name the twins that the lab's traffic gives them. Where groups move while
 * they lag, MirrorMaker 2 writes checkpoints every second, so that it has seen where they stopped before they are
 * placed: its offsets are then the same at the move and when they are measured. Changes `config`.
 */
export function setTable(config: Keys, choice: TableChoice): void {
  const table = tableOf(choice);
  config["strategy"] = choice.strategy;
  if (choice.persistedData !== undefined) config["persistedData"] = choice.persistedData;
  if (choice.wayBack === "mirrored") config["wayBack"] = choice.wayBack;
  if (!hasMirror(table)) {
    for (const key of ["connect", "mirror", "monitoring", "ui"]) delete config[key];
    for (const side of ["source", "target"] as const) delete config[side]?.credentials?.mirror;
  }
  if (movesLagging(table) && config.mirror)
    config.mirror.checkpoint = { ...config.mirror.checkpoint, "emit.checkpoints.interval.seconds": "1" };
  if (!hasWaves(table)) delete config["waves"];
  if (!hasTwins(table)) return;
  for (const workload of config.workloads ?? []) {
    if (workload.role !== "consumer") continue;
    const name = `${workload.name}-twin`;
    workload.twin = { name, bootstrap: { configMap: `${name}-config`, key: "BOOTSTRAP" } };
  }
}
