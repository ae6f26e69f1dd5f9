import assert from "node:assert/strict";
import { judge } from "../runtime/measure/judge.ts";
import type { SideName } from "../runtime/model/sides.ts";
import type { NewestAsked } from "../runtime/model/newest.ts";
import type { Scope } from "../runtime/model/scope.ts";
import { backScopes } from "../runtime/model/waves.ts";
import type { NewestReading, NewestRecord } from "../runtime/placement/newest.ts";
import { switchConsumers } from "../runtime/switch/consumers.ts";
import { compareLegs, legsOf, type NewestPort, type Remembered } from "../runtime/switch/newest-records.ts";
import { switchProducers } from "../runtime/switch/producers.ts";
import { inputs, parsed, scope as usual, scopeWithBack, World } from "./switch-world.ts";

/** Changes a record of one side's log, or leaves it out; by the offset that it has there. */
type Change = (record: NewestRecord, side: SideName, name: string) => NewestRecord | null;

interface Options {
  readonly scope?: Scope;
  readonly change?: Change;
  readonly asked?: NewestAsked;
  readonly compacted?: boolean;
  readonly shared?: readonly string[];
  readonly remembered?: Remembered;
  /** Partitions that there is time for, each on both sides. */
  readonly time?: number;
  /** Requests after which there is no answer in time. */
  readonly cut?: number;
  /** What happens between two requests. */
  readonly meanwhile?: (world: World) => void;
}

/** What the world's logs hold: the records of both sides are numbered, and the copies have the numbers of their originals. */
function recordsOf(world: World, side: SideName, name: string): NewestRecord[] {
  let number = 0;
  return world.logs[side].get(name)!.flatMap((kind, offset) => {
    if (kind !== "data") return [];
    number += 1;
    const text = `${name} ${number}`;
    return [
      { offset: BigInt(offset), timestamp: BigInt(number), digest: text, key: text, deletes: false, appended: false },
    ];
  });
}

async function reading(
  world: World,
  options: Options = {},
): Promise<NewestReading & { requests: number; held: number }> {
  const { scope = usual, change = (record) => record, asked = { records: 5 }, meanwhile = () => undefined } = options;
  const { kafka, back } = world.effects();
  let [requests, held, read] = [0, 0, 0];
  const port: NewestPort = {
    now: () => world.now,
    hasTime: () => options.time === undefined || read < options.time,
    logs: async (side) => {
      meanwhile(world);
      return kafka.logs(side);
    },
    read: async (side, ranges) => {
      requests += 1;
      if (requests > (options.cut ?? Number.POSITIVE_INFINITY)) return ranges.map(() => null);
      if (side === "source") read += ranges.length;
      const found = ranges.map(({ topic, partition, from, to }) => {
        const name = `${topic}[${partition}]`;
        const start = world.start(side, name);
        return recordsOf(world, side, name)
          .filter(({ offset }) => offset >= BigInt(start) && offset >= from && offset < to)
          .flatMap((record) => change(record, side, name) ?? []);
      });
      held = Math.max(held, found.flat().length);
      return found;
    },
    scan: async (side, scans) => {
      requests += 1;
      for (const { range, take, enough } of scans) {
        const name = `${range.topic}[${range.partition}]`;
        for (const one of recordsOf(world, side, name)) {
          if (enough()) break;
          const record = one.offset >= range.from && one.offset < range.to ? change(one, side, name) : null;
          if (record) take(record);
        }
      }
      return scans.map(() => requests <= (options.cut ?? Number.POSITIVE_INFINITY));
    },
    compacted: async (_side, topics) => new Set(options.compacted === true ? topics : []),
    pause: async () => world.pass(500),
  };
  const partitions = [...world.logs.source.keys()].map(parsed);
  const legs = legsOf(
    scope,
    partitions,
    world.entries,
    backScopes(scope).map((of) => [of, world.opened] as const),
    {
      forward: async () => new Map(world.copied),
      back: async () => await back!.positions("stable"),
    },
  ).map((leg) => ({ ...leg, shared: new Set([...leg.shared, ...(options.shared ?? [])]) }));
  return { ...(await compareLegs(port, legs, asked, options.remembered ?? new Map())), requests, held };
}

const stop = (world: World) => {
  for (const name of world.connectors.keys()) if (name !== "guide-reverse") world.connectors.set(name, "STOPPED");
};
async function moved(scope = usual): Promise<World> {
  const world = new World();
  await switchProducers(world.effects(), { ...inputs("producers"), scope, starts: true });
  stop(world);
  world.pass(3000);
  return world;
}
async function cameBack(): Promise<World> {
  const world = await moved(scopeWithBack);
  await switchConsumers(world.effects(), { ...inputs("consumers"), scope: scopeWithBack, starts: true });
  world.openWayBack();
  world.pass(5000);
  return world;
}
const at =
  (
    side: SideName,
    name: string,
    which: (record: NewestRecord, all: number) => boolean,
    to: Partial<NewestRecord> | null,
  ): Change =>
  (record, of, where) =>
    of === side && where === name && which(record, 0) ? to && { ...record, ...to } : record;
