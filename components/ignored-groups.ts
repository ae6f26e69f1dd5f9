import { ignoredReaders, type MigrationConfig } from "../config/migration-config.ts";
import { wavesOf } from "../config/waves.ts";
import type { Plan } from "../phases/plan.ts";

/** What a preview says of ignored groups when the writers of what they read are about to leave them behind. Pure. */
export function ignoredGroupLines(config: MigrationConfig, { switches }: Plan): string[] {
  const leaving = switches.filter(({ what, sealed }) => !sealed && (what === "producers" || what === "applications"));
  const waves = wavesOf(config);
  return leaving.flatMap(({ wave }) => {
    const closes = waves.find(({ name }) => name === wave)?.closes;
    const left = ignoredReaders(config).map((reader) => ({
      ...reader,
      topics: reader.topics.filter((topic) => closes?.includes(topic) ?? true),
    }));
    const who = wave === undefined ? "the producers have" : `wave ${wave} has`;
    return left
      .filter(({ topics }) => topics.length > 0)
      .map(
        ({ name, reason, topics }) =>
          `group ${name} is ignored (${reason}) and reads ${topics.join(", ")}: it stays on the source, where nothing ` +
          `new comes once ${who} moved`,
      );
  });
}
