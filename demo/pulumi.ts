/** `npm run pulumi -- <args>`: the CLI with the project's own Node and tools against the lab. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { orExit, parseCommand } from "../cli/command.ts";

const command = {
  name: "npm run pulumi",
  does: "Runs the Pulumi CLI against the lab, with the lab's backend, passphrase, tools and this project's Node.",
  argument: { name: "<what pulumi takes>", help: [["preview, up, stack …", '"npm run pulumi -- help" lists them']] },
} as const;

const args = process.argv.slice(2);
// Anything else, "up --help" included, is the CLI's.
if (args.length === 1 && args[0] === "--help") orExit(() => parseCommand(command, args));
const { labEnv } = await import("../lab/lab.ts");
let env: Record<string, string>;
try {
  env = labEnv();
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

const child = spawn("pulumi", args, { stdio: "inherit", env: { ...process.env, ...env } });
// The terminal sends Ctrl-C to both; the CLI ends first.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("error", (error) => {
  console.error(`pulumi did not start: ${error.message}; "npm run lab -- up" builds it`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal!]));
