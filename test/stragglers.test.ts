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
