import assert from "node:assert/strict";
import { paused } from "../runtime/switch/paused.ts";
import { ofRole } from "../runtime/workloads/workloads.ts";
import { scope, World } from "./switch-world.ts";

describe("workloads that are stopped for an act", () => {
  const consumers = ofRole(scope.workloads, "consumer");
  const how = { stopSeconds: 30, startSeconds: 30, after: "source" } as const;
  const refused = async () => {
    throw new Error("the ledger could not be written");
  };
  const replicas = (world: World) => consumers.map(({ name }) => world.workloads.get(name)!.replicas);

  it("run again where they were if it fails", async () => {
    const world = new World();
    await assert.rejects(paused(world.effects(), consumers, how, refused), /^Error: the ledger could not be written$/);
    assert.deepEqual(replicas(world), [1, 1]);
  });

  it("stay stopped if it fails and an earlier row has stopped them for good", async () => {
    const world = new World();
    const effects = world.effects();
    for (const workload of consumers) {
      await effects.workloads.setFormer(workload, 1);
      await effects.workloads.scale(workload, 0);
    }
    await assert.rejects(paused(effects, consumers, { ...how, rest: true }, refused));
    assert.deepEqual(replicas(world), [0, 0], "they would read on the source beside their twins");
    await paused(effects, consumers, { ...how, rest: true }, async () => {});
    assert.deepEqual(replicas(world), [1, 1]);
  });
});
