import assert from "node:assert/strict";
import type { Scope } from "../runtime/model/scope.ts";
import { switchConsumers } from "../runtime/switch/consumers.ts";
import { switchProducers } from "../runtime/switch/producers.ts";
import { copyStragglers, unreadStragglers } from "../runtime/switch/stragglers.ts";
import { inputs, scope, World } from "./switch-world.ts";

const accepting = (to: number): Scope => ({ ...scope, stragglers: [{ topic: "foo", partition: 0, to: String(to) }] });
const end = (world: World, side: "source" | "target" = "source") => world.logs[side].get("foo[0]")!.length;

/** The mirror runs again as `MirrorState` stops it. */
async function producersMoved(): Promise<World> {
  const world = new World();
  await switchProducers(world.effects(), inputs("producers"));
  for (const name of world.connectors.keys()) world.connectors.set(name, "STOPPED");
  world.startOn("target", "producer");
  world.pass(3000);
  return world;
}

function roguesWrite(world: World, records: number): void {
  for (let each = 0; each < records; each += 1) world.logs.source.get("foo[0]")!.push("data");
}

describe("stragglers", () => {
  it("that groups have yet to read on the source are left to them, and the switch waits for them", async () => {
    const world = await producersMoved();
    roguesWrite(world, 5);
    const accepted = accepting(end(world));
    await assert.doesNotReject(copyStragglers(world.effects(), accepted, world.entries));
    assert.equal(world.connectors.get("guide-source-all"), "STOPPED");
    const consumers = { ...inputs("consumers"), scope: accepted };
    const entry = await switchConsumers(world.effects(), consumers);
    assert.equal(entry.groups.find(({ topic }) => topic === "foo")!.committed, String(end(world)));
    assert.deepEqual(unreadStragglers(accepted, world.entries), []);
  });

  it("that no group has read are copied, and those that were read are passed over", async () => {
    const world = await producersMoved();
    roguesWrite(world, 5);
    const read = end(world);
    await switchConsumers(world.effects(), { ...inputs("consumers"), scope: accepting(read) });
    roguesWrite(world, 3);
    Object.assign(world.workloads.get("foo-producer")!, { replicas: 0, pods: 0 });
    const accepted = accepting(end(world));
    assert.deepEqual(unreadStragglers(accepted, world.entries), [
      { topic: "foo", partition: 0, from: BigInt(read), to: BigInt(end(world)) },
    ]);
    const before = world.records("target", "foo[0]");
    await copyStragglers(world.effects(), accepted, world.entries);
    assert.equal(world.records("target", "foo[0]") - before, 3);
    assert.equal(world.connectors.get("guide-source-all"), "STOPPED");
    await copyStragglers(
      world.effects(() => {
        throw new Error("nothing is left to do");
      }),
      accepted,
      world.entries,
    );
  });

  it("of one partition do not take along what groups have read in another", async () => {
    const world = await producersMoved();
    roguesWrite(world, 5);
    const foo = { topic: "foo", partition: 0, to: String(end(world)) };
    await switchConsumers(world.effects(), { ...inputs("consumers"), scope: { ...scope, stragglers: [foo] } });
    for (const name of ["foo-producer", "orders-producer"]) {
      Object.assign(world.workloads.get(name)!, { replicas: 0, pods: 0 });
    }
    const orders = world.logs.source.get("orders[0]")!;
    orders.push("data", "data", "data");
    const both = { ...scope, stragglers: [foo, { topic: "orders", partition: 0, to: String(orders.length) }] };
    const before = ["foo[0]", "orders[0]"].map((name) => world.records("target", name));
    await copyStragglers(world.effects(), both, world.entries);
    const grown = ["foo[0]", "orders[0]"].map((name, index) => world.records("target", name) - before[index]!);
    assert.deepEqual(grown, [0, 3]);
  });

  it("are not copied while the source has more that nobody has accepted: the mirror would copy that too", async () => {
    const world = await producersMoved();
    await switchConsumers(world.effects(), inputs("consumers"));
    roguesWrite(world, 2);
    const accepted = accepting(end(world));
    world.logs.source.get("orders[1]")!.push("marker");
    world.logs.source.get("orders[0]")!.push("data");
    await assert.rejects(
      copyStragglers(world.effects(), accepted, world.entries),
      /the source has more that are not accepted: orders\[0\] \d+\.\.\d+; the mirror would copy that too\. Nothing was resumed/,
    );
    assert.equal(world.connectors.get("guide-source-all"), "STOPPED");
  });

  it("are told apart from records that came while they were copied", async () => {
    const world = await producersMoved();
    await switchConsumers(world.effects(), inputs("consumers"));
    roguesWrite(world, 2);
    const accepted = accepting(end(world));
    world.stranger = "orders[0]";
    await assert.rejects(
      copyStragglers(world.effects(), accepted, world.entries),
      /with the stragglers the mirror copied records that came while it ran: orders\[0\] /,
    );
  });

  it("are not copied by a mirror whose positions Connect did not take", async () => {
    const world = await producersMoved();
    roguesWrite(world, 5);
    await switchConsumers(world.effects(), { ...inputs("consumers"), scope: accepting(end(world)) });
    roguesWrite(world, 3);
    const effects = world.effects();
    const deaf = { ...effects, connect: { ...effects.connect, setOffsets: async () => undefined } };
    await assert.rejects(
      copyStragglers(deaf, accepting(end(world)), world.entries),
      /Connect did not take the mirror's positions: foo\[0\] \d+ instead of \d+; nothing was resumed/,
    );
    assert.equal(world.connectors.get("guide-source-all"), "STOPPED");
  });

  it("of groups that moved first are all copied", async () => {
    const world = new World();
    await switchConsumers(world.effects(), inputs("consumers", "exact"));
    world.startOn("target", "consumer");
    const producers = await switchProducers(world.effects(), inputs("producers"));
    world.startOn("target", "producer");
    const written = BigInt(producers.partitions.find(({ topic }) => topic === "foo")!.sourceEnd);
    roguesWrite(world, 4);
    assert.deepEqual(unreadStragglers(accepting(end(world)), world.entries), [
      { topic: "foo", partition: 0, from: written, to: written + 4n },
    ]);
  });

  it("leave the mirror stopped where it cannot copy them", async () => {
    const world = await producersMoved();
    await switchConsumers(world.effects(), inputs("consumers"));
    roguesWrite(world, 2);
    world.stuck = "foo[0]";
    await assert.rejects(
      copyStragglers(world.effects(), accepting(end(world)), world.entries),
      /the mirror has not copied the stragglers of foo\[0\] within 120 s/,
    );
    assert.equal(world.connectors.get("guide-source-all"), "STOPPED");
  });
});
