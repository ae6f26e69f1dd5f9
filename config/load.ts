import * as pulumi from "@pulumi/pulumi";
import { checkConfig } from "./checks.ts";
import type { Problem } from "./checks.ts";
import { configSchema } from "./schema.ts";
import type { MigrationConfig } from "./schema.ts";

/**
 * Reads the stack's config. Throws one RunError with every problem (where, what is allowed, what to do) before
 * anything is registered; Pulumi prints it without a stack trace.
 */
export function loadConfig(): MigrationConfig {
  const parsed = parseConfig(rawConfig());
  if ("config" in parsed) return parsed.config;
  const file = `Pulumi.${pulumi.getStack()}.yaml`;
  const count = parsed.problems.length === 1 ? "1 problem" : `${parsed.problems.length} problems`;
  const list = parsed.problems.map(({ path, message }) => `  ${path}: ${message}`).join("\n");
  throw new pulumi.RunError(`${file} has ${count}; nothing was changed.\n${list}`);
}

/** Validates a config value: the config with defaults, or every problem. Pure. */
export function parseConfig(raw: unknown): { config: MigrationConfig } | { problems: readonly Problem[] } {
  const result = configSchema.safeParse(raw);
  if (!result.success) {
    return {
      problems: result.error.issues.map((issue) => ({
        path: pathText(issue.path) || "config",
        message: issue.message,
      })),
    };
  }
  const problems = checkConfig(result.data);
  return problems.length > 0 ? { problems } : { config: result.data };
}

/** The stack's own keys as one value. Text that is not JSON is a plain string. */
function rawConfig(): Record<string, unknown> {
  const prefix = `${pulumi.getProject()}:`;
  const own = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, text]) => [key.slice(prefix.length), parseValue(text)]));
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

const pathText = (path: readonly PropertyKey[]): string =>
  path.map((part, at) => (typeof part === "number" ? `[${part}]` : `${at > 0 ? "." : ""}${String(part)}`)).join("");
