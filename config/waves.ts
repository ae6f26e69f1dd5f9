import { z } from "zod";
import { hasWaves, type TableName } from "../phases/strategies/index.ts";
import { closingWaves, undeclared, type Application, type ReadingGroup } from "../phases/waves/couplings.ts";
import { labelName } from "../runtime/model/forms.ts";
import { groupsOf, topicsOf, transactionalIdsOf, ungroupedOf, type Workload } from "./workloads.ts";

export const wavesSchema = z
  .array(
    z.strictObject({
      name: labelName()
        .describe("name of the wave; its phase is move-<name>")
        .meta({ examples: ["orders"] }),
      workloads: z
        .array(z.string())
        .min(1)
        .describe("names of the workloads that move in it; each workload moves in one wave")
        .meta({ examples: [["checkout", "billing"]] }),
    }),
  )
  .min(1);

/** A wave with everything that follows from its workloads. */
export interface ConfiguredWave {
  readonly name: string;
  readonly workloads: readonly string[];
  /** Migrated groups that its workloads join. */
  readonly groups: readonly string[];
  /** Migrated topics that they read or write. */
  readonly topics: readonly string[];
  /** Those of them that they write to. */
  readonly writes: readonly string[];
  /** Topics whose last writer moves in it; the last wave's also those that no workload writes to. */
  readonly closes: readonly string[];
}

interface WavesConfig {
  readonly table: TableName;
  readonly waves?: readonly { readonly name: string; readonly workloads: readonly string[] }[] | undefined;
  readonly workloads: readonly Workload[];
  readonly topics: readonly string[];
  readonly groups: readonly ReadingGroup[];
}

/** A workload as its couplings are worked out. */
export const applicationOf = (workload: Workload): Application => ({
  name: workload.name,
  role: workload.role,
  groups: groupsOf(workload),
  topics: topicsOf(workload),
  reads: ungroupedOf(workload),
  transactionalIds: transactionalIdsOf(workload),
});

/** The waves of a config in order; none where all move by another table. Pure. */
export function wavesOf({ table, waves = [], workloads, topics, groups }: WavesConfig): readonly ConfiguredWave[] {
  if (!hasWaves(table)) return [];
  const applications = workloads.map(applicationOf);
  const closing = closingWaves(waves, applications);
  const last = waves.at(-1)?.name;
  return waves.map(({ name, workloads: of }) => {
    const own = workloads.filter((workload) => of.includes(workload.name));
    const joined = new Set(own.flatMap(groupsOf));
    const moving = groups.filter((group) => joined.has(group.name));
    const closes = topics.filter((topic) => (closing.get(topic) ?? last) === name);
    const written = new Set(own.flatMap(topicsOf));
    const touched = new Set([...moving.flatMap((group) => group.topics), ...own.flatMap(ungroupedOf), ...written]);
    return {
      name,
      workloads: of,
      closes,
      groups: moving.map((group) => group.name),
      topics: topics.filter((topic) => touched.has(topic)),
      writes: topics.filter((topic) => written.has(topic)),
    };
  });
}

/** Migrated topics that no workload of a config with waves writes to: they close with the last wave. */
export const unwrittenTopics = ({ table, workloads, topics, groups }: WavesConfig): readonly string[] =>
  hasWaves(table) ? undeclared(topics, workloads.map(applicationOf), groups).unwritten : [];
