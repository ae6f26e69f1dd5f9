/** `npm run golden`: writes every generated file again; git diff then shows what changed. */
import { orExit, parseCommand } from "../cli/command.ts";

const does = "Writes every generated file of the repository again; git diff then shows what changed.";
orExit(() => parseCommand({ name: "npm run golden", does }, process.argv.slice(2)));
// Loaded late: it brings the whole program along, and a wrong argument is reported at once.
await import("./golden-files.ts");
