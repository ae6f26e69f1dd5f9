import { linesOf, logFiles, parseRecordList, type KeyedRecord } from "./log-lines.ts";

/** The next sequence number of every key of one producer, across restarts of its pods. */
export class Sequences {
  readonly #last = new Map<string, number>();

  /** Continues where the logs of earlier pods end: a number that was once sent is never used again. */
  static recover(directory: string): Sequences {
    const sequences = new Sequences();
    for (const file of logFiles(directory)) {
      for (const line of linesOf(file)) {
        if (!line.startsWith("sent\t")) continue;
        const [, , topic = "", records = ""] = line.split("\t");
        for (const { key, seq } of parseRecordList(records)) {
          const name = `${topic}\t${key}`;
          if (seq > (sequences.#last.get(name) ?? 0)) sequences.#last.set(name, seq);
        }
      }
    }
    return sequences;
  }

  /** Takes the next number of a key. */
  next(topic: string, key: string): KeyedRecord {
    const name = `${topic}\t${key}`;
    const seq = (this.#last.get(name) ?? 0) + 1;
    this.#last.set(name, seq);
    return { key, seq };
  }
}
