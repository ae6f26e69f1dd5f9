import assert from "node:assert/strict";
import type { Condition } from "../gates/index.ts";
import { judge } from "../runtime/measure/judge.ts";
import type { Placement } from "../runtime/model/placement.ts";
import type { Scope } from "../runtime/model/scope.ts";
import {
  at,
  away,
  both,
  counts,
  entry,
  groups,
  ledger,
  mirror,
  placed,
  scope as moving,
  snapshot,
  source,
  split,
  table,
  target,
} from "./support/verdict-readings.ts";

/** Verdicts that only some orders of moving ask for. */
const ends = { "orders[0]": 50, "orders[1]": 40 };
const grown = { "orders[0]": [0, 62, 62], "orders[1]": [0, 40, 40] } as const;

describe("target-empty", () => {
  // prettier-ignore
  table({ kind: "target-empty" }, [
    ["no partition holds anything", { ...target({ "orders[0]": [0, 0, 0], "payments[0]": [7, 7, 7] }), ...ledger() }, true, "2 topics on the target hold no record"],
    ["nothing but markers is there", { ...target({ "orders[0]": [0, 2, 2] }), ...ledger(), ...counts({ "orders[0] 0..2": 0 }) }, true, "1 topic on the target holds no record"],
    ["a partition holds records", { ...target({ "orders[0]": [0, 3, 3] }), ...ledger(), ...counts({ "orders[0] 0..3": 3 }) }, false, "orders[0] on the target already holds 3 records"],
    ["they cannot be counted", { ...target({ "orders[0]": [0, 3, 3] }), ...ledger(), counts: away }, false, `could not be measured: ${away.error}`],
    ["producers have moved, whose records they are", { ...target({ "orders[0]": [0, 3, 3] }), ...ledger(entry(1, "twins"), entry(2, "producers", at({ "orders[0]": 0 }))) }, true, "the target's records were written after ledger entry 2, by producers that had moved"],
    ["the ledger cannot be read", { ...target({ "orders[0]": [0, 0, 0] }), ledger: away }, false, `could not be measured: ${away.error}`],
    ["nothing is measured", { ...target({}), ...ledger() }, false, "nothing was measured"],
  ]);
});

