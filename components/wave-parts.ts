import type { RecordedWaves } from "@kafka-migration/kafka";
import type { MigrationConfig } from "../config/migration-config.ts";
import { unwrittenTopics, wavesOf } from "../config/waves.ts";
import type { Plan } from "../phases/plan.ts";
import type { Row } from "../phases/row.ts";
import { hasWaves } from "../phases/strategies/index.ts";

/** What of the waves has to stay as it is from a row on: undefined where applications do not move wave by wave. Pure. */
export function wavesAsOf(config: MigrationConfig, row: Row): RecordedWaves | undefined {
  if (!hasWaves(config.table)) return undefined;
  // Nothing is copied, and nobody has moved: every wave may still be another one.
  if (row.mirror === "absent" && row.moved === undefined) return [];
  return wavesNow(config).map((wave) => ({ ...wave, ...(row.moved?.includes(wave.name) && { moved: true as const }) }));
}

/** The waves as the config has them; none where applications do not move wave by wave. Pure. */
export const wavesNow = (config: MigrationConfig) =>
  wavesOf(config).map(({ name, workloads, closes }) => ({ name, workloads, closes }));

/** Topics whose writers all write on the target in a row. Pure. */
export function closedIn(config: MigrationConfig, { producers, moved = [] }: Row): ReadonlySet<string> {
  if (producers === "target") return new Set(config.topics);
  return new Set(wavesOf(config).flatMap(({ name, closes }) => (moved.includes(name) ? closes : [])));
}

/** What a preview says of topics that nobody in the config writes to, and of schemas while waves are still to come. Pure. */
export function waveLines(config: MigrationConfig, { row, switches }: Plan): string[] {
  const waves = wavesOf(config);
  const [last] = waves.slice(-1);
  if (last === undefined) return [];
  const unwritten = unwrittenTopics(config);
  const moving = switches.find(({ what, sealed }) => what === "applications" && !sealed);
  const opens = moving !== undefined && row.schemas === "target" && firstWriters(config) === moving.wave;
  const later = waves.slice(waves.findIndex(({ name }) => name === moving?.wave) + 1).map(({ name }) => name);
  return [
    ...(unwritten.length > 0
      ? [
          `no workload names ${unwritten.join(", ")} under topics, so their writers are not known; closed with the ` +
            `last wave, ${last.name}`,
        ]
      : []),
    ...(opens && later.length > 0 && config.source.registry !== undefined && config.target.registry !== undefined
      ? [
          `the source's registry becomes read-only with wave ${moving.wave}; applications of ${later.join(", ")} cannot ` +
            `register new schemas until they have moved`,
        ]
      : []),
  ];
}

/** The first wave in which somebody writes. */
function firstWriters({ waves = [], workloads }: MigrationConfig): string | undefined {
  const writers = new Set(workloads.filter(({ role }) => role !== "consumer").map(({ name }) => name));
  return waves.find((wave) => wave.workloads.some((name) => writers.has(name)))?.name;
}
