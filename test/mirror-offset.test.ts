import assert from "node:assert/strict";
import fc from "fast-check";
import type { LogRecord, Question, Sync } from "../runtime/model/placement.ts";
import { countAgain } from "../runtime/placement/again.ts";
import { decodeCheckpoint } from "../runtime/placement/checkpoints.ts";
import { mirrorOffset, skipsNothing } from "../runtime/placement/mirror-offset.ts";
import { oriented, sinceLastRewind } from "../runtime/placement/rewinds.ts";
import { translate } from "../runtime/placement/translation.ts";
import { build, plans, questionOf, skipped } from "./support/mirror-model.ts";

const pair = (text: string) => {
  const [source = "", target = ""] = text.split("=");
  return { source: BigInt(source), target: BigInt(target) };
};
/** Syncs as `source=target`. */
const pairs = (text: string) => text.split(" ").filter(Boolean).map(pair);
const forward = (syncs: readonly { source: bigint; target: bigint }[]): Sync[] =>
  syncs.map((sync) => oriented(sync, "to-target"));

describe("a checkpoint of MirrorMaker 2", () => {
  // A record of `source.checkpoints.internal`, written by MM2 3.9: foo-consumer in foo[5] at 1000, which is 990.
  const key = Buffer.from("000c666f6f2d636f6e73756d65720003666f6f00000005", "hex");
  const value = Buffer.from("000000000000000003e800000000000003de0000", "hex");

  it("is read as Checkpoint.java writes it, and passed over where it is something else", () => {
    const at = { group: "foo-consumer", topic: "foo", partition: 5 };
    assert.deepEqual(decodeCheckpoint({ key, value }), { ...at, checkpoint: { source: 1000n, target: 990n } });
    assert.deepEqual(decodeCheckpoint({ key, value: null }), { ...at, checkpoint: null });
    assert.equal(decodeCheckpoint({ key: null, value }), null);
    assert.equal(decodeCheckpoint({ key: key.subarray(0, key.length - 1), value }), null);
    assert.equal(decodeCheckpoint({ key: key.subarray(0, 15), value }), null);
    assert.equal(decodeCheckpoint({ key, value: value.subarray(0, 17) }), null);
    assert.equal(decodeCheckpoint({ key, value: Buffer.concat([Buffer.from([0, 1]), value.subarray(2)]) }), null);
  });
});

describe("the offset that MirrorMaker 2 has for a group", () => {
  // prettier-ignore
  const cases: readonly (readonly [string, syncs: string, committed: number, checkpoint: string | null, Sync | null])[] = [
    ["is its translation without a checkpoint",              "0=0 100=90",        150, null,      { own: 101n, other: 91n }],
    ["is a nearer checkpoint that it keeps",                 "0=0 100=90 120=99", 110, "105=91",  { own: 101n, other: 91n }],
    ["is the translation where that is further",             "0=0 100=90",        150, "60=1",    { own: 101n, other: 91n }],
    ["is the checkpoint of a sync's own record",             "0=0 100=90",        100, "100=90",  { own: 100n, other: 90n }],
    ["goes back with the group",                             "0=0 100=90",        50,  "105=91",  { own: 1n, other: 1n }  ],
    ["is none before the oldest sync, though it keeps one",  "50=40",             30,  "60=41",   null                    ],
    ["is no checkpoint that no sync has made",               "0=0 100=90",        150, "120=95",  { own: 101n, other: 91n }],
    ["is no checkpoint of what a rewind has voided",         "0=0 100=90 40=200 140=300", 130, "105=91", { own: 41n, other: 201n }],
    ["is no checkpoint where the target's log began again",   "0=0 100=90 140=0",  130, "105=91",  { own: 101n, other: 91n }],
  ];
  for (const [what, text, committed, checkpoint, expected] of cases) {
    it(what, () => {
      const written = forward(pairs(text));
      const current = forward(sinceLastRewind(pairs(text)));
      const kept = checkpoint === null ? undefined : pair(checkpoint);
      assert.deepEqual(mirrorOffset(written, current, BigInt(committed), kept), expected);
    });
  }

  it("is the checkpoint although newer syncs have pushed out the one that made it", () => {
    const written = Array.from({ length: 4_000 }, (_, index) => ({
      own: BigInt(index * 10),
      other: BigInt(index * 11),
    }));
    const early = written.slice(0, 1_001);
    const before = translate(early, 9_995n)!;
    assert.equal(before, 10_990n);
    assert.ok(translate(written, 9_995n)! < before);
    const found = mirrorOffset(written, written, 9_995n, { source: 9_995n, target: before });
    assert.deepEqual(found, { own: 9_991n, other: before });
  });
});

