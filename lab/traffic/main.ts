/** `npm run traffic`: starts and stops the lab's producers and consumers, and audits what they logged. */
import { existsSync } from "node:fs";
import path from "node:path";
import { numberIn, orExit, parseCommand, UsageError, usageError } from "../../cli/command.ts";
import { applicationTraffic } from "./application-workloads.ts";
import { isClean } from "./audit.ts";
import { auditDirectory, auditTable } from "./audit-files.ts";
import { labTraffic } from "./lab-traffic.ts";
import { usualTraffic, type TrafficSet } from "./workloads.ts";

const command = {
  name: "npm run traffic",
  does: "Starts and stops the producers and consumers of the lab, and audits what they logged.",
  argument: {
    name: "<command>",
    help: [
      [
        "start [records per second] [twins|applications]",
        "start them (default: 1000 records per second); twins: each consumer twice; applications: those that read and write",
      ],
      ["stop", "stop them"],
      ["audit [directory of logs]", "what was lost, redelivered or out of order; ends with 1 unless nothing was"],
    ],
    atMost: 3,
  },
} as const;

type Asked =
  | { readonly command: "start"; readonly messagesPerSecond: number; readonly more: string | undefined }
  | { readonly command: "stop" }
  | { readonly command: "audit"; readonly directory: string | undefined };

function readArguments(args: readonly string[]): Asked {
  const [asked, argument, also] = parseCommand(command, args).positionals;
  const tooMany = (text: string): never => {
    throw usageError(command, `"${text}" is one argument too many for ${asked}`);
  };
  switch (asked) {
    case "start": {
      const messagesPerSecond = numberIn(command, "records per second", argument ?? "1000", {
        least: 0,
        most: 100_000,
      });
      if (also !== undefined && !["twins", "applications"].includes(also))
        throw new UsageError(
          `${command.name}: "${also}" is unknown; allowed after the records per second: twins, applications`,
        );
      return { command: asked, messagesPerSecond, more: also };
    }
    case "stop":
      return argument === undefined ? { command: asked } : tooMany(argument);
    case "audit":
      return also === undefined ? { command: asked, directory: argument } : tooMany(also);
    default:
      throw new UsageError(
        `${command.name}: ${asked === undefined ? "no command was given" : `"${asked}" is unknown`}; allowed: start, stop, audit`,
      );
  }
}

/** Runs one command and returns the exit code; `audit` gives 1 unless the traffic came through unharmed. */
async function main(asked: Asked): Promise<number> {
  if (asked.command === "audit") {
    const directory = asked.directory ?? labTraffic(0).logDir;
    const result = auditDirectory(directory, {}, trafficOf(directory));
    console.log(auditTable(result).join("\n"));
    return isClean(result) ? 0 : 1;
  }
  // Loaded late: it brings the client of Kubernetes along, and a wrong argument is reported at once.
  const { startTraffic, stopTraffic } = await import("./apply.ts");
  if (asked.command === "start") {
    const { messagesPerSecond, more } = asked;
    const { kubeconfig, options } = labTraffic(messagesPerSecond, {
      twins: more === "twins",
      applications: more === "applications",
    });
    await startTraffic(kubeconfig, options);
    return 0;
  }
  // Stopping takes everything along that may have been started, whether it was or not.
  for (const choice of [{ twins: true }, { applications: true }]) {
    const { kubeconfig, options } = labTraffic(0, choice);
    await stopTraffic(kubeconfig, options);
  }
  return 0;
}

/** The traffic whose logs a directory has: one directory for each workload. */
const trafficOf = (directory: string): TrafficSet =>
  applicationTraffic.services?.some(({ name }) => existsSync(path.join(directory, name)))
    ? applicationTraffic
    : usualTraffic;

const asked = orExit(() => readArguments(process.argv.slice(2)));
try {
  process.exitCode = await main(asked);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
