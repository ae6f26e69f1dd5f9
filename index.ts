import { existingTopics } from "./components/declared.ts";
import { Migration } from "./components/migration.ts";
import { lookAtRelease } from "./components/pega/look.ts";
import { PegaMigration } from "./components/pega/pega-migration.ts";
import { namingOf } from "./components/naming.ts";
import { readReached } from "./components/reached.ts";
import { isPega, loadConfig } from "./config/load.ts";
import type { MigrationConfig } from "./config/migration-config.ts";
import type { PegaConfig } from "./config/pega/schema.ts";

const config = loadConfig();
const before = await readReached();
const migration = isPega(config) ? await pega(config) : await kafka(config);

/** The table that the stack is walked by. */
export const strategy = isPega(config) ? config.strategy : config.table;
/** The row that the last complete update reached. */
export const reached = migration.reached;
/** What each gate measured when it opened. */
export const gates = migration.gates;
/** How topics are declared, once they are more than `topics.apartUpTo`. */
export const declared = migration instanceof Migration ? migration.declared : undefined;
/** Whose name the source's alias carries, where a stack could have another. */
export const naming = migration instanceof Migration ? migration.naming : undefined;
/** What of the waves has to stay as it is, where applications move wave by wave. */
export const waves = migration instanceof Migration ? migration.waves : undefined;
/** How to reach the UI, Prometheus and the dashboard. */
export const reach = migration instanceof Migration ? migration.reach : undefined;

async function kafka(given: MigrationConfig): Promise<Migration> {
  const of = { ...given, naming: await namingOf(given, before) };
  return new Migration(of.name, { config: of, reached: before, existing: await existingTopics(of, before) });
}

async function pega(of: PegaConfig): Promise<PegaMigration> {
  return new PegaMigration(of.name, { config: of, reached: before, look: await lookAtRelease(of, before) });
}
