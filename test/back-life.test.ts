import assert from "node:assert/strict";
import { boundsOf, legOf, type BackLife } from "../runtime/model/back-life.ts";
import type { LedgerEntry } from "../runtime/model/ledger.ts";
import type { LogBounds, LogRecord, Reads, Sync } from "../runtime/model/placement.ts";
import { decide } from "../runtime/placement/exact.ts";
import { livesOf } from "../runtime/topics/way-back.ts";

type Pairs = readonly (readonly [bigint, bigint])[];

const records = (names: string, ...offsets: bigint[]): LogRecord[] =>
  offsets.map((offset, at) => ({ offset, timestamp: 0n, digest: names[at]! }));

/*
 * a and b were written on the source and mirrored; c and d on the target, and came back; e and f on the source, once the
 * writers had gone back. Each transaction ends with a marker.
 */
const target = records("abcd", 0n, 1n, 3n, 5n);
const source = records("abcdef", 10n, 12n, 14n, 15n, 17n, 19n);
const from = { source: 14n, target: 3n };
const until = { source: 17n, target: 7n };
const forward: Pairs = [[0n, 10n]];
const back: Pairs = [[3n, 14n]];

/** Where a group goes on at the source that has committed `at` on the target. */
function place(life: BackLife, at: bigint | null, logs = { target, source }, made: Pairs = []): string {
  const leg = legOf(life, at);
  const bounds = (side: "source" | "target"): LogBounds => {
    const [first, last] = [logs[side][0]!.offset, logs[side].at(-1)!.offset];
    return boundsOf(leg, life, side, { start: first, stable: last + 2n, end: last + 2n });
  };
  const reads: Reads = {
    records: (which, low, high) =>
      logs[which === "own" ? "target" : "source"].filter(({ offset }) => offset >= low && offset < high),
    count: (which, low, high) => ({
      records: logs[which === "own" ? "target" : "source"].filter(({ offset }) => offset >= low && offset < high)
        .length,
      exact: true,
    }),
  };
  const syncs: Sync[] = (leg === "back" ? back : [...forward, ...made]).map(([own, other]) => ({ own, other }));
  const found = decide(
    {
      ...{ group: "g", topic: "paid", partition: 0, committed: at, syncs, compacted: false, timestamps: true },
      ...{ direction: leg === "back" ? "back" : "to-source", own: bounds("target"), other: bounds("source") },
    },
    reads,
  );
  return found.kind === "exact"
    ? `${leg} ${found.placed}`
    : `${leg}: ${JSON.stringify(found, (_, v) => (typeof v === "bigint" ? String(v) : (v as unknown)))}`;
}

describe("where a group goes back to once a mirror back has begun", () => {
  const copying = { from, until: null };
  const returned = { from, until };

  it("is at the original of what it read before, whether its writers have gone back or not", () => {
    for (const life of [copying, returned]) assert.equal(place(life, 1n), "before 11");
  });

  it("is at the copy of what was written on the target", () => {
    const logs = { target, source: source.slice(0, 4) };
    assert.equal(place(copying, 5n, logs), "back 15");
    assert.equal(place(copying, 7n, logs), "back 16");
  });

  it("waits for a copy that is not there yet", () => {
    assert.match(place(copying, 7n, { target, source: source.slice(0, 3) }), /^back: .*"kind":"behind"/);
  });

  it("is not disturbed by what its writers have written on the source since they went back", () => {
    assert.equal(place(returned, 5n), "back 15");
    assert.equal(place(returned, 7n), "back 16");
    // Without the place at which they went back, e and f would be copies of nothing.
    assert.match(place(copying, 7n), /^back: .*"kind":"refused"/);
  });

  it("is at the original again of copies that were made since they went back", () => {
    const logs = { target: [...target, ...records("e", 7n)], source };
    assert.equal(place(returned, 8n, logs, [[7n, 17n]]), "after 18");
    assert.equal(place(returned, 8n, logs), "after 18");
  });

  it("is read from the ledger: the entry that says that the writers have gone back", () => {
    const entry = {
      ...{
        number: 3,
        switch: "applications",
        row: "mirror",
        writtenAt: "2026-11-30T10:00:00Z",
        voids: 2,
        voidOnly: true,
      },
      ...{ sourceClusterId: "s", targetClusterId: "t", groups: [] },
      partitions: [{ topic: "paid", partition: 0, sourceEnd: "17", targetEnd: "7" }],
    } satisfies LedgerEntry;
    const wayBack = { entry: 2, from: new Map([["paid[0]", from]]) };
    assert.deepEqual(livesOf(wayBack, [entry]).get("paid[0]"), returned);
    assert.deepEqual(livesOf(wayBack, []).get("paid[0]"), copying);
    // Forward again and open again, with an entry of its own.
    assert.deepEqual(livesOf({ ...wayBack, entry: 4 }, [entry]).get("paid[0]"), copying);
  });
});
