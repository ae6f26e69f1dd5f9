import { copying, access, prepare, mirror, validateAfter, retire, cleanupAfter } from "./parts.ts";
import type { StrategyFile, WaveStep } from "./strategy.ts";

/** The rows of some waves, in their order. */
function rowsOfWaves(waves: readonly WaveStep[]) {
  const names = waves.map(({ name }) => name);
  const moves = waves.map(({ name, writes }, at) => {
    const last = at === waves.length - 1;
    const written = writes || waves.slice(0, at).some((before) => before.writes);
    return {
      name: rowOfWave(name),
      purpose: last
        ? "the applications of the last wave move, and what is left of the mirror is drained and stopped"
        : "the applications of this wave move; all others run on, and the mirror keeps copying what they write",
      ...copying,
      moved: names.slice(0, at + 1),
      ...(last && ({ producers: "target", consumers: "target", mirror: "stopped" } as const)),
      schemas: written ? ("target" as const) : ("copied" as const),
      opensWhen: [...ofTheWave, ...(at > 0 ? ofThoseBefore : []), ...access],
      wayBack: { row: at === 0 ? mirror.name : rowOfWave(names[at - 1]!) },
    };
  });
  const after = { ...validateAfter(moves.at(-1)?.name ?? mirror.name), moved: names };
  return [
    prepare,
    mirror,
    ...moves,
    { ...after, purpose: proves },
    { ...retire, moved: names },
    { ...cleanupAfter(retire), moved: names },
  ];
}

const ofTheWave = [
  "inventory-current",
  "topics-as-locked",
  "mirror-within",
  "newest-equal",
  "groups-placeable",
  "schemas-equal",
  "records-decode",
] as const;

const ofThoseBefore = ["source-still-at-ledger", "offsets-placed", "producers-active", "groups-active"] as const;

const proves = "proves that applications make progress on the target; MM2's rights on the source are removed";

/** The row in which a wave moves. */
export const rowOfWave = (wave: string): string => `move-${wave}`;

export const waves = {
  strategy: "waves",
  persistedData: "mirrored",
  onlyBecause: "applications that move later continue on the target with what was written before",
  about:
    "For clusters of many teams: applications move in groups, one after the other, in the order of `waves`, each step a " +
    "phase of its own (`move-<wave>`). A wave is as `together` for its applications alone; all others run on. Whoever " +
    "reads a topic moves before its writers or with them. A topic closes with the last wave that writes to it, and is " +
    "mirrored until then by the connector of that wave. No record is lost or read twice, and order is kept, but between " +
    "writers of one topic that move in different waves, which never had one. Each wave leads back until one of its " +
    "applications has written on the target. A config whose waves could lose something is refused, with the change that " +
    "would do. The table is that of these two waves:\n\n" +
    "```yaml\n" +
    "kafka-migration:strategy: waves\n" +
    "kafka-migration:waves:\n" +
    "  - { name: reports, workloads: [analytics-loader, search-indexer] }\n" +
    "  - { name: orders, workloads: [checkout, billing, shipping] }\n" +
    "```",
  rows: rowsOfWaves([
    { name: "reports", writes: false },
    { name: "orders", writes: true },
  ]),
  rowsOf: rowsOfWaves,
} as const satisfies StrategyFile;
