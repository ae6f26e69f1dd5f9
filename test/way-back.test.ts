import assert from "node:assert/strict";
import { liveEntry } from "../runtime/model/ledger-text.ts";
import { Refused } from "../runtime/model/refused.ts";
import { closeWayBack } from "../runtime/switch/close-way-back.ts";
import { switchConsumers } from "../runtime/switch/consumers.ts";
import { returnGroups } from "../runtime/switch/group-return.ts";
import { returnProducers, type BackEffects } from "../runtime/switch/producer-return.ts";
import { switchProducers } from "../runtime/switch/producers.ts";
import { inputs, scopeWithBack as scope, World } from "./switch-world.ts";

type Fate = "error" | "kill" | "kill-after";

const patience = { stopSeconds: 30, fenceSeconds: 20, drainSeconds: 30, startSeconds: 30 };
const partitions = ["foo[0]", "orders[0]", "orders[1]"];

const effectsOf = (world: World, at = 0, fate: Fate = "error") =>
  world.effects((change) => (change === at ? fate : null)) as BackEffects;

/** What the end of a row does with the mirror. */
const mirror = (world: World, state: string) =>
  ["guide-source-all", "guide-checkpoint", "guide-heartbeat"].forEach((name) => world.connectors.set(name, state));

async function forward(world: World): Promise<void> {
  await switchProducers(world.effects(), { ...inputs("producers"), scope, starts: true });
  mirror(world, "STOPPED");
  world.pass(3000);
  await switchConsumers(world.effects(), { ...inputs("consumers"), scope, starts: true });
  world.openWayBack();
  world.pass(5000);
}

async function moved(): Promise<World> {
  const world = new World();
  await forward(world);
  return world;
}

const groupsBack = (world: World, effects = effectsOf(world)) =>
  returnGroups(effects, scope, liveEntry(world.entries, "consumers")!, "mirror", patience, {
    viaBack: () => true,
  });

const groupsBackWithin = (world: World, stopSeconds: number) =>
  returnGroups(effectsOf(world), scope, liveEntry(world.entries, "consumers")!, "mirror", { ...patience, stopSeconds });

const producersBack = (world: World, effects = effectsOf(world)) =>
  returnProducers(effects, scope, liveEntry(world.entries, "producers")!, "mirror", patience);

/** What the row that is gone back to does at its end: the mirror back is removed, the mirror runs. */
function arrived(world: World): void {
  world.connectors.delete("guide-reverse");
  world.opened = null;
  mirror(world, "RUNNING");
}

async function back(world: World): Promise<void> {
  await groupsBack(world);
  world.pass(2000);
  await producersBack(world);
  arrived(world);
  world.pass(3000);
}

/** Where the producers write, every record of one side is on the other, once: but for what the mirror has yet to copy. */
function assertSame(world: World): void {
  for (const name of partitions) {
    const [source, target] = [world.records("source", name), world.records("target", name)];
    assert.ok(Math.abs(source - target) <= 1, `${name}: ${source} on the source, ${target} on the target`);
  }
}

/** Committed offsets of the groups on a side, as numbers of records that they have read. */
function readOn(world: World, side: "source" | "target", group: string, name: string): number {
  const at = Number(world.committed[side].get(group)?.get(name) ?? 0n);
  return world.logs[side]
    .get(name)!
    .slice(0, at)
    .filter((kind) => kind === "data").length;
}

