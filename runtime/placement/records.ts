/** Records of one cluster without their content, read in few requests and kept for all groups that ask for them. */
import { createHash } from "node:crypto";
import type { Cluster } from "../brokers/connection.ts";
import { readRanges, type RangeReader, type RecordContent } from "../brokers/log-reader.ts";
import { countRecords } from "../brokers/log.ts";
import { partitionName } from "../brokers/partitions.ts";
import { type Range, type RecordHead, rangeName } from "../brokers/ranges.ts";
import type { Count, LogRecord } from "../model/placement.ts";
import { firstAt } from "./compare.ts";

/** Hash of all that a record holds but its timestamp; null and empty are distinguished, headers keep their order. */
export function digestOf({ key, value, headers }: RecordContent): string {
  const hash = createHash("sha256");
  const add = (part: Buffer | null) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(part?.length ?? -1);
    hash.update(length);
    if (part !== null) hash.update(part);
  };
  add(key);
  add(value);
  for (const [name, content] of headers) {
    add(name);
    add(content);
  }
  return hash.digest("base64");
}

/** Records that a cache and the collectors of one reading hold together. */
interface Held {
  records: number;
}

class Collector implements RangeReader {
  readonly range: Range;
  readonly records: LogRecord[] = [];
  readonly #held: Held;

  constructor(range: Range, held: Held) {
    this.range = range;
    this.#held = held;
  }

  take({ offset, timestamp }: RecordHead, content: RecordContent): void {
    this.#held.records += 1;
    this.records.push({ offset, timestamp, digest: digestOf(content) });
  }

  enough(): boolean {
    return false;
  }
}

/** Ranges that are read together although they might hold too many records: most of a compacted one is gone. */
const readAtLeast = 4;

const length = ({ from, to }: Range): bigint => to - from;

/** A part of a partition that was read. */
interface Segment {
  readonly from: bigint;
  readonly to: bigint;
  readonly records: readonly LogRecord[];
}

/** What was read of one cluster, by partition; a range is read once, whoever asks. */
export class RecordCache {
  readonly #cluster: Cluster;
  readonly #most: number;
  readonly #countMost: number;
  readonly #segments = new Map<string, readonly Segment[]>();
  readonly #counts = new Map<string, Count>();
  #held = 0;

  /** Holds at most about `most` records; counts up to `countMost` in one range. */
  constructor(cluster: Cluster, most: number, countMost: number) {
    this.#cluster = cluster;
    this.#most = most;
    this.#countMost = countMost;
  }

  records({ topic, partition, from, to }: Range): readonly LogRecord[] | null {
    const segments = this.#segments.get(partitionName(topic, partition)) ?? [];
    const segment = segments.find((each) => each.from <= from && each.to >= to);
    return segment?.records.slice(firstAt(segment.records, from), firstAt(segment.records, to)) ?? null;
  }

  count(range: Range): Count | null {
    return this.#counts.get(rangeName(range)) ?? null;
  }

  /** Reads what of the ranges has not been read. False if there are more records than may be held. */
  async read(ranges: readonly Range[]): Promise<boolean> {
    const missing = merged(ranges).flatMap((range) => this.#missing(range));
    missing.sort((a, b) => Number(length(a) - length(b)));
    for (let at = 0; at < missing.length;) {
      const room = BigInt(this.#most - this.#held);
      if (room <= 0n) return false;
      // Short ones first, and no more at a time than have room: one that is very long must not cost the others theirs.
      const fitting: Range[] = [];
      for (let sum = 0n; at < missing.length; at += 1) {
        sum += length(missing[at]!);
        if (sum > room && fitting.length >= readAtLeast) break;
        fitting.push(missing[at]!);
      }
      if (!(await this.#readNow(fitting))) return false;
    }
    return true;
  }

  async #readNow(ranges: readonly Range[]): Promise<boolean> {
    const held = { records: this.#held };
    const collectors = ranges.map((range) => new Collector(range, held));
    const { reads, problems } = await readRanges(this.#cluster, collectors, {
      isolation: "read_committed",
      stop: () => held.records > this.#most,
    });
    for (const sentence of problems.values()) throw new Error(sentence);
    for (const { reader, done } of reads) {
      if (done) this.#add(reader);
      // What was read in part is not kept.
      else held.records -= reader.records.length;
    }
    this.#held = held.records;
    return reads.every(({ done }) => done);
  }

  /** Counts ranges. */
  async countAll(ranges: readonly Range[]): Promise<void> {
    const unknown = ranges.filter((range) => !this.#counts.has(rangeName(range)));
    if (unknown.length === 0) return;
    const limits = { isolation: "read_committed", records: this.#countMost } as const;
    const { counts, problems } = await countRecords(this.#cluster, unknown, limits);
    for (const sentence of problems.values()) throw new Error(sentence);
    for (const [name, { records, exact }] of counts) this.#counts.set(name, { records, exact });
  }

  #missing(range: Range): Range[] {
    let { from } = range;
    const gaps: Range[] = [];
    for (const segment of this.#segments.get(partitionName(range.topic, range.partition)) ?? []) {
      if (segment.to <= from || segment.from >= range.to) continue;
      if (segment.from > from) gaps.push({ ...range, from, to: segment.from });
      from = segment.to;
    }
    if (from < range.to) gaps.push({ ...range, from });
    return gaps;
  }

  #add({ range, records }: Collector): void {
    const name = partitionName(range.topic, range.partition);
    const all = [...(this.#segments.get(name) ?? []), { from: range.from, to: range.to, records }];
    all.sort((a, b) => Number(a.from - b.from));
    const joined: Segment[] = [];
    for (const segment of all) {
      const last = joined.at(-1);
      if (last === undefined || last.to !== segment.from) joined.push(segment);
      else joined[joined.length - 1] = { ...last, to: segment.to, records: last.records.concat(segment.records) };
    }
    this.#segments.set(name, joined);
  }
}

/** Overlapping and touching ranges of one partition as one. */
function merged(ranges: readonly Range[]): Range[] {
  const all: Range[] = [];
  const byPartition = Map.groupBy(ranges, ({ topic, partition }) => partitionName(topic, partition));
  for (const list of byPartition.values()) {
    let open: Range | undefined;
    for (const range of list.sort((a, b) => Number(a.from - b.from))) {
      if (open !== undefined && range.from <= open.to) open = { ...open, to: range.to > open.to ? range.to : open.to };
      else {
        if (open !== undefined) all.push(open);
        open = range;
      }
    }
    if (open !== undefined) all.push(open);
  }
  return all;
}
