import { closeSync, openSync, readSync } from "node:fs";
import { logFiles } from "./log-lines.ts";

const acknowledgement = Buffer.from("\nack\t");

/** Counts acknowledged records while they are written, reading only what the logs have gained. */
export class AcknowledgedCounter {
  readonly #directory: string;
  readonly #positions = new Map<string, number>();
  #count = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Acknowledged records up to now. */
  count(): number {
    const buffer = Buffer.allocUnsafe(1 << 20);
    for (const file of logFiles(this.#directory)) {
      const descriptor = openSync(file, "r");
      try {
        // Never a file's first line, so each acknowledgement follows a line's end.
        let position = this.#positions.get(file) ?? 0;
        for (;;) {
          const size = readSync(descriptor, buffer, 0, buffer.length, position);
          const piece = buffer.subarray(0, size);
          const end = piece.lastIndexOf("\n");
          if (end <= 0) break;
          // The last line end stays for the next piece, whose first line it opens.
          for (let at = piece.indexOf(acknowledgement); at !== -1; at = piece.indexOf(acknowledgement, at + 1)) {
            if (at < end) this.#count += 1;
          }
          position += end;
        }
        this.#positions.set(file, position);
      } finally {
        closeSync(descriptor);
      }
    }
    return this.#count;
  }
}
