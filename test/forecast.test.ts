import assert from "node:assert/strict";
import type { Count, Decision, LogRecord, Question } from "../runtime/model/placement.ts";
import type { Checkpoint } from "../runtime/placement/checkpoints.ts";
import { forecast } from "../runtime/placement/forecast.ts";
import { oriented, sinceLastRewind } from "../runtime/placement/rewinds.ts";
import { rangeName, type Range } from "../runtime/brokers/ranges.ts";

/** Records at the offsets 0, 1, 2, … of a log, one per letter; a dot is a marker. */
const log = (text: string): LogRecord[] =>
  [...text].flatMap((digest, index) => (digest === "." ? [] : { offset: BigInt(index), timestamp: 0n, digest }));

/** A cache that holds at most `most` records in one range. */
function cacheOf(records: readonly LogRecord[], most: number) {
  const [read, counted] = [new Set<string>(), new Map<string, Count>()];
  const within = ({ from, to }: Range) => records.filter(({ offset }) => offset >= from && offset < to);
  return {
    async read(ranges: readonly Range[]) {
      for (const range of ranges) if (within(range).length <= most) read.add(rangeName(range));
      return ranges.every((range) => read.has(rangeName(range)));
    },
    records: (range: Range) => (read.has(rangeName(range)) ? within(range) : null),
    async countAll(ranges: readonly Range[]) {
      for (const range of ranges) counted.set(rangeName(range), { records: within(range).length, exact: true });
    },
    count: (range: Range) => counted.get(rangeName(range)) ?? null,
  };
}

interface Case {
  readonly source: string;
  readonly target: string;
  /** As `source=target`. */
  readonly syncs: string;
  readonly at: number;
  readonly decision: Decision;
  readonly checkpoint?: Checkpoint;
  readonly most?: number;
}

const refused: Decision = { kind: "refused", reason: "it has a duplicate" };
const exact = (placed: number): Decision => ({ kind: "exact", placed: BigInt(placed), how: "" });

async function forecastOf({ source, target, syncs, at, decision, checkpoint, most = 100 }: Case) {
  const written = syncs.split(" ").map((pair) => {
    const [from = "", to = ""] = pair.split("=");
    return { source: BigInt(from), target: BigInt(to) };
  });
  const bounds = (text: string) => ({ start: 0n, stable: BigInt(text.length), end: BigInt(text.length) });
  const question: Question = {
    ...{ group: "g", topic: "orders", partition: 3, direction: "to-target", committed: BigInt(at) },
    ...{ own: bounds(source), other: bounds(target), compacted: false, timestamps: true },
    syncs: sinceLastRewind(written).map((sync) => oriented(sync, "to-target")),
  };
  const caches = { own: cacheOf(log(source), most), other: cacheOf(log(target), most) };
  const notes = {
    syncs: new Map([["orders[3]", written]]),
    checkpoints: new Map(checkpoint && [["g orders[3]", checkpoint]]),
  };
  const found = (await forecast([question], [decision], notes, caches)).get(question)!;
  return [found.translated, found.repeats];
}

describe("the forecast of what MirrorMaker 2's own offset makes a group read again", () => {
  const mirrored = { source: "abcdefgh", target: "abcd.efgh.", syncs: "0=0 7=8", at: 5 };

  it("counts the copies up to the exact place", async () => {
    assert.deepEqual(await forecastOf({ ...mirrored, decision: exact(6) }), [1n, 4]);
  });

  it("counts from a nearer checkpoint that MirrorMaker 2 keeps", async () => {
    const syncs = "0=0 3=3 7=8";
    const near = { ...mirrored, syncs, at: 5, decision: exact(6) };
    assert.deepEqual(await forecastOf(near), [4n, 1]);
    const kept = { ...near, source: "abcdefghijklmnopqrstuvwxyz", target: "abcdefghijklmnopqrstuvwxyz" };
    const all = Array.from({ length: 26 }, (_, index) => `${index}=${index}`).join(" ");
    assert.deepEqual(await forecastOf({ ...kept, syncs: all, at: 7, decision: exact(7) }), [1n, 6]);
    const checkpoint = { source: 7n, target: 7n };
    assert.deepEqual(await forecastOf({ ...kept, syncs: all, at: 7, decision: exact(7), checkpoint }), [7n, 0]);
  });

  const twice = { source: "abcdefgh", target: "abbcd.effgh.", syncs: "0=0 7=10", at: 5 };

  it("counts duplicates on both sides of a group whose place is refused", async () => {
    assert.deepEqual(await forecastOf({ ...twice, decision: refused }), [1n, 6]);
  });

  it("counts on the group's own side what is more than can be compared", async () => {
    assert.deepEqual(await forecastOf({ ...twice, decision: refused, most: 3 }), [1n, 4]);
  });

  it("has no offset where a group could skip records, unless its place is known anyway", async () => {
    const gone = { ...mirrored, source: "abcd", target: "abcd." };
    assert.deepEqual(await forecastOf({ ...gone, at: 8, decision: refused }), [null, null]);
    assert.deepEqual(await forecastOf({ ...mirrored, syncs: "0=0 4=6 7=0", at: 5, decision: refused }), [null, null]);
    assert.deepEqual(await forecastOf({ ...mirrored, syncs: "0=0 4=6 7=0", at: 5, decision: exact(6) }), [7n, 0]);
  });
});