const verdict = (found: NewestReading, records = 5) =>
  judge({ kind: "newest-equal", records }, { scope: usual, takenAt: 0, newest: { value: found }, ...ids });
const ids = { sourceId: { value: "S" }, targetId: { value: "T" } };
/** The number that a record of a side has. */
const number = ({ digest }: NewestRecord) => Number(digest.split(" ")[1]);

describe("the newest records of both sides", () => {
  it("are compared up to what the mirror has copied, while it copies and producers write", async () => {
    const world = new World();
    const found = await reading(world, { meanwhile: (running) => running.pass(500) });
    assert.deepEqual([found.differing, found.undecided, found.left], [[], [], []]);
    assert.deepEqual([found.equal, found.records, found.empty], [3, 15, 1]);
    assert.match(
      verdict(found).sentence,
      /^15 records, the newest 5 of each of 3 partitions, are the same on both sides; 1 partition without a copied record$/,
    );
  });

  const faults: readonly (readonly [string, Change, RegExp])[] = [
    [
      "another value",
      at("target", "foo[0]", (one) => number(one) === 38, { digest: "x" }),
      /foo\[0\] at offset 37 of the source and at \d+ of the target are not the same: value or headers differ/,
    ],
    [
      "another key",
      at("target", "foo[0]", (one) => number(one) === 38, { digest: "x", key: "y" }),
      /not the same: key differ/,
    ],
    [
      "another timestamp",
      at("target", "foo[0]", (one) => number(one) === 38, { timestamp: 1n }),
      /not the same: timestamp differ/,
    ],
    [
      "no copy of a record",
      at("target", "foo[0]", (one) => number(one) === 38, null),
      /record of foo\[0\] at offset 37 of the source has no copy/,
    ],
    [
      "a copy of nothing",
      at("source", "foo[0]", (one) => number(one) === 38, null),
      /record of foo\[0\] at offset \d+ of the target is the copy of none/,
    ],
    [
      "a copy of nothing, by somebody who is known",
      (record, side, name) => {
        if (name !== "foo[0]" || number(record) !== 38) return record;
        return side === "source" ? null : { ...record, producer: { id: 7n, epoch: 2 } };
      },
      /is the copy of none of the newest on the source, or there twice; producer id 7 epoch 2 wrote it$/,
    ],
    [
      "no copy of the newest",
      at("target", "foo[0]", (one) => number(one) > 39, null),
      /record of foo\[0\] at offset \d+ of the source has no copy/,
    ],
  ];
  for (const [what, change, sentence] of faults) {
    it(`close the gate with both offsets where there is ${what}`, async () => {
      const world = new World();
      world.workloads.get("foo-producer")!.replicas = 0;
      world.pass(10_000);
      const last = recordsOf(world, "source", "foo[0]").length;
      const found = await reading(world, {
        change: (record, side, name) => change({ ...record, digest: `foo ${number(record) - last + 40}` }, side, name),
      });
      const closed = verdict(found);
      assert.equal(closed.open, false);
      assert.match(closed.sentence.replaceAll(String(last - 3), "37"), sentence);
    });
  }

  describe("of a partition that takes more than is held between two looks", () => {
    const fast = (offsets: number) => (world: World) => {
      for (const side of ["source", "target"] as const) {
        const log = world.logs[side].get("foo[0]")!;
        for (let at = 0; at < offsets; at++) log.push("data");
      }
      world.copied.set("foo[0]", BigInt(world.logs.source.get("foo[0]")!.length - 1));
    };
    const still = () => {
      const world = new World();
      world.workloads.get("foo-producer")!.replicas = 0;
      world.pass(10_000);
      return world;
    };
    /** The newest copy when the copies are read in the first look. */
    const newest = (world: World, offsets: number) => recordsOf(world, "source", "foo[0]").length + offsets;

    it("are looked for among all that may have been copied", async () => {
      const found = await reading(still(), { meanwhile: fast(12_000) });
      assert.deepEqual([found.differing, found.undecided, found.left], [[], [], []]);
      assert.deepEqual([found.equal, found.records], [3, 15]);
      assert.ok(found.held < 1_000, `${found.held} records held`);
    });

    it("close the gate where one has no copy, or another one", async () => {
      for (const [change, kind] of [
        [null, "foreign"],
        [{ digest: "x" }, "foreign"],
        [{ timestamp: 1n }, "foreign"],
      ] as const) {
        const world = still();
        const first = newest(world, 12_000);
        const torn = at("target", "foo[0]", (one) => number(one) % 12_000 === (first - 2) % 12_000, change);
        const found = await reading(world, { change: torn, meanwhile: fast(12_000) });
        assert.deepEqual(
          found.differing.map((one) => [one.name, one.kind]),
          [["foo[0]", kind]],
          change === null ? "none" : Object.keys(change).join(),
        );
      }
    });

    it("are looked for up to the source's end where the mirror copies at least once", async () => {
      const world = still();
      world.logs.source.get("foo[0]")!.push(...Array.from({ length: 30_000 }, () => "data" as const));
      const found = await reading(world, { asked: { records: 5, repeats: true } });
      assert.deepEqual([found.undecided, found.equal], [[], 3]);
    });

    it("are those of the reading before where they go too far, and not compared without one", async () => {
      const remembered: Remembered = new Map();
      const world = still();
      const far = (of: World) => void of.copied.set("foo[0]", of.copied.get("foo[0]")! + 1_000_001n);
      assert.deepEqual((await reading(world, { remembered, meanwhile: fast(12_000) })).undecided, []);
      assert.deepEqual((await reading(world, { remembered, meanwhile: far })).undecided, []);
      assert.deepEqual((await reading(world, { meanwhile: far })).undecided, ["foo[0]"]);
    });
  });

  it("are different too where there was no time to look again", async () => {
    const world = new World();
    const last = recordsOf(world, "source", "foo[0]").length;
    const torn = at("target", "foo[0]", (one) => number(one) > last - 9, { digest: "x" });
    const whole = await reading(world, { change: torn });
    assert.ok(whole.requests >= 10, `${whole.requests} requests in five looks`);
    const found = await reading(world, { change: torn, cut: whole.requests / 5 });
    assert.deepEqual([found.differing.map(({ name }) => name), found.undecided], [["foo[0]"], []]);
  });

  it("are those before the ledger's ends once producers have moved, whatever the target has of its own", async () => {
    const world = await moved();
    for (const log of world.logs.target.values()) log.push("data", "data", "data");
    world.copied.clear();
    const found = await reading(world);
    assert.deepEqual([found.differing, found.undecided, found.equal, found.records], [[], [], 3, 15]);
    const end = Number(world.entries[0]!.partitions.find(({ topic }) => topic === "foo")!.sourceEnd);
    const last = recordsOf(world, "source", "foo[0]").filter(({ offset }) => Number(offset) < end).length;
    const torn = await reading(world, { change: at("target", "foo[0]", (one) => number(one) === last, null) });
    assert.deepEqual(
      torn.differing.map(({ name, kind }) => [name, kind]),
      [["foo[0]", "missing"]],
    );
  });

  it("are those that came back too, while a way back is open", async () => {
    const world = await cameBack();
    const found = await reading(world, { scope: scopeWithBack });
    assert.deepEqual([found.differing, found.undecided], [[], []]);
    assert.ok(found.equal > 3, `${found.equal} partitions in both directions`);
    const last = recordsOf(world, "source", "foo[0]").length;
    const torn = await reading(world, {
      scope: scopeWithBack,
      change: at("source", "foo[0]", (one) => number(one) === last, { digest: "x" }),
    });
    assert.deepEqual(
      torn.differing.map(({ name, from }) => [name, from]),
      [["foo[0]", "target"]],
    );
  });

  it("are as many as both sides still hold where retention has removed some", async () => {
    const world = new World();
    world.workloads.get("foo-producer")!.replicas = 0;
    world.pass(10_000);
    world.expire("source", "foo[0]", world.logs.source.get("foo[0]")!.length - 2);
    const found = await reading(world);
    assert.deepEqual([found.differing, found.equal, found.records], [[], 3, 12]);
    world.expire("source", "foo[0]", world.logs.source.get("foo[0]")!.length);
    assert.deepEqual((await reading(world)).left, ["foo[0]"]);
  });

  it("lack what compaction has removed, and no key that nothing has replaced", async () => {
    const world = new World();
    world.pass(10_000);
    world.workloads.get("foo-producer")!.replicas = 0;
    world.pass(10_000);
    const last = recordsOf(world, "source", "foo[0]").length;
    // Two keys in turn.
    const keyed: Change = (record, _side, name) =>
      name === "foo[0]" ? { ...record, key: `k${number(record) % 2}` } : record;
    const without =
      (...numbers: number[]): Change =>
      (record, side, name) =>
        side === "target" && name === "foo[0]" && numbers.includes(number(record)) ? null : keyed(record, side, name);
    const compacted = { compacted: true, asked: { records: 5 } };
    assert.deepEqual((await reading(world, { ...compacted, change: without(last - 2, last - 3) })).differing, []);
    const lost = await reading(world, { ...compacted, change: without(last) });
    assert.deepEqual(
      lost.differing.map(({ name, original }) => [name, original]),
      [["foo[0]", BigInt(world.logs.source.get("foo[0]")!.length - 1)]],
    );
    const alone: Change = (record, side, name) => {
      const only = name === "foo[0]" && number(record) === last - 1;
      return only ? (side === "target" ? null : { ...record, key: "only" }) : keyed(record, side, name);
    };
    const gone = await reading(world, { ...compacted, change: alone });
    assert.deepEqual(
      gone.differing.map(({ kind, original }) => [kind, original]),
      [["missing", BigInt(world.logs.source.get("foo[0]")!.length - 2)]],
    );
  });

  it("may be there twice where the mirror copies at least once, but none may be missing", async () => {
    const world = new World();
    world.workloads.get("foo-producer")!.replicas = 0;
    world.pass(10_000);
    const last = recordsOf(world, "source", "foo[0]").length;
    // Numbers 1 … last-1, last-2, last-1, last on the target.
    const again: Change = (record, side, name) =>
      side === "target" && name === "foo[0]" && number(record) > last - 3
        ? { ...record, digest: `foo[0] ${number(record)}`, timestamp: record.timestamp }
        : record;
    world.logs.target.get("foo[0]")!.push("data", "data");
    const twice: Change = (record, side, name) => {
      if (side !== "target" || name !== "foo[0]" || number(record) <= last) return again(record, side, name);
      const former = number(record) - 2;
      return { ...record, digest: `foo[0] ${former}`, key: `foo[0] ${former}`, timestamp: BigInt(former) };
    };
    assert.equal((await reading(world, { change: twice })).differing.length, 1);
    const allowed = { asked: { records: 5, repeats: true } as const };
    assert.deepEqual((await reading(world, { ...allowed, change: twice })).differing, []);
    const torn: Change = (record, side, name) =>
      number(record) === last - 1 && side === "target" ? null : twice(record, side, name);
    assert.equal(
      (
        await reading(world, {
          ...allowed,
          change: (one, ...of) =>
            number(one) === last + 1 && of[0] === "target" && of[1] === "foo[0]" ? null : torn(one, ...of),
        })
      ).differing.length,
      1,
    );
  });

  it("lie among those of others where an earlier wave writes on the target already", async () => {
    const world = new World();
    world.workloads.get("foo-producer")!.replicas = 0;
    world.pass(10_000);
    const last = recordsOf(world, "source", "foo[0]").length;
    const between: Change = (record, side, name) =>
      side === "target" && name === "foo[0]" && number(record) === last
        ? { ...record, digest: `foo[0] ${last}` }
        : record;
    world.logs.target.get("foo[0]")!.push("data");
    assert.equal((await reading(world, { change: between })).differing.length, 1);
    assert.deepEqual((await reading(world, { change: between, shared: ["foo"] })).differing, []);
    const torn = at("target", "foo[0]", (one) => number(one) === last - 1, null);
    assert.equal((await reading(world, { change: torn, shared: ["foo"] })).differing.length, 1);
  });

  it("are asked of all partitions together, and of no more at a time than there is room for", async () => {
    const many = Object.fromEntries(Array.from({ length: 6_000 }, (_, at) => [`foo[${at}]`, 30]));
    const world = new World(usual, { ...many, "orders[0]": 5, "orders[1]": 5, "empty[0]": 0 });
    world.pass(3000);
    const found = await reading(world, { asked: { records: 2 } });
    assert.deepEqual([found.differing, found.undecided, found.equal], [[], [], 6_002]);
    assert.ok(found.requests <= 12, `${found.requests} requests`);
    assert.ok(found.held <= 2_500 * 20, `${found.held} records at a time`);
  });

  it("are compared in turns where there is no time for all of them, and the gate waits until each was", async () => {
    const many = Object.fromEntries(Array.from({ length: 6_000 }, (_, at) => [`foo[${at}]`, 3]));
    const world = new World(usual, { ...many, "orders[0]": 5, "orders[1]": 5, "empty[0]": 0 });
    const remembered: Remembered = new Map();
    const once = () => reading(world, { remembered, time: 1, asked: { records: 2 } });
    const first = await once();
    assert.ok(first.undecided.length > 0 && !verdict(first).open);
    await once();
    const last = await once();
    assert.deepEqual([last.undecided, last.equal], [[], 6_002]);
  });
});
