import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Lab } from "../layout.ts";

/** Files of the file connectors: the source connector reads the first, the sink writes the second. */
export const lineFiles = (lab: Pick<Lab, "data">) => ({
  read: join(lab.data, "files", "read.txt"),
  written: join(lab.data, "files", "written.txt"),
});

/** The n-th line of the file that is read, from 1 on. */
const line = (number: number): string => `line ${String(number).padStart(6, "0")}`;

/** What came out of the sink compared with what went into the source connector. */
export interface LinesAudit {
  readonly written: number;
  readonly read: number;
  readonly lost: number;
  /** Lines that stand there more than once, counted without the first. */
  readonly repeated: number;
  readonly outOfOrder: number;
  /** Lines that nobody wrote. */
  readonly unexpected: number;
}

const linesOf = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];

/** Appends the next lines to the file that is read. */
export function appendLines(file: string, count: number): void {
  mkdirSync(dirname(file), { recursive: true });
  const first = linesOf(file).length + 1;
  appendFileSync(file, Array.from({ length: count }, (_, i) => `${line(first + i)}\n`).join(""));
}

/** Compares the two files line by line. */
export function auditLines(files: ReturnType<typeof lineFiles>): LinesAudit {
  const written = linesOf(files.read);
  const read = linesOf(files.written);
  const known = new Set(written);
  const seen = new Set<string>();
  let [repeated, outOfOrder, unexpected] = [0, 0, 0];
  let last = "";
  for (const each of read) {
    if (!known.has(each)) unexpected += 1;
    else if (seen.has(each)) repeated += 1;
    else if (each < last) outOfOrder += 1;
    seen.add(each);
    if (each > last) last = each;
  }
  const lost = written.filter((each) => !seen.has(each)).length;
  return { written: written.length, read: read.length, lost, repeated, outOfOrder, unexpected };
}

/** Whether every line came through once and in order. */
export const isWhole = ({ written, lost, repeated, outOfOrder, unexpected }: LinesAudit): boolean =>
  written > 0 && lost + repeated + outOfOrder + unexpected === 0;