describe("groups-placeable", () => {
  const position = (name: string, committed: bigint | null) => ({ ...split(name), group: "g", committed });
  const exact = (name: string, repeats: number | null = 0): Placement => ({
    ...position(name, 5n),
    ...{ kind: "exact", placed: 5n, how: "equal", translated: repeats === null ? null : 1n, repeats },
  });
  const placing = (...found: Placement[]) => ({
    ...groups("sourceGroups", { "orders[0]": 5 }),
    placing: {
      value: {
        positions: found.map(({ group, topic, partition, committed, unread }) => ({
          ...{ group, topic, partition, committed },
          ...(unread && { unread }),
        })),
        found,
        pending: new Map<string, string>(),
        outside: [] as string[],
      },
    },
  });
  const undecided = placing();
  undecided.placing.value.pending.set("g", "orders[0]: a transaction that moves its offset is not decided yet");
  const strays = placing(exact("orders[0]"));
  strays.placing.value.outside.push("group g has committed in orders[7], which its partitions leave out");
  const begins = (unread: "earliest" | "latest"): Placement => ({ ...exact("orders[1]", null), unread });
  const refused: Placement = {
    ...{ ...position("orders[1]", 9n), kind: "refused", reason: "orders[1] has a duplicate" },
    ...{ translated: 3n, repeats: 6 },
  };
  const behind: Placement = {
    ...{ ...position("orders[1]", 9n), kind: "behind", left: 4, reason: "orders[1] has 4 records left to mirror" },
    ...{ translated: null, repeats: null },
  };
  // prettier-ignore
  table({ kind: "groups-placeable" }, [
    ["no group moves", { ...ledger(), ...placing(), scope: { ...moving, groups: [] } }, true, "no group moves, so there is no group to place"],
    ["every place is proved", { ...ledger(), ...placing(exact("orders[0]", 7), exact("orders[1]", 5)) }, true, "1 group can continue on the target in 2 partitions: nothing is read again (MirrorMaker 2's own offsets would repeat 12 records)"],
    ["MirrorMaker 2 has no offset", { ...ledger(), ...placing(exact("orders[0]", 7), exact("orders[1]", null)) }, true, "1 group can continue on the target in 2 partitions: nothing is read again (MirrorMaker 2's own offsets would repeat 7 records and it has none for 1 partition)"],
    ["the mirror has yet to copy what was read", { ...ledger(), ...placing(exact("orders[0]"), behind) }, true, "1 group can continue on the target in 1 partition, and in 1 more once the mirror has caught up: nothing is read again (MirrorMaker 2's own offsets would repeat 0 records)"],
    ["the config says where it begins", { ...ledger(), ...placing(exact("orders[0]", 7), begins("latest")) }, true, "1 group can continue on the target in 2 partitions: nothing is read again (MirrorMaker 2's own offsets would repeat 7 records and it has none for 1 partition); group g begins at the end of 1 partition that it has never committed, as unread says"],
    ["it has committed in a partition that the config leaves out", { ...ledger(), ...strays }, false, "group g has committed in orders[7], which its partitions leave out"],
    ["a place cannot be proved", { ...ledger(), ...placing(exact("orders[0]"), refused) }, false, "group g: orders[1] has a duplicate"],
    ["a transaction moves a group", { ...ledger(), ...undecided }, false, "it is not known yet where group g is on the source: orders[0]: a transaction that moves its offset is not decided yet"],
    ["its offsets were committed by clients that never joined", { ...ledger(), ...placing(exact("orders[0]")), ...groups("sourceGroups", { "orders[0]": 5 }, { state: "Empty", members: [], simple: true }) }, false, "the offsets of group g were committed by clients that never joined it, so its consumers may begin at positions of their own"],
    ["it has been placed", { ...ledger(entry(1, "consumers", placed({ "orders[0]": 5 }))), placing: away }, true, "ledger entry 1 has placed the groups"],
    ["the places cannot be measured", { ...ledger(), ...groups("sourceGroups", {}), placing: away }, false, `could not be measured: ${away.error}`],
  ]);

  it("opens with the number of records that are read again, where config allows it", () => {
    const found = snapshot({ ...ledger(), ...placing(exact("orders[0]"), refused) });
    const scope: Scope = { ...found.scope, groups: [{ name: "g", topics: ["orders"], allowRedelivery: true }] };
    const { open, sentence } = judge({ kind: "groups-placeable" }, { ...found, scope });
    assert.ok(open, sentence);
    assert.match(sentence, /: 6 records are read again, as allowed \(/);
  });
});

describe("stragglers that the config accepts", () => {
  const accepting = (condition: Condition, to: string, parts: object) => {
    const found = snapshot(parts);
    const stragglers = [{ topic: "orders", partition: 0, to }];
    return judge(condition, { ...found, scope: { ...found.scope, stragglers } });
  };
  const switched = ledger(entry(1, "producers", at(ends)));

  it("are no growth for source-still-at-ledger, and are named", () => {
    assert.deepEqual(accepting({ kind: "source-still-at-ledger" }, "62", { ...source(grown), ...switched }), {
      open: true,
      sentence:
        "the source has not grown since ledger entry 1 in 2 partitions, except for the stragglers that the config accepts in orders[0]",
    });
  });

  it("do not cover what comes after them", () => {
    const first = { offset: 60n, timestamp: 0n, producer: null };
    const parts = { ...source(grown), ...switched, ...counts({ "orders[0] 60..62": 2 }, { first }) };
    const { open, sentence } = accepting({ kind: "source-still-at-ledger" }, "60", parts);
    assert.ok(!open);
    assert.match(sentence, /^orders\[0\] grew on the source after the switch: offsets 60\.\.61, 2 records/);
  });

  it("are not accepted before they are there", () => {
    const { open, sentence } = accepting({ kind: "source-still-at-ledger" }, "70", { ...source(grown), ...switched });
    assert.ok(!open);
    assert.equal(
      sentence,
      "stragglers accepts orders[0] up to 70, but its end on the source is 62; allowed: at most that",
    );
  });

  it("are read on the source by groups that have not moved", () => {
    const parts = (committed: number) => ({
      ...source(grown),
      ...switched,
      ...groups("sourceGroups", { "orders[0]": committed, "orders[1]": 40 }),
      ...counts({ "orders[0] 50..62": 12 }),
    });
    const waiting = accepting({ kind: "groups-drained" }, "62", parts(50));
    assert.ok(!waiting.open);
    assert.match(waiting.sentence, /^group g has 12 records left to read in orders\[0\]/);
    assert.ok(accepting({ kind: "groups-drained" }, "62", parts(62)).open);
  });

  it("are not left to mirror", () => {
    const parts = { ...both(grown), ...mirror({ "orders[0]": 49, "orders[1]": 39 }) };
    assert.ok(!judge({ kind: "mirror-drained" }, snapshot({ ...parts, ...counts({ "orders[0] 50..62": 12 }) })).open);
    assert.ok(accepting({ kind: "mirror-drained" }, "62", parts).open);
  });
});

describe("the row that opens the way back, after an update that was killed once the mirror back ran", () => {
  const moved = ledger(entry(1, "producers", at(ends)), entry(2, "consumers", { row: "move-consumers" }));
  const opened = (begun: boolean) => ({
    wayBack: {
      value: [{ topics: ["orders"], wayBack: { entry: 1, begun, topics: {}, from: new Map() } }],
    },
  });
  /** So far the mirror back has copied; the transaction of its next records is open. */
  const copied = { "orders[0]": [0, 60, 62], "orders[1]": [0, 40, 40] } as const;
  const parts = {
    ...both(copied),
    ...moved,
    ...mirror({ "orders[0]": 49, "orders[1]": 39 }),
    ...groups("sourceGroups", { "orders[0]": 50, "orders[1]": 40 }),
    ...counts({ "orders[0] 50..60": 10, "orders[0] 50..62": 10 }),
  };
  const earlier = snapshot({ ...parts, ...both({ ...copied, "orders[0]": [0, 55, 55] }) });

  for (const kind of ["mirror-drained", "groups-drained"] as const) {
    it(`does not take its copies for records of somebody: ${kind}`, () =>
      assert.ok(judge({ kind }, snapshot({ ...parts, ...opened(true) }), [earlier]).open));

    it(`takes them for that as long as it has not begun: ${kind}`, () =>
      assert.ok(!judge({ kind }, snapshot({ ...parts, ...opened(false) }), [earlier]).open));
  }
});

describe("way-back-within, where the target has removed what the mirror back has not passed", () => {
  const parts = {
    ...target({ "orders[0]": [62, 62, 62], "orders[1]": [0, 40, 40] }),
    ...ledger(entry(1, "producers", at(ends))),
    wayBack: { value: [{ topics: ["orders"], wayBack: { entry: 1, begun: true, topics: {}, from: new Map() } }] },
    returned: {
      value: [
        {
          connector: [
            "shop-reverse",
            { connector: { state: "RUNNING" }, tasks: [{ id: 0, state: "RUNNING" }] },
          ] as const,
          copied: new Map([
            ["orders[0]", 60n],
            ["orders[1]", 39n],
          ]),
        },
      ],
    },
  };
  const judged = (mirrorHas: Partial<NonNullable<Scope["mirror"]>>) =>
    judge(
      { kind: "way-back-within", maxLag: 5 },
      { ...snapshot(parts), scope: { ...moving, mirror: { ...moving.mirror!, ...mirrorHas } } },
    );

  it("is closed, and says how to accept it", () => {
    const verdict = judged({});
    assert.ok(!verdict.open);
    assert.match(
      verdict.sentence,
      /^retention overtook the mirror in orders\[0\]: it is at offset 61 and the log begins at 62/,
    );
    assert.match(verdict.remedy ?? "", /under gaps \(topic, partition, side: target, to:/);
    const gap = { topic: "orders", partition: 0, to: "62" };
    assert.ok(!judged({ gaps: [gap] }).open, "that one is the source's");
    assert.ok(judged({ gaps: [{ ...gap, side: "target" }] }).open);
  });

  it("is open where the topic's only reader deletes what it has read", () =>
    assert.ok(judged({ purged: ["orders"] }).open));
});
