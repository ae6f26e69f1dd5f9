import assert from "node:assert/strict";
import { doubt } from "../runtime/model/attestation.ts";
import type { LedgerEntry } from "../runtime/model/ledger.ts";
import { exportText, heldBack, positionsOf, type Keeper } from "../runtime/model/own-positions.ts";
import type { Scope } from "../runtime/model/scope.ts";
import type { SwitchInputs } from "../runtime/model/inputs.ts";
import { switchConsumers } from "../runtime/switch/consumers.ts";
import { returnGroups } from "../runtime/switch/group-return.ts";
import { assertFenced, assertUntouched, backPatience, producersMoved } from "./support/switch-asserts.ts";
import { inputs, scope, World } from "./switch-world.ts";

const says = (at: string) => ({ by: "ada", at, words: "the savepoint has the new offsets" });
const flink: Keeper = { name: "orders-job", groups: ["flink"], positions: "own" };
const said = (at: string): Keeper => ({ ...flink, positionsApplied: says(at) });
const now = Date.parse("2026-11-21T12:00:00Z");

const entry = (number: number, hour: number, more: Partial<LedgerEntry> = {}): LedgerEntry => ({
  ...{ number, switch: "consumers", row: "move-consumers", voids: null, sourceClusterId: "S", targetClusterId: "T" },
  writtenAt: `2026-11-21T0${hour}:00:00.000Z`,
  partitions: [],
  groups: [{ group: "flink", topic: "orders", partition: 0, committed: "7", placed: "9" }],
  ...more,
});
const returned = entry(2, 5, { voids: 1, voidOnly: true });
const undone = entry(2, 5, { voids: 1, voidOnly: true, groups: [] });
/** Written because another group was read on the source since. */
const again = entry(2, 5, {
  voids: 1,
  groups: [...entry(1, 3).groups, { group: "others", topic: "orders", partition: 0, committed: "8", placed: "11" }],
});

const inWave = (number: number, wave: string, groups = entry(1, 3).groups, more: Partial<LedgerEntry> = {}) =>
  entry(number, 3, { switch: "applications", wave, groups, ...more });

