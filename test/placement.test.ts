import assert from "node:assert/strict";
import type { LogRecord, Question, Reads, Sync } from "../runtime/model/placement.ts";
import { decide } from "../runtime/placement/exact.ts";
import { digestOf } from "../runtime/placement/records.ts";
import { sinceLastRewind } from "../runtime/placement/rewinds.ts";
import { decodeSync } from "../runtime/placement/syncs.ts";
import { keptSyncs, translate } from "../runtime/placement/translation.ts";

/** A log as `offset:content`, one per record: `a` stands for all that a record holds. */
const log = (text: string): LogRecord[] =>
  text
    .split(" ")
    .filter(Boolean)
    .map((each) => {
      const [offset = "", digest = ""] = each.split(":");
      return { offset: BigInt(offset), timestamp: 0n, digest };
    });

/** Syncs as `source=target`. */
const syncs = (text: string): Sync[] =>
  text
    .split(" ")
    .filter(Boolean)
    .map((each) => {
      const [own = "", other = ""] = each.split("=");
      return { own: BigInt(own), other: BigInt(other) };
    });

interface Case {
  readonly source: string;
  readonly target: string;
  readonly syncs?: string;
  readonly at: number | null;
  readonly unread?: "earliest";
  /** Starts and ends of source and target. @default 0 and the last record, one more on the target */
  readonly bounds?: Partial<Record<"sourceStart" | "sourceStable" | "sourceEnd" | "targetStart" | "targetEnd", number>>;
  readonly compacted?: boolean;
}

/** The decision for a group that goes to the target. */
function placed({ source, target, syncs: pairs = "", at, unread, bounds = {}, compacted = false }: Case): string {
  const sides = { own: log(source), other: log(target) };
  const end = (records: readonly LogRecord[], more: bigint) => (records.at(-1)?.offset ?? -more) + more;
  const sourceEnd = BigInt(bounds.sourceEnd ?? end(sides.own, 1n));
  const targetEnd = BigInt(bounds.targetEnd ?? end(sides.other, 2n));
  const question: Question = {
    ...{ group: "g", topic: "orders", partition: 3, direction: "to-target" },
    committed: at === null ? null : BigInt(at),
    ...(unread && { unread }),
    own: { start: BigInt(bounds.sourceStart ?? 0), stable: BigInt(bounds.sourceStable ?? sourceEnd), end: sourceEnd },
    other: { start: BigInt(bounds.targetStart ?? 0), stable: targetEnd, end: targetEnd },
    ...{ syncs: syncs(pairs), compacted, timestamps: true },
  };
  const within = (which: "own" | "other", from: bigint, to: bigint) =>
    sides[which].filter(({ offset }) => offset >= from && offset < to && offset >= question[which].start);
  const reads: Reads = {
    records: within,
    count: (which, from, to) => ({ records: within(which, from, to).length, exact: true }),
  };
  const found = decide(question, reads);
  if (found.kind === "exact") return `${found.placed}: ${found.how}`;
  if (found.kind === "behind") return `${found.left} left: ${found.reason}`;
  return found.kind === "refused" ? found.reason : "asks for more";
}

const group = "group g in orders[3]";
const readOn = (past: number) => `let the group read past offset ${past} on the source, or allow re-delivery for it`;

