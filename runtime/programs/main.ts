/**
 * What pods run: `node main.mjs <program> <folder> [file]`, where the folder holds the settings `<program>.json` and the
 * mounted Secrets, and the file takes the result. Bundled into one file by `components/programs/bundle.ts`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PathProbeSettings, ProgramName, SchemaCopySettings } from "../model/programs.ts";
import { probePath } from "./path-probe.ts";
import { copyOn } from "./schema-copy.ts";

/** A pod that takes longer has no result; the next one is made by then. */
const probeMilliseconds = 45_000;

const [program, folder = "", file = ""] = process.argv.slice(2);

/** Folders of Secrets are said from the one that everything is mounted in. */
const settings: unknown = JSON.parse(readFileSync(join(folder, `${program}.json`), "utf8"), (key, value: unknown) =>
  key === "folder" ? join(folder, String(value)) : value,
);

const programs: Readonly<Record<ProgramName, () => Promise<void>>> = {
  async "path-probe"() {
    const late = setTimeout(() => {
      console.error(`the path was not tried within ${probeMilliseconds / 1000} s`);
      process.exit(1);
    }, probeMilliseconds);
    const found = JSON.stringify(await probePath(settings as PathProbeSettings));
    clearTimeout(late);
    console.log(found);
    writeFileSync(file, found);
  },
  async "schema-copy"() {
    const end = new AbortController();
    for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => end.abort());
    await copyOn(settings as SchemaCopySettings, end.signal, (line) =>
      console.log(`${new Date().toISOString()} ${line}`),
    );
  },
};

const run = programs[program as ProgramName];
if (run === undefined) throw new Error(`no program ${program}; there are ${Object.keys(programs).join(", ")}`);
await run();
process.exit(0);
