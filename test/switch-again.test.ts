import assert from "node:assert/strict";
import { switchProducers } from "../runtime/switch/producers.ts";
import { assertExact, assertFenced, assertMirror, former, producers } from "./support/switch-asserts.ts";
import { inputs, scopeWithBack, World } from "./switch-world.ts";

describe("the switch of producers, run again after its entry", () => {
  const restart = (world: World) => world.startOn("source", "producer");
  const cases = [
    // when                                        what happened since                                                             outcome
    ["nothing was written on either side", (_: World) => {}, "kept"],
    [
      "producers ran on the source for a while and wrote nothing",
      (w: World) => {
        w.workloads.get("foo-producer")!.replicas = 0;
        restart(w);
        w.workloads.get("foo-producer")!.replicas = 0;
        w.workloads.get("orders-producer")!.replicas = 0;
      },
      "kept",
    ],
    ["producers write to the target", (w: World) => w.startOn("target", "producer"), "kept"],
    ["producers write to the source", restart, "void"],
    [
      "producers write to the source and the mirror was resumed",
      (w: World) => {
        restart(w);
        for (const name of w.connectors.keys()) w.connectors.set(name, "RUNNING");
      },
      "void",
    ],
    [
      "producers write to the target and somebody to the source",
      (w: World) => {
        w.startOn("target", "producer");
        w.stranger = "orders[1]";
      },
      "both",
    ],
  ] as const;
  for (const [when, change, outcome] of cases)
    it(`${{ kept: "keeps the entry", void: "appends an entry that voids the first", both: "fails and names both ranges" }[outcome]} when ${when}`, async () => {
      const world = new World();
      const first = await switchProducers(world.effects(), producers);
      change(world);
      world.pass(3000);
      const again = switchProducers(world.effects(), producers);
      if (outcome === "both") {
        await assert.rejects(
          again,
          /both sides were written to since ledger entry 1: source orders\[1\] \d+\.\.\d+ by a producer that is not idempotent; target foo\[0\] \d+\.\.\d+, orders/,
        );
        assert.equal(world.entries.length, 1);
        return;
      }
      const entry = await again;
      assert.equal(entry.number, outcome === "kept" ? 1 : 2);
      assert.equal(entry.voids, outcome === "kept" ? null : 1);
      assert.deepEqual(world.entries[0], first);
      if (outcome === "void") assertExact(world, entry);
      if (world.side.producer === "source") assertMirror(world, "STOPPED");
      if (world.side.producer === "target") assert.equal(world.workloads.get("foo-producer")!.pods, 1);
      if (world.side.producer === "source" && outcome === "void") assertFenced(world, former);
    });

  it("does not take what a producer wrote on the target for the mirror's work because somebody wrote as much on the source", async () => {
    const world = new World();
    await switchProducers(world.effects(), producers);
    // The start reached one producer before the update failed; the owners of another one started it on the source again.
    world.side.producer = "target";
    Object.assign(world.workloads.get("foo-producer")!, { replicas: 1, former: null });
    world.stranger = "foo[0]";
    world.pass(5000);
    world.stranger = null;
    for (let record = 0; record < 50; record++) world.logs.source.get("foo[0]")!.push("data");
    await assert.rejects(
      switchProducers(world.effects(), producers),
      /both sides were written to since ledger entry 1: source foo\[0\] \d+\.\.\d+ by a producer that is not idempotent; target foo\[0\]/,
    );
    assert.equal(world.entries.length, 1, "no entry behind which records of the target would lie unread");
  });

  it("holds the entry where all that came to the source since is accepted by the config", async () => {
    const world = new World();
    const first = await switchProducers(world.effects(), producers);
    world.startOn("target", "producer");
    world.pass(3000);
    world.logs.source.get("orders[1]")!.push("data");
    await assert.rejects(switchProducers(world.effects(), producers), /accept these records under stragglers/);
    const to = String(world.logs.source.get("orders[1]")!.length);
    const accepted = { ...producers.scope, stragglers: [{ topic: "orders", partition: 1, to }] };
    assert.deepEqual(await switchProducers(world.effects(), { ...producers, scope: accepted }), first);
    assert.equal(world.workloads.get("foo-producer")!.pods, 1, "whoever has moved goes on");
  });
});

describe("the switch of producers, run again once the mirror back runs", () => {
  it("takes what that has copied to the source for no records of anybody, and stops nobody", async () => {
    const world = new World(scopeWithBack);
    const move = { ...inputs("producers"), scope: scopeWithBack, starts: true };
    await switchProducers(world.effects(), move);
    world.openWayBack();
    world.pass(5000);
    const { length } = world.entries;
    world.lines = [];
    const entry = await switchProducers(world.effects(), move);
    assert.deepEqual([entry.number, world.entries.length], [length, length]);
    assert.doesNotMatch(world.lines.join("\n"), /at 0 pods/);
  });
});
