/** `npm run pulumi -- <args>`: the CLI with the project's own Node and tools against the lab. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { labEnv } from "../lab/lab.ts";

const child = spawn("pulumi", process.argv.slice(2), { stdio: "inherit", env: { ...process.env, ...labEnv() } });
// The terminal sends Ctrl-C to both; the CLI ends first.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("error", (error) => {
  console.error(`pulumi did not start: ${error.message}; "npm run lab -- up" builds it`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal!]));
