import { parseArgs } from "node:util";

/** What `npm run assess` was asked for. */
export interface AssessArguments {
  readonly stack: string;
  /** Seconds between the two samples. */
  readonly seconds: number;
  /** Default: `Pulumi.<stack>.yaml`. */
  readonly configFile: string;
  /** Where the lockfile goes; undefined takes what the config says. */
  readonly inventory: string | undefined;
}

export const usage =
  "Usage: npm run assess -- --stack <name> [--seconds 10] [--config-file <path>] [--inventory <path>]";

/** Throws an Error whose message says what was found and what is allowed. */
export function readArguments(args: readonly string[]): AssessArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      stack: { type: "string" },
      seconds: { type: "string", default: "10" },
      "config-file": { type: "string" },
      inventory: { type: "string" },
    },
  });
  if (positionals.length > 0) throw new Error(`"${positionals.join(" ")}" is not an option.\n${usage}`);
  const { stack } = values;
  if (!stack) throw new Error(`--stack is missing: the stack whose clusters shall be read.\n${usage}`);
  const seconds = Number(values.seconds);
  if (!Number.isFinite(seconds) || seconds < 1 || seconds > 3600) {
    throw new Error(`--seconds is "${values.seconds}"; allowed: 1 to 3600.\n${usage}`);
  }
  return {
    stack,
    seconds,
    configFile: values["config-file"] ?? `Pulumi.${stack}.yaml`,
    inventory: values.inventory,
  };
}
