/** `npm run bench` */
import { numberIn, orExit, parseCommand, UsageError } from "../cli/command.ts";
import { linuxOrExit } from "../tools/linux.ts";

const defaults = { topics: 1_000, groups: 500, workloads: 50 } as const;

const command = {
  name: "npm run bench",
  does:
    "Measures what gates and moves cost at a size, on generated readings, emulated brokers and an emulated API server, " +
    "beside budgets and beside version 22e1a21; with --preview what updates and previews cost, with --throughput how fast " +
    "the mirror copies, in a lab.",
  options: {
    topics: {
      type: "string",
      value: "<1 to 20000>",
      help: "topics, of ten partitions each (in a lab three, and one beyond 2,000 topics)",
      default: String(defaults.topics),
    },
    groups: {
      type: "string",
      value: "<1 to 20000>",
      help: "consumer groups, each of which reads two topics (in a lab five)",
      default: String(defaults.groups),
    },
    workloads: {
      type: "string",
      value: "<1 to 2000>",
      help: "applications that are stopped and started",
      default: String(defaults.workloads),
    },
    throughput: {
      type: "boolean",
      help: "bring a lab up and measure how fast the mirror copies, next to the published guide's settings and a plain producer",
    },
    preview: {
      type: "boolean",
      help: "bring a lab up and measure updates and previews of so many topics and groups, next to a program of the topics and rights alone",
    },
  },
} as const;

const { size, preview, throughput } = orExit(() => {
  const { values } = parseCommand(command, process.argv.slice(2));
  const number = (name: keyof typeof defaults, most: number): number =>
    numberIn(command, `--${name}`, values[name] ?? String(defaults[name]), { least: 1, most, whole: true });
  const size = {
    topics: number("topics", 20_000),
    groups: number("groups", 20_000),
    workloads: number("workloads", 2_000),
  };
  if (values.preview && values.throughput)
    throw new UsageError("npm run bench: --preview and --throughput are two benchmarks; name one");
  return { size, preview: values.preview === true, throughput: values.throughput === true };
});
if (throughput) {
  linuxOrExit();
  const { measureThroughput } = await import("./throughput.ts");
  await measureThroughput();
  process.exit(0);
}
// Loading either takes longer than saying what is wrong with an argument.
if (preview) {
  linuxOrExit();
  const { measurePreviews } = await import("./preview.ts");
  await measurePreviews(size);
  process.exit(0);
}
const { measureSizes } = await import("./sizes.ts");
process.exit((await measureSizes(size, (line) => console.log(line))) ? 0 : 1);
