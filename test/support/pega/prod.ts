import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { parsePega } from "../../../config/pega/load.ts";
import type { PegaConfig, PegaConfigInput } from "../../../config/pega/schema.ts";
import { parseValue } from "../../../config/text-value.ts";
import { pegaTables } from "../../../phases/pega/tables.ts";
import { root } from "../stack.ts";
import { registeredRow } from "./registered.ts";
import { shapes } from "./shapes.ts";

/** Pulumi.pega-prod.yaml's keys without the project's prefix, as a fresh value that a test may break. */
export function pegaProdInput(): PegaConfigInput {
  const { config } = parse(readFileSync(join(root, "Pulumi.pega-prod.yaml"), "utf8")) as {
    config: Record<string, unknown>;
  };
  const keys = Object.entries(config).map(([key, value]) => [
    key.slice("kafka-migration:".length),
    typeof value === "string" ? parseValue(value) : value,
  ]);
  return Object.fromEntries(keys) as PegaConfigInput;
}

/** The stack's validated config after an edit. */
export function pegaProd(edit: (input: PegaConfigInput) => void = () => {}): PegaConfig {
  const input = pegaProdInput();
  edit(input);
  const parsed = parsePega(input);
  if ("config" in parsed) return parsed.config;
  throw new Error(parsed.problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
}

/** Values in the layout of Pega's own chart, with a tier of web users, a batch tier and a stream tier. */
export const prodShape = {
  ...shapes.find(({ name }) => name === "default")!,
  declared: [{ name: "batch", role: "both" as const }],
};

/** Every row of the stack as it is registered after the one before it. */
export async function pegaProdRows() {
  const names = pegaTables[pegaProd().strategy].map(({ name }) => name);
  const walked = [];
  for (const [at, phase] of names.entries())
    walked.push({ phase, ...(await registeredRow({ ...pegaProd(), phase }, names[at - 1], prodShape)) });
  return walked;
}

/** What test/golden/pega-prod.txt holds: what each row declares, with what a destroy would leave. */
export async function pegaProdText(): Promise<string> {
  const rows = await pegaProdRows();
  const lines = rows.map(({ phase, resources }) => {
    const listed = resources
      .filter(({ custom }) => custom)
      .map(({ type, name, protect, retainOnDelete, importId }) => {
        const marks = [protect && "protected", retainOnDelete && "kept", importId && `adopts ${importId}`];
        return `  ${[type, name, ...marks.filter((mark) => mark !== false && mark !== "")].join(" ")}\n`;
      });
    return `${phase}\n${listed.sort().join("")}`;
  });
  return lines.join("\n");
}
