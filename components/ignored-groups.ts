import { ignoredReaders, type MigrationConfig } from "../config/migration-config.ts";
import type { Plan } from "../phases/plan.ts";

/** What a preview says of ignored groups when the producers are about to leave them behind. Pure. */
export function ignoredGroupLines(config: MigrationConfig, { switches }: Plan): string[] {
  if (!switches.some(({ what, sealed }) => what === "producers" && !sealed)) return [];
  return ignoredReaders(config).map(
    ({ name, reason, topics }) =>
      `group ${name} is ignored (${reason}) and reads ${topics.join(", ")}: it stays on the source, where nothing ` +
      `new comes once the producers have moved`,
  );
}
