import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Change } from "./state.ts";

/** The storage of a registry: one line per operation, appended and synced before the operation is answered. */
export class Journal {
  readonly #file: number;

  /**
   * Opens or makes `<directory>/registry.jsonl` and gives every stored change to `apply`, the oldest first. A last line
   * that a kill has cut off was never answered and is dropped.
   */
  constructor(directory: string, apply: (change: Change) => void) {
    mkdirSync(directory, { recursive: true });
    const path = join(directory, "registry.jsonl");
    this.#file = openSync(path, "a+");
    const text = readFileSync(path);
    const whole = text.lastIndexOf("\n") + 1;
    if (whole < text.length) ftruncateSync(this.#file, whole);
    for (const line of text.subarray(0, whole).toString().split("\n")) {
      if (line === "") continue;
      for (const change of JSON.parse(line) as Change[]) apply(change);
    }
  }

  append(changes: readonly Change[]): void {
    writeSync(this.#file, `${JSON.stringify(changes)}\n`);
    fsyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}
