/** `npm run demo` */
import { orExit } from "../cli/command.ts";
import { linuxOrExit } from "../tools/linux.ts";
import { readArguments } from "./cli.ts";

const options = orExit(() => readArguments(process.argv.slice(2)));
linuxOrExit();
// Loading it takes longer than saying what is wrong with an argument.
const { demo } = await import("./demo.ts");
process.exit(await demo(options));
