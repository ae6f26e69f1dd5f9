import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseInventory } from "../config/inventory-file.ts";
import type { Inventory } from "../config/inventory.ts";
import { changesBetween } from "./changes.ts";
import { inventoryText } from "./lock.ts";

/** What changed in the lockfile: one line per thing, none if its bytes are the same. */
export interface LockOutcome {
  readonly state: "new" | "unchanged" | "changed";
  readonly changes: readonly string[];
}

/** Writes the lockfile if its text changed. */
export function writeLock(file: string, inventory: Inventory): LockOutcome {
  const text = inventoryText(inventory);
  const before = readIfThere(file);
  if (before === text) return { state: "unchanged", changes: [] };
  replaceFile(file, text);
  if (before === null) return { state: "new", changes: [] };
  const parsed = parseInventory({ path: file, text: before });
  if (parsed.inventory === undefined) return { state: "changed", changes: ["the file was not a valid lockfile"] };
  const changes = changesBetween(parsed.inventory, inventory);
  return { state: "changed", changes: changes.length > 0 ? changes : ["only the file's formatting"] };
}

/** `inventory/prod.json` has its reports at `inventory/prod.report.md` and `inventory/prod.report.json`. */
export function reportPath(inventory: string, extension: "md" | "json"): string {
  return `${inventory.replace(/\.json$/, "")}.report.${extension}`;
}

/** Writes a file in one step, because a preview can read it at any time. */
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