describe("the exact place of a group on the other side", () => {
  const cases: readonly [string, Case, string][] = [
    [
      "walks from the sync before the group and compares up to the one after it",
      { source: "0:a 1:b 3:c 4:d 6:e", target: "0:a 1:b 2:c 4:d 5:e", syncs: "0=0 6=5", at: 4 },
      "3: 3 records from the sync 0 = 0 on are equal, 1 after them up to the sync 6 = 5 as well",
    ],
    [
      "does not count markers and aborted records before the group",
      { source: "0:a 5:b 9:c", target: "0:a 1:b 2:c", syncs: "0=0 9=2", at: 8 },
      "2: 2 records from the sync 0 = 0 on are equal, 0 after them up to the sync 9 = 2 as well",
    ],
    [
      "compares up to the end of the mirror where no sync lies past the group",
      { source: "0:a 1:b 2:c 3:d", target: "0:a 1:b 2:c", syncs: "0=0", at: 2 },
      "2: 2 records from the sync 0 = 0 on are equal, 1 after them up to the end as well",
    ],
    [
      "walks back from the sync after the group where those before it are gone",
      { source: "0:a 1:b 2:c 3:d", target: "7:a 8:b 9:c 12:d", syncs: "3=12", at: 1 },
      "8: the 2 records before the sync 3 = 12 are equal",
    ],
    ["places an empty partition at the beginning", { source: "", target: "", at: 0 }, "0: neither side holds a record"],
    [
      "places a group that never committed where nothing is there to read",
      { source: "", target: "", at: null },
      "0: never committed, and there is nothing to read",
    ],
    [
      "places a group that never committed at the target's beginning where the config says so",
      { source: "4:a 5:b", target: "2:a 3:b", at: null, unread: "earliest", bounds: { targetStart: 2 } },
      "2: never committed: it begins at the beginning",
    ],
    [
      "places a group before the first record of a partition that was not mirrored yet",
      { source: "0:a 1:b", target: "", at: 0 },
      "0: nothing was mirrored yet, and nothing was read",
    ],
    [
      "compares all there is without syncs",
      { source: "4:a 5:b 6:c", target: "0:z 1:a 2:b 3:c", at: 5, bounds: { sourceStart: 4 } },
      "2: no sync helps: all 3 records that both sides hold are equal",
    ],
    [
      "places a group whose records retention has removed on the other side, once all were read",
      { source: "0:a 1:b", target: "", syncs: "1=1", at: 2, bounds: { targetStart: 3, targetEnd: 3 } },
      "3: all records were read; the other side has removed them since",
    ],
    [
      "settles by the survivors around the group where compaction removed records on one side",
      { source: "0:a 1:b 2:c 3:d 4:e", target: "0:a 2:c 3:d 4:e", syncs: "0=0 4=4", at: 3, compacted: true },
      "3: compaction removed records on one side, but those around the group determine its place",
    ],
    [
      "waits for what the mirror has yet to copy",
      { source: "0:a 1:b 2:c 3:d", target: "0:a 1:b", syncs: "0=0", at: 3 },
      `1 left: ${group} has read the source up to 3, and 1 record before that is not on the target yet`,
    ],
    [
      "waits where the last copies equal earlier ones, which might be duplicates",
      { source: "0:a 1:b 2:b 3:c", target: "0:a 1:b 2:b", syncs: "0=0", at: 3 },
      `1 left: ${group} is close to the end of the mirror, whose last record (offset 2 of the target) may not be unique; ` +
        "its place is certain once one more record is mirrored",
    ],
    [
      "waits for the end of a transaction that was open when the group went past it",
      { source: "0:a", target: "0:a", syncs: "0=0", at: 3, bounds: { sourceStable: 1, sourceEnd: 4 } },
      `3 left: ${group} is at 3, and an open transaction since offset 1 holds records back on the source, whose log ` +
        "ends at 4; end that transaction",
    ],
    [
      "refuses a group that never committed although there are records",
      { source: "0:a 1:b", target: "0:a 1:b", at: null },
      `${group} never committed, although the source holds 2 records there; let the group read and commit, or say where ` +
        "it begins: unread of the group in groups.migrate (from: earliest or latest, reason); partitions that it never " +
        "reads are left out by its partitions there",
    ],
    [
      "refuses a group past the end of its log",
      { source: "0:a", target: "0:a", at: 9 },
      `${group} has committed 9 on the source, whose log ends at 1: the topic was re-created or its records were cut ` +
        "off; set its offset with kafka-consumer-groups --reset-offsets",
    ],
    [
      "refuses what retention removed before the group read it",
      { source: "5:f", target: "0:a 1:b 2:c 3:d 4:e 5:f", at: 2, bounds: { sourceStart: 5 } },
      `${group} has committed 2 on the source, whose log begins at 5: retention has removed what lay between before ` +
        "the group read it; if it is not needed, set its offset with kafka-consumer-groups --reset-offsets --to-earliest, " +
        "or name the partition under gaps (topic, partition, to: 5, reason)",
    ],
    [
      "refuses what the other side has removed before the group read it",
      { source: "0:a 1:b 2:c", target: "2:c", syncs: "0=0 1=1 2=2", at: 1, bounds: { targetStart: 2 } },
      `${group} has committed 1 on the source, and the target, whose log begins at 2, has removed records that the ` +
        "group has not read: its offset 1 is that of 1 here; let the group read them on the source, and raise the " +
        "topic's retention on the target",
    ],
    [
      "refuses a duplicate in the mirror",
      { source: "0:a 1:b 2:c", target: "0:a 1:b 2:b 3:c", syncs: "0=0 2=3", at: 1 },
      `${group} has committed 1 on the source: offsets 0..2 there hold 2 records, offsets 0..3 of the target hold 3, and ` +
        "the first difference is at 2 and 2: the target holds a duplicate, a record that is not the mirror's, or one " +
        `that compaction removed from the source; ${readOn(2)}`,
    ],
    [
      "refuses a record that the mirror left out",
      { source: "0:a 1:b 2:c 3:d", target: "0:a 2:c 3:d", syncs: "0=0 3=3", at: 2 },
      `${group} has committed 2 on the source: offsets 0..3 there hold 3 records, offsets 0..3 of the target hold 2, and ` +
        "the first difference is at 1 and 2: the target lacks a record, which compaction removed or the mirror " +
        `skipped; ${readOn(3)}`,
    ],
    [
      "refuses where compaction removed on the source what nobody can tell to be read",
      { source: "0:a 3:d 4:e", target: "0:a 1:b 2:c 3:d 4:e", syncs: "0=0 4=4", at: 2, compacted: true },
      `${group} has committed 2 on the source, and compaction has removed there what the target still holds at 1..2: ` +
        `whether the group has read it is unknown; ${readOn(2)}`,
    ],
    [
      "refuses records that nobody mirrored",
      { source: "", target: "0:x 1:y", at: 0 },
      `${group}: the target holds 2 records (offsets 0..1) and the source has none to compare them with; find ` +
        "out who wrote them, or allow re-delivery for the group",
    ],
    [
      "refuses logs that have nothing in common",
      { source: "0:a 1:b", target: "0:x 1:y 2:z", at: 1 },
      `${group} has committed 1 on the source, no offset sync of MirrorMaker 2 is left, and source and target have too few ` +
        `unique records in common; ${readOn(1)}, or mirror the topic to an empty one on the target`,
    ],
  ];
  for (const [what, given, answer] of cases) {
    it(what, () => {
      assert.equal(placed(given), answer);
    });
  }

  const few = "no offset sync of MirrorMaker 2 is left, and source and target have too few unique records in common";
  const apart = (mine: string, theirs: string) =>
    new RegExp(`offsets ${mine} records?, offsets ${theirs}, and the first difference`);
  // prettier-ignore
  const more: readonly [string, Case, string | RegExp][] = [
    ["takes no notice of a sync past the end of a topic that was re-created",
      { source: "0:a 1:b", target: "0:a 1:b", syncs: "0=70", at: 1 }, "1: no sync helps: all 2 records that both sides hold are equal"],
    ["refuses equal records of which a sync says that they are others",
      { source: "4:a 5:b", target: "0:a 1:b", syncs: "2=1", at: 5, bounds: { sourceStart: 4 } }, new RegExp(few)],
    ["refuses one common record alone where its equal may have been removed",
      { source: "4:a", target: "0:a", at: 5, bounds: { sourceStart: 4 } }, new RegExp(few)],
    ["refuses what the other side has removed where no sync tells it",
      { source: "4:a 5:b 6:c 7:d", target: "9:c 10:d", at: 4, bounds: { sourceStart: 4, targetStart: 9 } }, /: 2 records from 4 on are gone; /],
    ["refuses a duplicate among the survivors of a compacted topic",
      { source: "0:a 1:b 2:c 3:d", target: "0:a 1:b 2:c 3:c 4:d", syncs: "0=0 3=4", at: 1, compacted: true }, apart("0..3 there hold 3", "0..4 of the target hold 4")],
    ["waits at the end of a compacted topic, where a missing record cannot be told from one that is yet to come",
      { source: "0:a 1:b 2:c", target: "0:a 1:b", syncs: "0=0", at: 2, compacted: true }, /^1 left: /],
    ["refuses a compacted topic without a survivor beside the group on both sides",
      { source: "0:c 1:d 2:e 3:f 4:g", target: "5:c 8:f 9:g", syncs: "4=9", at: 2, compacted: true, bounds: { targetStart: 5 } }, apart("0..4 there hold 4", "5..9 of the target hold 2")],
  ];
  for (const [what, given, answer] of more) {
    it(what, () => {
      if (typeof answer === "string") assert.equal(placed(given), answer);
      else assert.match(placed(given), answer);
    });
  }
});

