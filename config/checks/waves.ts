import { choiceOf, hasWaves, movesApplications } from "../../phases/strategies/index.ts";
import { waveProblems } from "../../phases/waves/refusals.ts";
import { applicationOf } from "../waves.ts";
import { rule, wrong, type Rule } from "./rule.ts";

/** The longest name of an object that a wave's connector has: it is a label. */
const longestName = 63;

/** What is wrong with the waves, each and together with what their applications read and write. */
export const waveRules: readonly Rule[] = [
  (config) => {
    const { strategy, table, waves, workloads = [] } = config;
    // An assessment asks about no workload: it comes before the waves, which it proposes.
    if (strategy === undefined || table === undefined || workloads.length === 0) return [];
    return [
      ...wrong(
        hasWaves(table) && waves === undefined,
        "waves",
        `missing; required by ${strategy}; list who moves together, in order: {name: …, workloads: […]}; npm run assess -- --waves proposes a list`,
      ),
      ...wrong(
        !hasWaves(table) && waves !== undefined,
        "waves",
        `found in ${strategy}, which has phases of its own; remove it, or set strategy to waves`,
      ),
    ];
  },
  rule(["table", "waves", "workloads", "migratedGroups"], ({ table, waves, workloads, migratedGroups }) =>
    hasWaves(table) ? waveProblems(waves, workloads.map(applicationOf), migratedGroups) : [],
  ),
  rule(["table", "mirror"], ({ table, mirror }) =>
    wrong(
      movesApplications(table) && Object.keys(mirror.heartbeat).length > 0,
      "mirror.heartbeat",
      `there is no MirrorHeartbeatConnector in ${choiceOf(table).strategy}, in which nothing reads its heartbeats; remove it`,
    ),
  ),
  rule(["name", "waves"], ({ name, waves }) =>
    waves.flatMap((wave, index) => {
      const connector = `${name}-${wave.name}-source`;
      return wrong(
        connector.length > longestName,
        `waves[${index}].name`,
        `found ${wave.name.length} characters; allowed: at most ${longestName - connector.length + wave.name.length}, because a connector is called ${connector}`,
      );
    }),
  ),
];
