/** `npm run traffic`: starts and stops the lab's producers and consumers, and audits what they logged. */
import { numberIn, orExit, parseCommand, UsageError, usageError } from "../../cli/command.ts";
import { isClean } from "./audit.ts";
import { auditDirectory, auditTable } from "./audit-files.ts";
import { labTraffic } from "./lab-traffic.ts";

const command = {
  name: "npm run traffic",
  does: "Starts and stops the producers and consumers of the lab, and audits what they logged.",
  argument: {
    name: "<command>",
    help: [
      [
        "start [records per second] [twins]",
        "start them (default: 1000 records per second); twins: each consumer twice",
      ],
      ["stop", "stop them"],
      ["audit [directory of logs]", "what was lost, redelivered or out of order; ends with 1 unless nothing was"],
    ],
    atMost: 3,
  },
} as const;

type Asked =
  | { readonly command: "start"; readonly messagesPerSecond: number; readonly twins: boolean }
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
      if (also !== undefined && also !== "twins")
        throw new UsageError(`${command.name}: "${also}" is unknown; allowed after the records per second: twins`);
      return { command: asked, messagesPerSecond, twins: also === "twins" };
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
    const result = auditDirectory(asked.directory ?? labTraffic(0).logDir);
    console.log(auditTable(result).join("\n"));
    return isClean(result) ? 0 : 1;
  }
  const starts = asked.command === "start";
  // Stopping takes the twins along, whether there are any or not.
  const { kubeconfig, options } = labTraffic(starts ? asked.messagesPerSecond : 0, { twins: !starts || asked.twins });
  // Loaded late: it brings the client of Kubernetes along, and a wrong argument is reported at once.
  const { startTraffic, stopTraffic } = await import("./apply.ts");
  if (starts) await startTraffic(kubeconfig, options);
  else await stopTraffic(kubeconfig, options);
  return 0;
}

const asked = orExit(() => readArguments(process.argv.slice(2)));
try {
  process.exitCode = await main(asked);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