describe("MirrorMaker 2's offset syncs", () => {
  const key = Buffer.concat([Buffer.from([0, 6]), Buffer.from("orders"), Buffer.from([0, 0, 0, 3])]);
  const value = Buffer.alloc(16);
  value.writeBigInt64BE(5_000_000_000n, 0);
  value.writeBigInt64BE(42n, 8);

  it("are read as OffsetSync.java writes them, and passed over where they are something else", () => {
    const sync = { topic: "orders", partition: 3, source: 5_000_000_000n, target: 42n };
    assert.deepEqual(decodeSync({ key, value }), sync);
    assert.equal(decodeSync({ key, value: null }), null);
    assert.equal(decodeSync({ key: key.subarray(0, 7), value }), null);
  });

  // prettier-ignore
  const rewinds = [
    ["kept while both sides grow",                    "1=1 5=4 9=9",     "1=1 5=4 9=9"],
    ["kept once where they are written twice",        "1=1 5=4 5=4",     "1=1 5=4"    ],
    ["dropped where the source's offsets go back",    "1=1 5=4 2=9 3=10", "2=9 3=10"  ],
    ["dropped where the target's offsets go back",    "1=1 5=4 6=0",     "6=0"        ],
    ["dropped where one record was written twice",    "1=1 5=4 5=9",     "5=9"        ],
  ] as const;
  for (const [what, written, kept] of rewinds) {
    it(`are ${what}`, () => {
      const all = syncs(written).map(({ own, other }) => ({ source: own, target: other }));
      const found = sinceLastRewind(all).map(({ source, target }) => `${source}=${target}`);
      assert.equal(found.join(" "), kept);
    });
  }

  // prettier-ignore
  const translations = [
    ["at a sync it is that sync's",            "0=0 100=90", 100n, 90n ],
    ["beyond a sync it is one more",           "0=0 100=90", 150n, 91n ],
    ["before the oldest sync there is none",   "50=40",      49n,  null],
    ["without syncs there is none",            "",           7n,   null],
    ["a rewind forgets what came before it",   "0=0 100=90 40=200", 30n, null],
  ] as const;
  for (const [what, given, committed, answer] of translations) {
    it(`are translated as MirrorMaker 2 does: ${what}`, () => {
      assert.equal(translate(syncs(given), committed), answer);
    });
  }

  it("are thinned out in MirrorMaker 2's memory the further they lie behind, by its own rules", () => {
    const all = Array.from({ length: 10_000 }, (_, index) => ({ own: BigInt(index), other: BigInt(index) }));
    const kept = keptSyncs(all).map(({ own }) => 9_999n - own);
    const distinct = [...new Set(kept)];
    assert.equal(kept[0], 0n);
    assert.ok(distinct.length > 12 && distinct.length < 30, distinct.join());
    for (const [i, here] of kept.entries()) {
      for (const [j, there] of kept.entries()) {
        if (i >= j || here === there) continue;
        assert.ok(there - here <= 2n ** BigInt(j) - 2n ** BigInt(i), `slots ${i} and ${j}: ${here} ${there}`);
        assert.ok(there - here >= 2n ** BigInt(Math.max(i - 2, 0)), `slots ${i} and ${j}: ${here} ${there}`);
      }
    }
    assert.equal(kept.at(-1), 9_999n, "the oldest stays");
  });
});

describe("what makes two records the same", () => {
  const text = (value: string) => Buffer.from(value);
  const record = { key: text("k"), value: text("v"), headers: [[text("h"), text("1")]] as const };
  const others = [
    ["another key", { ...record, key: text("x") }],
    ["no key instead of an empty one", { ...record, key: null }, { ...record, key: text("") }],
    ["key and value cut elsewhere", { ...record, key: text("kv"), value: text("") }],
    ["a tombstone", { ...record, value: null }],
    ["another header", { ...record, headers: [[text("h"), text("2")]] as const }],
    ["no header", { ...record, headers: [] }],
    [
      "an empty header instead of null",
      { ...record, headers: [[text("h"), null]] as const },
      { ...record, headers: [[text("h"), text("")]] as const },
    ],
  ] as const;
  it("is all that they hold", () => {
    assert.equal(digestOf(record), digestOf({ ...record }));
  });
  for (const [what, one, other = record] of others) {
    it(`tells ${what}`, () => {
      assert.notEqual(digestOf(one), digestOf(other));
    });
  }
});