describe("a consumer that keeps its own positions", () => {
  const nobody = "the config does not say that they were applied";
  // prettier-ignore
  const cases: readonly [when: string, consumer: Keeper, entries: readonly LedgerEntry[], held: null | readonly [number, string, string]][] = [
    ["it has not moved",                                   flink,                        [],                      null],
    ["it was placed and nobody has said anything",         flink,                        [entry(1, 3)],           [1, "target", nobody]],
    ["somebody has said so since",                         said("2026-11-21T04:00:00Z"), [entry(1, 3)],           null],
    ["somebody had said so before it was placed",          said("2026-11-21T02:00:00Z"), [entry(1, 3)],           [1, "target", "what ada attests was seen at 2026-11-21T02:00:00Z, before ledger entry 1 was written at 2026-11-21T03:00:00.000Z; look again"]],
    ["what is said lies in the future",                    said("2026-11-22T02:00:00Z"), [entry(1, 3)],           [1, "target", "what ada attests lies in the future (2026-11-22T02:00:00Z)"]],
    ["it is placed again where it was",                    said("2026-11-21T04:00:00Z"), [entry(1, 3), again],    null],
    ["it is placed again elsewhere",                       said("2026-11-21T04:00:00Z"), [entry(1, 3), entry(2, 5, { voids: 1, groups: [{ ...entry(1, 3).groups[0]!, placed: "12" }] })], [2, "target", "what ada attests was seen at 2026-11-21T04:00:00Z, before ledger entry 2 was written at 2026-11-21T05:00:00.000Z; look again"]],
    ["its move was undone",                                said("2026-11-21T04:00:00Z"), [entry(1, 3), undone],   null],
    ["it goes back before it was given any",               flink,                        [entry(1, 3), returned], null],
    ["it goes back with what it was given",                said("2026-11-21T04:00:00Z"), [entry(1, 3), returned], [2, "source", "what ada attests was seen at 2026-11-21T04:00:00Z, before ledger entry 2 was written at 2026-11-21T05:00:00.000Z; look again"]],
    ["it has got those of the way back",                   said("2026-11-21T06:00:00Z"), [entry(1, 3), returned], null],
    ["another wave has moved since it was placed",         flink,                        [inWave(1, "orders"), inWave(2, "mail", [])], [1, "target", nobody]],
    ["the move of its wave was undone",                    flink,                        [inWave(1, "orders"), inWave(2, "mail", []), inWave(3, "orders", [], { voids: 1, voidOnly: true })], null],
    ["its group's position counts",                        { ...flink, positions: "group" }, [entry(1, 3)],       null],
    ["other groups moved",                                 { ...flink, groups: ["others"] }, [entry(1, 3)],       null],
  ];
  for (const [when, consumer, entries, held] of cases) {
    it(`${held === null ? "may start" : "is held"} when ${when}`, () => {
      const found = heldBack([consumer], entries, now).map((one) => [one.entry.number, one.side, one.reason]);
      assert.deepEqual(found, held === null ? [] : [held]);
    });
  }

  it("is believed by the clock of whoever looked, which may be a minute off", () => {
    assert.equal(doubt(says("2026-11-21T12:00:59Z"), null, now), null);
    assert.match(doubt(says("2026-11-21T12:01:01Z"), null, now)!, /lies in the future/);
    assert.match(doubt(says("yesterday"), null, now)!, /is no ISO 8601 time/);
  });

  it("speaks for its group, whatever another consumer of the same group says", () => {
    const consumer = { role: "consumer", kind: "Deployment", kubernetes: { namespace: "demo" } } as const;
    const { positions: own, ...silent } = flink;
    const of = (...consumers: Keeper[]): Pick<Scope, "workloads" | "externals"> => ({
      workloads: consumers.map((one) => ({ ...consumer, ...one })),
      externals: [{ name: "vm", role: "consumer", groups: ["others"], topics: [], positions: "group" }],
    });
    assert.equal(
      positionsOf(of(silent, { ...flink, name: "two" }, { ...flink, name: "three", positions: "group" }), "flink"),
      own,
    );
    assert.equal(positionsOf(of(silent), "flink"), undefined);
    assert.equal(positionsOf(of(silent), "others"), "group");
  });

  it("is given each offset with the time of the record there and with the offset that it stands for", () => {
    const at = { group: "flink", topic: "orders", committed: "7", placed: "9" };
    const positions = [
      { ...at, partition: 0, timestamp: 1_763_719_200_000n },
      { ...at, partition: 3, committed: null, timestamp: null },
    ];
    assert.deepEqual(JSON.parse(exportText(entry(4, 3), "target", positions)), {
      ledgerEntry: 4,
      writtenAt: "2026-11-21T03:00:00.000Z",
      side: "target",
      groups: {
        flink: {
          orders: {
            0: { offset: "9", timestamp: "2025-11-21T10:00:00.000Z", former: "7" },
            3: { offset: "9", timestamp: null, former: null },
          },
        },
      },
    });
  });
});

