import { numberIn, parseCommand, usageError } from "../cli/command.ts";

/** The arguments of `npm run assess`. */
export interface AssessArguments {
  readonly stack: string;
  /** Seconds between the two samples. */
  readonly seconds: number;
  /** Seconds for which a share of the migrated topics' records is read. */
  readonly sampleSeconds: number;
  /** Default: `Pulumi.<stack>.yaml`. */
  readonly configFile: string;
  /** Path of the lockfile; undefined takes the config's. */
  readonly inventory: string | undefined;
  /** A topic of both sides to which a few records are written to see how long they take; undefined writes nothing. */
  readonly latencyTopic: string | undefined;
  /** Proposes waves from the lockfile and the config instead, and asks no cluster. */
  readonly waves: boolean;
  /** The most waves that are proposed; undefined leaves as many as the applications allow. */
  readonly most: number | undefined;
}

const command = {
  name: "npm run assess",
  does: "Reads the clusters of a stack, writes the lockfile and a report, and changes nothing else unless --latency-topic names a topic to write to. With --waves it reads files alone.",
  options: {
    stack: { type: "string", value: "<name>", help: "the stack whose clusters are read; required" },
    seconds: {
      type: "string",
      value: "<1 to 3600>",
      help: "seconds between the two samples from which rates are computed",
      default: "10",
    },
    "sample-seconds": {
      type: "string",
      value: "<1 to 3600>",
      help: "seconds in which a share of the migrated topics' records is read: more for thousands of topics, or for a distant source",
      default: "20",
    },
    "config-file": { type: "string", value: "<path>", help: "the stack's config", default: "Pulumi.<stack>.yaml" },
    inventory: { type: "string", value: "<path>", help: "path of the lockfile", default: "the config's inventory" },
    "latency-topic": {
      type: "string",
      value: "<topic>",
      help: "write 31 small records to this topic, which exists on both sides and does not migrate, and measure how long each takes to be read",
    },
    waves: {
      type: "boolean",
      help: "propose an order in which applications can move, from the lockfile and the config's workloads",
    },
    most: { type: "string", value: "<1 to 1000>", help: "with --waves: join neighbours until there are no more waves" },
  },
} as const;

/** Throws a UsageError whose message says what was found and what is allowed. */
export function readArguments(args: readonly string[]): AssessArguments {
  const { values } = parseCommand(command, args);
  const { stack } = values;
  const { waves = false, most } = values;
  if (most !== undefined && !waves) throw usageError(command, "--most is found without --waves, which it is for");
  if (!stack) throw usageError(command, "--stack is missing: the stack whose clusters are to be read");
  return {
    stack,
    seconds: numberIn(command, "--seconds", values.seconds ?? "10", { least: 1, most: 3600 }),
    sampleSeconds: numberIn(command, "--sample-seconds", values["sample-seconds"] ?? "20", { least: 1, most: 3600 }),
    configFile: values["config-file"] ?? `Pulumi.${stack}.yaml`,
    inventory: values.inventory,
    latencyTopic: values["latency-topic"],
    waves,
    most: most === undefined ? undefined : numberIn(command, "--most", most, { least: 1, most: 1000, whole: true }),
  };
}
