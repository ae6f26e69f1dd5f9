/** `npm run check`: format, lint and types, all of them even if one fails. */
import { spawnSync } from "node:child_process";
import { orExit, parseCommand } from "../cli/command.ts";

orExit(() =>
  parseCommand(
    {
      name: "npm run check",
      does: "Checks format (prettier), lint (eslint) and types (tsc); all of them, even if one fails.",
    },
    process.argv.slice(2),
  ),
);

const checks = [
  ["prettier", "--check", "--log-level=warn", "."],
  ["eslint", "--max-warnings=0", "."],
  ["tsc", "--noEmit"],
] as const;

const failed = checks.filter(([tool, ...args]) => {
  console.log(`check: ${tool}`);
  return spawnSync(tool, args, { stdio: "inherit" }).status !== 0;
});
if (failed.length > 0) {
  console.error(`check: ${failed.map(([tool]) => tool).join(", ")} failed`);
  process.exitCode = 1;
}
