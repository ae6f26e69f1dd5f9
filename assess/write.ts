import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseInventory } from "../config/inventory-file.ts";
import { isUnmade, unmadeInventory, type Inventory } from "../config/inventory.ts";
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

/**
 * Writes the lockfile of a source that the stack has yet to make. Throws where the file is of a source that was there: whoever
 * deleted it has to say so by removing the file.
 */
export function writeUnmade(file: string, brokers: number): LockOutcome["state"] {
  const before = readIfThere(file);
  const parsed = before === null ? null : parseInventory({ path: file, text: before });
  if (parsed !== null && (parsed.inventory === undefined || !isUnmade(parsed.inventory))) {
    throw new Error(
      `the source does not exist, but ${file} holds the inventory of one; restore its Kafka object, or remove the file if the ` +
        "stack is to begin from nothing",
    );
  }
  return writeLock(file, unmadeInventory(brokers)).state;
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