describe("a move with a consumer that keeps its own positions", () => {
  /** The scope with `orders-consumer` as one of them. */
  const moving = (what: Partial<SwitchInputs>, applied?: string): SwitchInputs => ({
    ...inputs("consumers"),
    starts: true,
    ...what,
    scope: {
      ...scope,
      workloads: scope.workloads.map((workload) =>
        workload.name === "orders-consumer"
          ? { ...workload, positions: "own", ...(applied && { positionsApplied: says(applied) }) }
          : workload,
      ),
    },
  });
  const later = "2020-01-02T00:00:00Z";
  const stopped = new RegExp(
    [
      /^Error: phase "move-consumers": consumers that keep their own positions stay stopped: orders-consumer \(the config does not say that they /,
      /were applied\)\. Their positions on the target are those of ledger entry 2: kubectl -n demo get configmap guide-record /,
      /-o jsonpath='\{\.data\.positions\}'\. Put them into the consumers' own stores, say so under workloads with positionsApplied/,
    ]
      .map(({ source }) => source)
      .join(""),
  );

  it("starts the others, writes its positions down and leaves it stopped", async () => {
    const world = await producersMoved();
    await assert.rejects(switchConsumers(world.effects(), moving({})), stopped);
    assertFenced(world, { "orders-consumer": 1 });
    assertUntouched(world, { "foo-consumer": 1 });
    const { ledgerEntry, side, groups } = JSON.parse(world.published!);
    assert.deepEqual([ledgerEntry, side, Object.keys(groups)], [2, "target", ["orders-consumer"]]);
    const { groups: placed } = world.entries[1]!;
    const one = placed.find(({ topic, partition }) => topic === "orders" && partition === 1)!;
    const { offset, former } = groups["orders-consumer"].orders[1];
    assert.deepEqual([offset, former], [one.placed, one.committed]);
  });

  it("starts it once somebody has said that it has got them", async () => {
    const world = await producersMoved();
    await assert.rejects(switchConsumers(world.effects(), moving({})), stopped);
    await assert.rejects(switchConsumers(world.effects(), moving({}, "2019-12-31T00:00:00Z")), /before ledger entry 2/);
    assertFenced(world, { "orders-consumer": 1 });
    const entry = await switchConsumers(world.effects(), moving({}, later));
    assert.equal(entry.number, 2);
    assertUntouched(world, { "foo-consumer": 1, "orders-consumer": 1 });
  });

  it("puts it back with the others where the move fails before the first start", async () => {
    const world = await producersMoved();
    let refused = false;
    const refusing = world.effects((_, what) => (what === "point" && !refused ? ((refused = true), "error") : null));
    await assert.rejects(switchConsumers(refusing, moving({})), /point refused/);
    assertUntouched(world, { "foo-consumer": 1, "orders-consumer": 1 });
    assert.deepEqual([world.side.consumer, world.published], ["source", null]);
    await assert.rejects(switchConsumers(world.effects(), moving({})), /stay stopped: orders-consumer/);
  });

  const exact = { offsets: "exact" } as const;
  const goesBack = async (applied?: string): Promise<{ world: World; failed: string | null }> => {
    const world = new World();
    await assert.rejects(switchConsumers(world.effects(), moving(exact)), /stay stopped: orders-consumer/);
    if (applied !== undefined) await switchConsumers(world.effects(), moving(exact, applied));
    world.published = null;
    const { scope: own } = moving(exact, applied);
    const failed = await returnGroups(world.effects(), own, world.entries.at(-1)!, "mirror", backPatience).then(
      () => null,
      (error: Error) => error.message,
    );
    return { world, failed };
  };

  it("goes back as it is where it was never given any", async () => {
    const { world, failed } = await goesBack();
    assert.equal(failed, null);
    assert.equal(world.published, null);
    assertUntouched(world, { "foo-consumer": 1, "orders-consumer": 1 });
  });

  it("is held on the way back too, with its positions on the source", async () => {
    // The model's entries are of 2020; what was said then is older than the entry of the way back.
    const world = new World();
    await assert.rejects(switchConsumers(world.effects(), moving(exact)), /stay stopped: orders-consumer/);
    await switchConsumers(world.effects(), moving(exact, later));
    world.writtenAt = "2020-01-03T00:00:00.000Z";
    const { scope: own } = moving(exact, later);
    await assert.rejects(
      returnGroups(world.effects(), own, world.entries.at(-1)!, "mirror", backPatience),
      /^Error: the groups are back on the source \(ledger entry 2\), but the consumers do not run there yet: consumers that keep their own positions stay stopped: orders-consumer \(what ada attests was seen at 2020-01-02T00:00:00Z, before ledger entry 2 .* Their positions on the source are/,
    );
    assertFenced(world, { "orders-consumer": 1 });
    assertUntouched(world, { "foo-consumer": 1 });
    assert.deepEqual([world.side.consumer, JSON.parse(world.published!).side], ["source", "source"]);
  });
});
