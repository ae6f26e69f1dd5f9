import { readFileSync } from "node:fs";
import type { Problem } from "./checks/index.ts";
import { duplicates } from "./checks/rule.ts";
import { inventorySchema, type Inventory } from "./inventory.ts";
import { explain } from "./messages.ts";
import { toProblems } from "./problems.ts";

/** A lockfile as read: its text, or why there is none. */
export type InventoryFile =
  { readonly path: string; readonly text: string } | { readonly path: string; readonly missing: string };

/** Path of a stack's lockfile, relative to the project. */
export function inventoryPath(raw: Readonly<Record<string, unknown>>, stack: string): string {
  return typeof raw["inventory"] === "string" ? raw["inventory"] : `inventory/${stack}.json`;
}

export function readInventory(path: string): InventoryFile {
  try {
    return { path, text: readFileSync(path, "utf8") };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return {
      path,
      missing: code === "ENOENT" ? "it does not exist" : `it cannot be read (${code}); a readable file is needed`,
    };
  }
}

/** Validates a lockfile's text. Problems name the file and the place in it. Pure. */
export function parseInventory(file: InventoryFile): { inventory?: Inventory; problems: readonly Problem[] } {
  const problem = (message: string) => ({ problems: [{ path: file.path, message }] });
  if ("missing" in file) {
    return problem(`${file.missing}; run npm run assess -- --stack <stack> and commit the file it writes`);
  }
  const unread = unreadable(file.text);
  if (unread !== null) return problem(unread);
  const value = JSON.parse(file.text) as unknown;
  const format = formatOf(value);
  if (format !== 1 && typeof format === "number") {
    return problem(
      `format: found ${format}, written by another version of this program; allowed: 1; ` +
        `use the version that wrote it, or run npm run assess again with this one`,
    );
  }
  const parsed = inventorySchema.safeParse(value, { error: explain, reportInput: true });
  const at = ({ path, message }: Problem): Problem => ({
    path: path === "config" ? file.path : `${file.path}: ${path}`,
    message,
  });
  if (!parsed.success) return { problems: parsed.error.issues.flatMap(toProblems).map(at) };
  const twice = (["topics", "groups", "users"] as const).flatMap((list) =>
    duplicates(
      list,
      parsed.data[list].map(({ name }) => name),
    ),
  );
  return twice.length > 0 ? { problems: twice.map(at) } : { inventory: parsed.data, problems: [] };
}

/** Why a text is not JSON, with its line if known; null if it is JSON. */
function unreadable(text: string): string | null {
  const again = "run npm run assess again, or take the file of the last commit";
  const conflict = text.split("\n").findIndex((line) => /^(<{7} |={7}$|>{7} )/.test(line));
  if (conflict >= 0) return `line ${conflict + 1} is the mark of a merge conflict; ${again}`;
  if (text.trim() === "") return `it is empty; ${again}`;
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    // eslint-disable-next-line no-restricted-syntax -- the words of Node's parser, which has no fields for it
    const [, line, column] = /\(line (\d+) column (\d+)\)/.exec((error as Error).message) ?? [];
    return `it is not JSON${line === undefined ? "" : `: see line ${line}, column ${column}`}; ${again}`;
  }
}

function formatOf(value: unknown): unknown {
  return typeof value === "object" && value !== null && "format" in value ? value.format : undefined;
}