describe("an offset of MirrorMaker 2's that a group may go on at", () => {
  const asked = (committed: number | null, syncs: string, more: Partial<Question> = {}): Question => ({
    ...{ group: "g", topic: "orders", partition: 3, direction: "to-target" },
    committed: committed === null ? null : BigInt(committed),
    own: { start: 0n, stable: 200n, end: 200n },
    other: { start: 0n, stable: 180n, end: 180n },
    ...{ syncs: forward(pairs(syncs)), compacted: false, timestamps: true },
    ...more,
  });
  const at = (own: bigint, other: bigint): Sync => ({ own, other });
  // prettier-ignore
  const cases: readonly (readonly [string, Question, Sync, boolean])[] = [
    ["is that of a sync",                                  asked(150, "0=0 100=90"), at(100n, 90n), true],
    ["is one beyond a sync",                               asked(150, "0=0 100=90"), at(101n, 91n), true],
    ["is not one that no sync has made",                   asked(150, "0=0 100=90"), at(101n, 95n), false],
    ["is not past the group",                              asked(100, "0=0 100=90"), at(101n, 91n), false],
    ["is not what the target has removed",                 asked(150, "0=0 100=90", { other: { start: 95n, stable: 180n, end: 180n } }), at(101n, 91n), false],
    ["is not of a topic that is shorter than the group has read", asked(201, "0=0 100=90"), at(101n, 91n), false],
    ["is not of a sync past the end",                      asked(150, "0=0 100=90", { other: { start: 0n, stable: 90n, end: 90n } }), at(101n, 91n), false],
    ["is none where the group never committed",            asked(null, "0=0 100=90"), at(101n, 91n), false],
  ];
  for (const [what, question, place, allowed] of cases) {
    it(what, () => assert.equal(skipsNothing(question, place), allowed));
  }

  it("never leaves out a record that the target holds, over generated logs, mirrors and checkpoints", () => {
    const share = fc.integer({ min: 0, max: 40 }).map((part) => part / 40);
    const found = { kept: 0, translated: 0, refused: 0, none: 0 };
    fc.assert(
      fc.property(
        plans({ duplicates: true, compaction: true, retention: true }),
        ...([share, share, share] as const),
        fc.option(fc.record({ source: fc.bigInt({ min: 0n, max: 60n }), target: fc.bigInt({ min: 0n, max: 90n }) }), {
          freq: 1,
        }),
        (plan, reading, then, earlier, stray) => {
          const world = build(plan);
          fc.pre(world.syncs.length > 5);
          const end = Number(world.source.bounds.end);
          const committed = BigInt(Math.round(end * reading));
          // What MirrorMaker 2 made of an earlier offset of the group when it knew some of the syncs, or anything.
          const known = forward(world.syncs.slice(0, Math.ceil(world.syncs.length * then)));
          const at = BigInt(Math.round(end * earlier));
          const target = translate(known, at);
          const checkpoint = stray ?? (target === null ? undefined : { source: at, target });
          const question = questionOf(world, "to-target", committed);
          const place = mirrorOffset(forward(world.syncs), question.syncs, committed, checkpoint);
          if (place === null) found.none += 1;
          else if (!skipsNothing(question, place)) found.refused += 1;
          else {
            found[place.other === translate(forward(world.syncs), committed) ? "translated" : "kept"] += 1;
            assert.equal(skipped(world, committed, place.other), null, `${committed} at ${place.other}`);
          }
        },
      ),
      { numRuns: 4_000, seed: 5 },
    );
    for (const [what, times] of Object.entries(found)) assert.ok(times > 10, `${what}: ${JSON.stringify(found)}`);
  });
});

describe("what a group reads again from an earlier place on", () => {
  const log = (text: string): LogRecord[] =>
    [...text.replaceAll(" ", "")].map((digest, index) => ({ offset: BigInt(index), timestamp: 0n, digest }));
  // prettier-ignore
  const cases: readonly (readonly [string, mine: string, committed: number, theirs: string, again: number])[] = [
    ["is what it had read",                                   "abcdef", 3, "abcdef",   3],
    ["is nothing at its exact place",                         "abcdef", 3, "def",      0],
    ["is a duplicate of what it had read as well",            "abcdef", 3, "abbcdef",  4],
    ["is a duplicate of what it has yet to read",             "abcdef", 3, "abcddef",  4],
    ["is not a record of somebody else beyond its place",     "abcdef", 3, "abcdxef",  3],
    ["is what compaction has removed from the source",        "cdef",   1, "abcdef",   3],
    ["is not what compaction has removed from the target",    "abcdef", 3, "cdef",     1],
    ["is as many as there are of equal records",              "aaaa",   2, "aaaa",     2],
  ];
  for (const [what, mine, committed, theirs, again] of cases) {
    it(what, () =>
      assert.equal(
        countAgain(log(mine), log(theirs), BigInt(committed), ({ digest }) => digest),
        again,
      ),
    );
  }
});
