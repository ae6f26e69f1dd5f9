/**
 * The logs that producers and consumers keep of themselves: text, one line per event, fields parted by tabs,
 * the first two being the event and the time in milliseconds since 1970.
 *
 *     start  time  role  workload  pod  bootstrap  group  topics    role: producer, consumer, or both; topics it reads
 *     sent   time  topic  key:seq key:seq …               about to be sent; without ack or abort the outcome is unknown
 *     ack    time  topic  partition  offset  key  seq [id]  acknowledged by all in-sync replicas (or its transaction was)
 *     abort  time  topic  key:seq key:seq …               the transaction was aborted
 *     read   time  topic  partition  offset  key  seq  ok|bad [id]  processed; the payload's hash was right or not
 *     other  time  topic  partition  offset  key  hash    processed; a record that no traffic producer wrote
 *     error  time  text
 *     stop   time                                         ended on request
 *
 * `id` is that of the schema that a value was written with, or names itself. A value that the registry does not read as
 * the record's own is `bad` as well.
 */
import { mkdirSync, openSync, readSync, closeSync, readdirSync, writeSync, existsSync } from "node:fs";
import path from "node:path";

/** A record by its key and the key's sequence number. */
export interface KeyedRecord {
  readonly key: string;
  readonly seq: number;
}

/** Milliseconds since 1970 that never go back within a process, even if the machine's clock does. */
export function now(): number {
  return Math.round(performance.timeOrigin + performance.now());
}

/** The `key:seq key:seq …` field of `sent` and `abort` lines. */
export function recordList(records: readonly KeyedRecord[]): string {
  return records.map(({ key, seq }) => `${key}:${seq}`).join(" ");
}

/** The records of a `key:seq key:seq …` field. */
export function parseRecordList(field: string): KeyedRecord[] {
  return field.split(" ").map((part) => {
    const colon = part.lastIndexOf(":");
    return { key: part.slice(0, colon), seq: Number(part.slice(colon + 1)) };
  });
}

/** One process's log. Lines are written at once and in order, so that a kill -9 loses none that was written. */
export class TrafficLog {
  readonly #file: number;

  constructor(directory: string, pod: string) {
    mkdirSync(directory, { recursive: true });
    this.#file = openSync(path.join(directory, `${pod}.log`), "a");
  }

  /** Appends one line per entry. */
  write(entries: readonly (readonly (string | number)[])[]): void {
    if (entries.length > 0) writeSync(this.#file, entries.map((fields) => `${fields.join("\t")}\n`).join(""));
  }

  /** Appends an error as one line. */
  error(error: unknown): void {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    this.write([["error", now(), text.replaceAll(/\s+/g, " ")]]);
  }
}

/** Paths of the log files below a directory, sorted; none if it does not exist. */
export function logFiles(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".log"))
    .sort()
    .map((name) => path.join(directory, name));
}

/** The complete lines of a file, read in pieces; a line still being written is left out. */
export function* linesOf(file: string): Generator<string> {
  const descriptor = openSync(file, "r");
  try {
    const buffer = Buffer.allocUnsafe(1 << 20);
    let rest = "";
    for (;;) {
      const size = readSync(descriptor, buffer, 0, buffer.length, null);
      if (size === 0) return;
      const lines = (rest + buffer.toString("latin1", 0, size)).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } finally {
    closeSync(descriptor);
  }
}
