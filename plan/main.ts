/** `npm run plan`: writes a stack's phases, gates and ways back as a page for the change ticket. */
import { orExit } from "../cli/command.ts";
import { readArguments } from "./arguments.ts";

const args = orExit(() => readArguments(process.argv.slice(2)));
// Loaded late, so that a wrong argument is reported at once.
const { writePlan } = await import("./write.ts");
try {
  writePlan(args);
  console.log(`${args.out} has the plan of stack ${args.stack}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
