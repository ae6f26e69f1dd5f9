import { parseCommand, UsageError, usageError } from "../cli/command.ts";
import { kafkaVersions, sourceVersions } from "../tools/definitions.ts";
import type { SourceChoice } from "./source.ts";

const commands = ["up", "pega", "down", "status", "env"] as const;

/** What `npm run lab` was asked for. */
export interface LabArguments {
  readonly command: (typeof commands)[number];
  /** Whether `down` leaves the data where they are. */
  readonly keepData: boolean;
  /** Whether `up` adds what a move to a vendor needs. */
  readonly vendor: boolean;
  /** Whether `up` adds the topics of the applications that read and write. */
  readonly applications: boolean;
  /** Which source `up` brings up; undefined for the guide's. */
  readonly source: SourceChoice | undefined;
}

const releases = [...sourceVersions, ...kafkaVersions];

const command = {
  name: "npm run lab",
  does: "Two Kafka clusters on this machine with the Kubernetes API server and operator that their objects need.",
  argument: {
    name: "<command>",
    help: [
      ["up", "start the lab, or start again whatever is missing"],
      ["pega", "start it with a Pega release instead of the source cluster"],
      ["down", "stop it and remove its data"],
      ["status", "what runs, where, with which log"],
      ["env", 'lines for: eval "$(npm run --silent lab -- env)"'],
    ],
  },
  options: {
    vendor: {
      type: "boolean",
      help: "with up: add schema registries, Connect clusters with connectors and one user per application",
    },
    applications: {
      type: "boolean",
      help: "with up: add the topics of twelve applications, some of which read and write",
    },
    source: {
      type: "string",
      value: "<release>",
      help: `with up: the source's release, one of ${releases.join(", ")}; the first ones run with ZooKeeper`,
      default: "3.9.0",
    },
    zookeeper: { type: "boolean", help: "with up: the source runs with ZooKeeper, as one that somebody else made" },
    "keep-data": { type: "boolean", help: "with down: leave the data" },
  },
  notes: ["LAB_DIR (default .lab) and LAB_BLOCK (default 0) choose another lab next to this one."],
} as const;

/** Throws a UsageError that says what was found and what is allowed. */
export function readArguments(args: readonly string[]): LabArguments {
  const { values, positionals } = parseCommand(command, args);
  const [asked] = positionals;
  if (asked === undefined) throw usageError(command, `no command was given (${commands.join(", ")})`);
  const found = commands.find((name) => name === asked);
  if (found === undefined) throw new UsageError(`npm run lab: "${asked}" is unknown; allowed: ${commands.join(", ")}`);
  const { vendor = false, applications = false, "keep-data": keepData = false } = values;
  const source = sourceOf(values.source, values.zookeeper ?? false);
  if (source !== undefined && found !== "up")
    throw new UsageError(`npm run lab: --source and --zookeeper are not possible with ${found}; allowed: up`);
  for (const [name, asked] of Object.entries({ vendor, applications }))
    if (asked && found !== "up")
      throw new UsageError(`npm run lab: --${name} is not possible with ${found}; allowed: up`);
  if (vendor && applications) throw new UsageError("npm run lab: --vendor and --applications are two labs; name one");
  if (keepData && found !== "down")
    throw new UsageError(`npm run lab: --keep-data is not possible with ${found}; allowed: down`);
  return { command: found, keepData, vendor, applications, source };
}

function sourceOf(release: string | undefined, zookeeper: boolean): SourceChoice | undefined {
  if (release === undefined && !zookeeper) return undefined;
  const version = releases.find((each) => each === (release ?? "3.9.0"));
  if (version === undefined)
    throw new UsageError(`npm run lab: --source "${release}" is unknown; allowed: ${releases.join(", ")}`);
  const older = sourceVersions.some((each) => each === version);
  if (zookeeper && version.startsWith("4."))
    throw new UsageError(
      `npm run lab: Kafka ${version} has no ZooKeeper; allowed with --zookeeper: 2.8.2, 3.3.2, 3.9.0`,
    );
  return { version, zookeeper: zookeeper || older };
}
