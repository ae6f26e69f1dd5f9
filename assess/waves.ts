import { Document, type YAMLMap } from "yaml";
import type { Problem } from "../config/checks/index.ts";
import { inventoryPath, parseInventory, readInventory } from "../config/inventory-file.ts";
import type { Inventory } from "../config/inventory.ts";
import { explain } from "../config/messages.ts";
import { selectGroups, selectTopics } from "../config/migration-config.ts";
import { toProblems } from "../config/problems.ts";
import { configSchema } from "../config/schema.ts";
import { stackKeys } from "../config/stack-file.ts";
import { applicationOf } from "../config/waves.ts";
import { closingWaves, undeclared } from "../phases/waves/couplings.ts";
import { proposeWaves, type ProposedWave } from "../phases/waves/propose.ts";
import { waveProblems } from "../phases/waves/refusals.ts";
import { linkOf } from "../phases/waves/sentences.ts";
import type { AssessArguments } from "./arguments.ts";

/** The keys of a stack's file that say who reads and writes what; the others can be missing or wrong. */
const parts = configSchema.pick({ name: true, topics: true, groups: true, workloads: true });

/** The longest name of an object that a wave's connector has, in characters: it is a label. */
const longestName = 63;

/**
 * Waves for a stack's workloads as YAML to paste, with comments that say what put each where it is. Reads the stack's
 * file and its lockfile, and asks no cluster. Throws an Error with every problem of the two.
 */
export function proposal({ stack, configFile, inventory: file, most }: AssessArguments): string {
  const raw = stackKeys(configFile);
  const path = file ?? inventoryPath(raw, stack);
  const found = parseInventory(readInventory(path));
  if (found.inventory === undefined) throw refused(configFile, found.problems);
  return proposalOf(raw, found.inventory, { configFile, path, most });
}

/** The same from what the files hold. Pure. */
export function proposalOf(
  raw: Readonly<Record<string, unknown>>,
  inventory: Inventory,
  {
    configFile,
    path,
    most,
  }: { readonly configFile: string; readonly path: string; readonly most?: number | undefined },
): string {
  const own = Object.fromEntries(Object.keys(parts.shape).flatMap((key) => (key in raw ? [[key, raw[key]]] : [])));
  const parsed = parts.safeParse(own, { error: explain, reportInput: true });
  if (!parsed.success) throw refused(configFile, parsed.error.issues.flatMap(toProblems));
  const { name, workloads } = parsed.data;
  const topics = selectTopics(parsed.data, inventory);
  const groups = selectGroups(parsed.data, inventory);
  const applications = workloads.map(applicationOf);
  const longest = Math.min(30, longestName - `${name}--source`.length);
  const waves = proposeWaves(applications, groups, { atMost: most, longest });
  const problems = waveProblems(waves, applications, groups);
  if (problems.length > 0) throw refused(configFile, problems);
  const closing = closingWaves(waves, applications);
  const closes = (wave: string): string[] => topics.filter((topic) => closing.get(topic) === wave);
  const { unwritten, unread } = undeclared(topics, applications, groups);
  const document = new Document({ "kafka-migration:waves": waves.map(({ name, workloads }) => ({ name, workloads })) });
  const list = document.get("kafka-migration:waves") as { items: YAMLMap[] };
  for (const [at, item] of list.items.entries()) {
    const wave = waves[at]!;
    item.commentBefore = comment(reasons(wave, waves, closes(wave.name)));
  }
  document.commentBefore = comment([
    `${waves.length} ${waves.length === 1 ? "wave" : "waves"} for ${applications.length} workloads, from ${configFile} and ${path}.`,
    "Neighbours may be joined, and names changed. Whoever reads a topic moves before its writers or with them.",
    ...unnamed(unwritten, "no workload writes; they close with the last wave"),
    ...unnamed(unread, "no workload reads"),
  ]);
  return document.toString({ lineWidth: 0 }).trimEnd();
}

/** Each line of a comment begins with a space, as a person writes it. */
const comment = (lines: readonly string[]): string => lines.map((line) => ` ${line}`).join("\n");

const unnamed = (topics: readonly string[], what: string): string[] =>
  topics.length > 0 ? [`Topics that ${what}: ${topics.join(", ")}.`] : [];

function reasons(
  { together, inOrder, after, workloads }: ProposedWave,
  waves: readonly ProposedWave[],
  closes: string[],
): string[] {
  const waveOf = (application: string): string => waves.find((wave) => wave.workloads.includes(application))!.name;
  const before = [...new Set(after.map((coupling) => waveOf(coupling.before)))];
  return [
    ...together.map((coupling) => `together: ${linkOf(coupling)}`),
    ...inOrder.map((coupling) => `here or earlier: ${linkOf(coupling)}`),
    ...before.flatMap((wave) =>
      after
        .filter((coupling) => waveOf(coupling.before) === wave)
        .map((coupling) => `not before ${wave}: ${linkOf(coupling)}`),
    ),
    ...(closes.length > 0 ? [`closes ${closes.join(", ")}`] : []),
    ...(together.length + inOrder.length + before.length + closes.length === 0
      ? [`nothing holds ${workloads.length === 1 ? "it" : "them"} back, and nothing closes`]
      : []),
  ];
}

function refused(configFile: string, problems: readonly Problem[]): Error {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const list = problems.map(({ path, message }) => `  ${path}: ${message}`).join("\n");
  return new Error(`${configFile} has ${count}; no waves are proposed.\n${list}`);
}
