import { Migration } from "./components/migration.ts";
import { readReached } from "./components/reached.ts";
import { loadConfig } from "./config/load.ts";

const config = loadConfig();
const migration = new Migration(config.name, { config, reached: await readReached() });

/** The table that the stack is walked by. */
export const strategy = config.table;
/** The row that the last complete update reached. */
export const reached = migration.reached;
/** What each gate measured when it opened. */
export const gates = migration.gates;
