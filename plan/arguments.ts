import { parseCommand, usageError } from "../cli/command.ts";

/** The arguments of `npm run plan`. */
export interface PlanArguments {
  readonly stack: string;
  /** Default: `Pulumi.<stack>.yaml`. */
  readonly configFile: string;
  /** Where the page is written. Default: next to the lockfile, `inventory/<stack>.plan.md`. */
  readonly out: string;
}

const command = {
  name: "npm run plan",
  does: "Writes what each phase of a stack changes, opens on, and how to come back from it, as a Markdown page for the change ticket.",
  options: {
    stack: { type: "string", value: "<name>", help: "the stack; required" },
    "config-file": { type: "string", value: "<path>", help: "the stack's config", default: "Pulumi.<stack>.yaml" },
    out: { type: "string", value: "<path>", help: "the page", default: "inventory/<stack>.plan.md" },
  },
  notes: ["Reads the config and the lockfile; asks neither Kafka nor Kubernetes."],
} as const;

/** Throws a UsageError whose message says what was found and what is allowed. */
export function readArguments(args: readonly string[]): PlanArguments {
  const { values } = parseCommand(command, args);
  const { stack } = values;
  if (!stack) throw usageError(command, "--stack is missing: the stack whose plan is written");
  return {
    stack,
    configFile: values["config-file"] ?? `Pulumi.${stack}.yaml`,
    out: values.out ?? `inventory/${stack}.plan.md`,
  };
}
