import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Offsets that a consumer stays behind in each partition of a topic. */
export type HoldBack = Readonly<Record<string, number>>;

const fileOf = (logDir: string): string => path.join(logDir, "hold-back.json");
/** Milliseconds for which what a file said is taken to be so. */
const fresh = 500;

/** Makes the consumers that log into a directory slow, or, with `{}`, fast again; they notice it while they run. */
export function holdBack(logDir: string, behind: HoldBack): void {
  mkdirSync(logDir, { recursive: true });
  writeFileSync(fileOf(logDir), JSON.stringify(behind));
}

/** What a consumer is told by `holdBack`. */
export class HeldBack {
  readonly #file: string;
  #readAt = Number.NEGATIVE_INFINITY;
  #behind: HoldBack = {};

  constructor(logDir: string) {
    this.#file = fileOf(logDir);
  }

  /** Of a partition's records in order, how many may be processed now. */
  due(topic: string, highWatermark: string, offsets: readonly string[]): number {
    const behind = this.#now()[topic] ?? 0;
    if (behind === 0) return offsets.length;
    const until = BigInt(highWatermark) - BigInt(behind);
    const left = offsets.findIndex((offset) => BigInt(offset) >= until);
    return left === -1 ? offsets.length : left;
  }

  #now(): HoldBack {
    if (performance.now() - this.#readAt > fresh) {
      this.#readAt = performance.now();
      this.#behind = existsSync(this.#file) ? (JSON.parse(readFileSync(this.#file, "utf8")) as HoldBack) : {};
    }
    return this.#behind;
  }
}
