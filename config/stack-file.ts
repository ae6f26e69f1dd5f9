import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { parseValue } from "./text-value.ts";

/**
 * The project's own keys of a stack's file, without their prefix, for commands that Pulumi does not run. Throws an Error
 * of one line if the file cannot be read or is not YAML.
 */
export function stackKeys(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new Error(`${file} cannot be read (${code}); name a stack with --stack, or its file with --config-file.`);
  }
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new Error(`${file} is not YAML: ${(error as Error).message}`);
  }
  const { name } = parse(readFileSync("Pulumi.yaml", "utf8")) as { name: string };
  const config = (value as { config?: Record<string, unknown> } | null)?.config ?? {};
  const prefix = `${name}:`;
  return Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, inner]) => [key.slice(prefix.length), typeof inner === "string" ? parseValue(inner) : inner]),
  );
}
