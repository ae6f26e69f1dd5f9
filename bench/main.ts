/** `npm run bench` */
import { numberIn, orExit, parseCommand } from "../cli/command.ts";
import { linuxOrExit } from "../tools/linux.ts";

const command = {
  name: "npm run bench",
  does: "Measures what a preview of many topics costs, next to a preview of the same topics and rights alone.",
  options: {
    topics: { type: "string", value: "<1 to 10000>", help: "topics on the source", default: "1000" },
  },
} as const;

const topics = orExit(() => {
  const { values } = parseCommand(command, process.argv.slice(2));
  return numberIn(command, "--topics", values.topics ?? "1000", { least: 1, most: 10_000, whole: true });
});
linuxOrExit();
// Loading it takes longer than saying what is wrong with an argument.
const { measurePreviews } = await import("./preview.ts");
await measurePreviews(topics);
process.exit(0);