describe("the way back after both moves", () => {
  it("takes the groups to what came back, and the producers once everything has", async () => {
    const world = await moved();
    const written = world.records("target", "foo[0]");
    assert.ok(written > 50, `${written} records`);
    world.lagging = true;
    const read = readOn(world, "target", "foo-consumer", "foo[0]");
    await groupsBack(world);
    assert.equal(readOn(world, "source", "foo-consumer", "foo[0]"), read);
    assert.equal(world.side.consumer, "source");
    assert.equal(world.side.producer, "target", "producers go on meanwhile");
    world.lagging = false;
    await producersBack(world);
    assert.equal(world.side.producer, "source");
    assert.equal(world.connectors.get("guide-reverse"), "STOPPED");
    assert.equal(liveEntry(world.entries, "producers"), null);
    assert.equal(liveEntry(world.entries, "consumers"), null);
    arrived(world);
    world.pass(3000);
    assertSame(world);
    assert.ok(world.records("source", "foo[0]") > written);
  });

  it("gives the groups' pods the time that the config gives them to stop", async () => {
    const world = await moved();
    await assert.rejects(groupsBackWithin(world, 0), /still there after 0 s; .* or raise stopSeconds/);
    assert.equal(world.side.consumer, "target");
    world.pass(3000);
    await groupsBackWithin(world, 5);
    assert.equal(world.side.consumer, "source");
  });

  /** The marker of a transaction, which is nothing to copy back, has expired with all before it. */
  function expired(world: World): string {
    const log = world.logs.target.get("foo[0]")!;
    world.copiedBack.set("foo[0]", BigInt(log.length - 1));
    log.push("marker");
    world.expire("target", "foo[0]", log.length);
    return String(log.length);
  }

  it("stops nobody where retention on the target may have overtaken the mirror back", async () => {
    const world = await moved();
    await groupsBack(world);
    expired(world);
    const lines = world.lines.length;
    await assert.rejects(
      producersBack(world),
      /retention overtook the mirror in foo\[0\].*then name the partition under gaps \(topic, partition, side: target, to:/,
    );
    assert.ok(world.lines.slice(lines).every((line) => !line.includes("at 0 pods")));
  });

  for (const [why, accepted] of [
    [
      "the config accepts it",
      (to: string) => ({ gaps: [{ topic: "foo", partition: 0, to, side: "target" as const }] }),
    ],
    ["only readers delete there", () => ({ purged: ["foo"] })],
  ] as const)
    it(`goes on although a log of the target begins behind the mirror back, where ${why}`, async () => {
      const world = await moved();
      await groupsBack(world);
      const of = { ...scope, mirror: { ...scope.mirror!, ...accepted(expired(world)) } };
      await returnProducers(effectsOf(world), of, liveEntry(world.entries, "producers")!, "mirror", patience);
      assert.equal(world.side.producer, "source");
    });

  it("takes groups to their place in partitions that owners have added since", async () => {
    const world = await moved();
    for (const side of ["source", "target"] as const) world.logs[side].set("orders[2]", ["data", "data", "data"]);
    world.openedBy.set("", {
      ...world.openedBy.get("")!,
      from: new Map([...world.openedBy.get("")!.from, ["orders[2]", { source: 0n, target: 0n }]]),
    });
    world.committed.target.get("orders-consumer")!.set("orders[2]", 2n);
    await groupsBack(world);
    // It reads on until it is stopped.
    assert.equal(world.committed.source.get("orders-consumer")!.get("orders[2]"), 3n);
  });

  it("leaves out groups and topics that the config has left out since", async () => {
    const world = await moved();
    world.committed.target.delete("orders-consumer");
    const without = {
      ...scope,
      topics: scope.topics.filter((topic) => topic !== "orders"),
      groups: scope.groups.filter(({ name }) => name !== "orders-consumer"),
    };
    const entry = liveEntry(world.entries, "consumers")!;
    assert.ok(entry.groups.some(({ group }) => group === "orders-consumer"));
    const back = await returnGroups(effectsOf(world), without, entry, "mirror", patience, { viaBack: () => true });
    assert.deepEqual([...new Set(back.groups.map(({ group }) => group))], ["foo-consumer"]);
  });

  it("names a topic that is gone from the source, and stops nobody", async () => {
    const world = await moved();
    const effects = effectsOf(world);
    const logs: typeof effects.kafka.logs = (side) =>
      side === "source"
        ? Promise.reject(new Error("topic foo does not exist on the source"))
        : effects.kafka.logs(side);
    let stopped = false;
    const scale: typeof effects.workloads.scale = (...args) => {
      stopped = true;
      return effects.workloads.scale(...args);
    };
    const gone = { ...effects, kafka: { ...effects.kafka, logs }, workloads: { ...effects.workloads, scale } };
    await assert.rejects(
      groupsBack(world, gone),
      /^Error: groups cannot go back .*topic foo does not exist on the source/,
    );
    assert.equal(stopped, false);
  });

  it("begins although producers write, and the mirror back copies, while the target is read", async () => {
    const world = await moved();
    await groupsBack(world);
    const effects = effectsOf(world);
    const slowly = {
      ...effects,
      kafka: {
        ...effects.kafka,
        logs: async (side: "source" | "target") => {
          const found = await effects.kafka.logs(side);
          world.pass(2000);
          return found;
        },
      },
    };
    await producersBack(world, slowly);
    assert.equal(world.side.producer, "source");
    assert.equal(liveEntry(world.entries, "producers"), null);
  });

  it("can be gone as often as needed, with nothing copied in a circle", async () => {
    const world = await moved();
    for (let leg = 0; leg < 3; leg++) {
      await back(world);
      assertSame(world);
      await forward(world);
      assertSame(world);
    }
    assert.equal(world.entries.length, 2 + 3 * 4);
  });

  it("waits for what a group has read and the mirror back has not copied", async () => {
    const world = await moved();
    world.stuckBack = "foo[0]";
    world.pass(3000);
    const effects = effectsOf(world);
    const { pause } = effects.pace;
    let pauses = 0;
    const place = effects.back.place.bind(effects.back);
    const slow: BackEffects = {
      ...effects,
      back: {
        ...effects.back,
        place: async (positions) => {
          if (++pauses > 3) world.stuckBack = null;
          return place(positions);
        },
      },
      pace: { ...effects.pace, pause },
    };
    await groupsBack(world, slow);
    assert.ok(pauses > 3);
    assert.equal(world.side.consumer, "source");
  });

  it("leaves everything as it was while the mirror back cannot drain", async () => {
    const world = await moved();
    world.stuckBack = "foo[0]";
    world.pass(3000);
    await assert.rejects(
      producersBack(world),
      /producers cannot go back to the source: foo\[0\] has \d+ records left to mirror, 0 allowed after 30 s\. They write on the target as before/,
    );
    assert.equal(world.side.producer, "target");
    assert.equal(world.connectors.get("guide-reverse"), "RUNNING");
    assert.equal(world.workloads.get("foo-producer")!.replicas, 1);
    assert.notEqual(liveEntry(world.entries, "producers"), null);
    world.stuckBack = null;
    await producersBack(world);
    assert.equal(world.side.producer, "source");
  });

  it("has the mirror back running again when it was stopped for nothing", async () => {
    const world = await moved();
    world.logs.source.get("orders[0]")!.push("data");
    await assert.rejects(
      producersBack(world),
      /orders\[0\] holds 14 records since, the target 13;.*and the mirror back runs again/,
    );
    assert.equal(world.connectors.get("guide-reverse"), "RUNNING");
    assert.equal(world.side.producer, "target");
    const before = world.records("target", "foo[0]");
    world.pass(3000);
    assert.ok(world.records("target", "foo[0]") > before, "the producers write again");
  });

  it("is refused before anybody stops while the mirror runs beside the mirror back", async () => {
    const world = await moved();
    world.connectors.set("guide-source-all", "RUNNING");
    let scaled = false;
    const effects = world.effects((_, what) => ((scaled ||= what === "scale"), null)) as BackEffects;
    await assert.rejects(producersBack(world, effects), /guide-source-all runs beside the mirror back/);
    assert.ok(!scaled);
  });

  it("sets the mirror's positions before the entry says that the producers are back", async () => {
    const world = await moved();
    const order: string[] = [];
    const effects = world.effects((_, what) => (order.push(what), null)) as BackEffects;
    await producersBack(world, effects);
    assert.ok(order.indexOf("setOffsets") < order.indexOf("append"), order.join(", "));
    assert.ok(order.indexOf("append") < order.indexOf("point"), order.join(", "));
  });

  describe("wherever it is torn apart", () => {
    let changes = 0;
    before(async () => {
      const world = await moved();
      const effects = world.effects((change) => ((changes = change), null)) as BackEffects;
      await producersBack(world, effects);
      assert.ok(changes > 8, `${changes} changes`);
    });

    for (const fate of ["error", "kill", "kill-after"] as const) {
      it(`goes on with the next update: ${fate}`, async () => {
        for (let at = 1; at <= changes; at++) {
          const world = await moved();
          await producersBack(world, effectsOf(world, at, fate)).catch(() => undefined);
          world.pass(3000);
          if (liveEntry(world.entries, "producers") !== null) await producersBack(world);
          // The entry is void: what the row does at its end starts who has not come up.
          world.startOn("source", "producer");
          arrived(world);
          world.pass(4000);
          assertSame(world);
          const before = world.records("source", "foo[0]");
          world.pass(3000);
          assert.ok(world.records("source", "foo[0]") > before, `change ${at}: nobody writes on the source`);
          await forward(world);
          assertSame(world);
        }
      });
    }
  });
});

describe("the end of the way back", () => {
  it("records up to where both sides hold the same, and stops the mirror back for good", async () => {
    const world = await moved();
    const former = liveEntry(world.entries, "producers")!;
    const entry = await closeWayBack(effectsOf(world), scope, former, { row: "close", fenceSeconds: 20 });
    assert.equal(world.connectors.get("guide-reverse"), "STOPPED");
    assert.deepEqual(world.stopped.includes("guide-reverse"), false, "no later switch resumes it");
    assert.equal(liveEntry(world.entries, "producers"), entry);
    assert.equal(entry.closing, true);
    for (const { topic, partition, sourceEnd, targetEnd } of entry.partitions) {
      const name = `${topic}[${partition}]`;
      const data = (side: "source" | "target", end: string) =>
        world.logs[side]
          .get(name)!
          .slice(0, Number(end))
          .filter((kind) => kind === "data").length;
      assert.equal(Number(sourceEnd), world.logs.source.get(name)!.length, name);
      assert.equal(data("source", sourceEnd), data("target", targetEnd), name);
    }
  });

  it("is refused, with the mirror back running on, while the source holds somebody else's records", async () => {
    const world = await moved();
    world.logs.source.get("orders[0]")!.push("data");
    const entry = liveEntry(world.entries, "producers")!;
    await assert.rejects(
      closeWayBack(effectsOf(world), scope, entry, { row: "close", fenceSeconds: 20 }),
      (error: unknown) => error instanceof Refused && error.kind === "source-has-other",
    );
    assert.equal(world.connectors.get("guide-reverse"), "RUNNING");
  });
});
