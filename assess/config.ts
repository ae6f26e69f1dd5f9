import { checkConfig, type Problem } from "../config/checks/index.ts";
import { inventoryPath } from "../config/inventory-file.ts";
import { unmadeInventory } from "../config/inventory.ts";
import { explain } from "../config/messages.ts";
import { tableOf, type MigrationConfig } from "../config/migration-config.ts";
import { mirrorTasks } from "../config/mirror-tasks.ts";
import { toProblems } from "../config/problems.ts";
import { configSchema } from "../config/schema.ts";
import { stackKeys } from "../config/stack-file.ts";

/** A stack's config as far as an assessment needs it. */
export interface AssessConfig {
  /** `topics` and `groups` are empty, because nothing has been read yet. `inventoryFile` is where it will be written. */
  readonly config: MigrationConfig;
}

/** The keys that say which clusters there are, what moves and whether it is copied; the others can be missing or wrong. */
const needed = [
  "strategy",
  "persistedData",
  "name",
  "kubernetes",
  "source",
  "target",
  "connect",
  "mirror",
  "inventory",
  "topics",
  "groups",
] as const;

/**
 * Keys that advice looks at where they are right: rights that are not recreated, how long gates wait, what alerts tell, what
 * tries the applications' paths, whom NetworkPolicies let through, what of the target's size is accepted.
 * Errors in them are the program's to report, once there is a lockfile.
 */
const wished = ["rights", "gates", "monitoring", "inCluster", "network", "capacity"] as const;

function isValid(key: (typeof wished)[number], value: unknown): boolean {
  return value !== undefined && configSchema.shape[key].safeParse(value).success;
}

const partSchema = configSchema.omit({ phase: true, workloads: true });

const nothingYet = unmadeInventory(1);

/** Validates what an assessment needs of a stack's keys: with defaults, or every problem. Pure. */
export function parseAssessConfig(
  raw: Readonly<Record<string, unknown>>,
  stack: string,
): AssessConfig | { readonly problems: readonly Problem[] } {
  const own = Object.fromEntries(needed.filter((key) => key in raw).map((key) => [key, raw[key]]));
  const known = {
    ...own,
    ...Object.fromEntries(wished.filter((key) => isValid(key, raw[key])).map((key) => [key, raw[key]])),
  };
  const parsed = partSchema.safeParse(known, { error: explain });
  const sections = Object.fromEntries(
    needed.flatMap((key) => {
      const section = configSchema.shape[key].safeParse(own[key]);
      return section.success && section.data !== undefined ? [[key, section.data]] : [];
    }),
  );
  const problems = [
    ...(parsed.error?.issues ?? []).flatMap(toProblems),
    // No workload is asked about, and rules about the sides' Kubernetes connections look at workloads too.
    ...checkConfig({ ...sections, ...(parsed.success && { table: tableOf(parsed.data) }), workloads: [] }),
  ];
  if (!parsed.success || problems.length > 0) return { problems };
  const { topics, groups, inventory: _, ...others } = parsed.data;
  return {
    config: {
      ...others,
      // Of a migration whose topics are not known yet.
      mirror: { ...others.mirror, tasksMax: others.mirror.tasksMax ?? mirrorTasks([]) },
      phase: "",
      workloads: [],
      readerSchemas: [],
      inventory: nothingYet,
      inventoryFile: { path: inventoryPath(raw, stack), sha256: "" },
      topics: [],
      groups: [],
      table: tableOf(others),
      naming: "own",
      selection: { topics, groups },
    },
  };
}

/** Reads a stack's file. Throws an Error with every problem; needs no login to Pulumi. */
export function readAssessConfig(file: string, stack: string): AssessConfig {
  const parsed = parseAssessConfig(stackKeys(file), stack);
  if (!("problems" in parsed)) return parsed;
  const { problems } = parsed;
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const list = problems.map(({ path, message }) => `  ${path}: ${message}`).join("\n");
  throw new Error(`${file} has ${count}; nothing was read from Kafka.\n${list}`);
}
