import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { checkConfig } from "./checks.ts";
import type { Problem } from "./checks.ts";
import { explain } from "./messages.ts";
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
  const whole = configSchema.safeParse(raw, { error: explain });
  const problems = [...(whole.error?.issues ?? []).flatMap(toProblems), ...checkConfig(validSections(raw))];
  return whole.success && problems.length === 0 ? { config: whole.data } : { problems };
}

/** An unknown key is a problem of its own, at its own path. */
function toProblems(issue: z.core.$ZodIssue): Problem[] {
  const { message } = issue;
  return issue.code === "unrecognized_keys"
    ? issue.keys.map((key) => ({ path: pathText([...issue.path, key]), message }))
    : [{ path: pathText(issue.path) || "config", message }];
}

/** The top-level keys that are valid by themselves, so that rules across them speak although others are not. */
function validSections(raw: unknown): Partial<MigrationConfig> {
  if (typeof raw !== "object" || raw === null) return {};
  const sections = Object.entries(configSchema.shape).map(([key, schema]) => {
    const parsed = schema.safeParse((raw as Record<string, unknown>)[key]);
    return [key, parsed.success ? parsed.data : undefined] as const;
  });
  return Object.fromEntries(sections.filter(([, value]) => value !== undefined));
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

/** A path as one would write it: `workloads[2].bootstrap`, `mirror.source["tasks.max"]`. */
function pathText(path: readonly PropertyKey[]): string {
  const parts = path.map((part, at) => {
    if (typeof part === "number") return `[${part}]`;
    const key = String(part);
    if (!/^[\w-]+$/.test(key)) return `[${JSON.stringify(key)}]`;
    return at > 0 ? `.${key}` : key;
  });
  return parts.join("");
}
