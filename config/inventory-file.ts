import { readFileSync } from "node:fs";
import type { Problem } from "./checks/index.ts";
import { inventorySchema } from "./inventory.ts";
import type { Inventory } from "./inventory.ts";
import { explain } from "./messages.ts";
import { toProblems } from "./problems.ts";

/** An inventory as its file holds it: the text, or why there is none. */
export type InventoryFile =
  { readonly path: string; readonly text: string } | { readonly path: string; readonly missing: string };

/** Where a stack's inventory lies, relative to the project. */
export function inventoryPath(raw: Readonly<Record<string, unknown>>, stack: string): string {
  return typeof raw["inventory"] === "string" ? raw["inventory"] : `inventory/${stack}.json`;
}

export function readInventory(path: string): InventoryFile {
  try {
    return { path, text: readFileSync(path, "utf8") };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return { path, missing: code === "ENOENT" ? "it does not exist" : `it cannot be read (${code})` };
  }
}

/** Validates an inventory's text. Problems name the file and the place in it. Pure. */
export function parseInventory(file: InventoryFile): { inventory?: Inventory; problems: readonly Problem[] } {
  const problem = (message: string) => ({ problems: [{ path: file.path, message }] });
  if ("missing" in file) {
    return problem(`${file.missing}; run npm run assess -- --stack <stack> and commit the file it writes`);
  }
  let value: unknown;
  try {
    value = JSON.parse(file.text);
  } catch (error) {
    return problem(`it is not JSON: ${(error as Error).message}; run npm run assess again`);
  }
  const parsed = inventorySchema.safeParse(value, { error: explain });
  if (parsed.success) return { inventory: parsed.data, problems: [] };
  return {
    problems: parsed.error.issues
      .flatMap(toProblems)
      .map(({ path, message }) => ({ path: `${file.path}: ${path}`, message })),
  };
}
