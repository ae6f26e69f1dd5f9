import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseInventory } from "../config/inventory-file.ts";
import type { Inventory } from "../config/inventory.ts";
import { changesBetween } from "./changes.ts";
import { inventoryText } from "./lock.ts";

/** What became of the lockfile: one line per thing that changed, none if its bytes are the same. */
export interface LockOutcome {
  readonly state: "new" | "unchanged" | "changed";
  readonly changes: readonly string[];
}

/** Writes the inventory where it differs from what the file holds. */
export function writeLock(file: string, inventory: Inventory): LockOutcome {
  const text = inventoryText(inventory);
  const before = readIfThere(file);
  if (before === text) return { state: "unchanged", changes: [] };
  replaceFile(file, text);
  if (before === null) return { state: "new", changes: [] };
  const parsed = parseInventory({ path: file, text: before });
  if (parsed.inventory === undefined) return { state: "changed", changes: ["the file was no inventory"] };
  const changes = changesBetween(parsed.inventory, inventory);
  return { state: "changed", changes: changes.length > 0 ? changes : ["the file's form only"] };
}

/** `inventory/prod.json` has its reports at `inventory/prod.report.md` and `inventory/prod.report.json`. */
export function reportPath(inventory: string, extension: "md" | "json"): string {
  return `${inventory.replace(/\.json$/, "")}.report.${extension}`;
}

/** Writes a file in one step: a preview may read it at any time. */
export function replaceFile(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.new`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
