import assert from "node:assert/strict";
import { liveEntry } from "../runtime/model/ledger-text.ts";
import { switchConsumers } from "../runtime/switch/consumers.ts";
import { switchProducers } from "../runtime/switch/producers.ts";
import {
  assertFenced,
  assertMirror,
  assertUntouched,
  consumers,
  producers,
  producersMoved,
  stopOthers,
} from "./support/switch-asserts.ts";
import { scope, World } from "./switch-world.ts";

describe("the switch of consumers", () => {
  const counts = { "foo-consumer": 1, "orders-consumer": 1 };

  it("places every (group, partition) at the target's end of the producers' entry, empty partitions too", async () => {
    const world = await producersMoved();
    const ends = liveEntry(world.entries, "producers")!.partitions;
    const entry = await switchConsumers(world.effects(), consumers);
    assertFenced(world, counts);
    assert.deepEqual(
      entry.groups.map(({ group, topic, partition, placed }) => [group, `${topic}[${partition}]`, placed]),
      [
        ["foo-consumer", "foo[0]"],
        ["foo-consumer", "empty[0]"],
        ["orders-consumer", "orders[0]"],
        ["orders-consumer", "orders[1]"],
      ].map(([group, name]) => [
        group,
        name,
        ends.find(({ topic, partition }) => `${topic}[${partition}]` === name)!.targetEnd,
      ]),
    );
    assert.equal(entry.groups.find(({ topic }) => topic === "empty")!.committed, null);
    assert.equal(world.committed.target.get("foo-consumer")!.get("empty[0]"), 0n);
  });

  it("has Connect stop once more what is stopped already and lists a task all the same", async () => {
    const world = await producersMoved();
    const [name] = scope.mirror!.otherConnectors;
    world.connectors.set(name!, "STOPPED");
    world.lingering.add(name!);
    await switchConsumers(world.effects(), consumers);
    assertFenced(world, counts);
    assert.equal(world.connectors.get(name!), "STOPPED");
    assert.ok(!world.stopped.includes(name!));
  });

  for (const [unread, where] of [
    ["latest", "end"],
    ["earliest", "beginning"],
  ] as const) {
    it(`places a group at the ${where} of a partition that it never committed, where the config says ${unread}`, async () => {
      const world = await producersMoved();
      const { targetEnd } = liveEntry(world.entries, "producers")!.partitions.find(
        ({ topic, partition }) => topic === "orders" && partition === 1,
      )!;
      world.lagging = true;
      world.committed.source.get("orders-consumer")!.delete("orders[1]");
      await assert.rejects(
        switchConsumers(world.effects(), consumers),
        /group orders-consumer has \d+ records left to read, 0 allowed in orders\[1\] \(never committed\)/,
      );
      const groups = scope.groups.map((group) => ({ ...group, unread }));
      const entry = await switchConsumers(world.effects(), { ...consumers, scope: { ...scope, groups } });
      const found = entry.groups.filter(({ unread: begun }) => begun !== undefined);
      const placed = unread === "latest" ? targetEnd : "0";
      assert.deepEqual(found, [
        { group: "orders-consumer", topic: "orders", partition: 1, committed: null, placed, unread },
      ]);
    });
  }

  it("lets the consumers read on when a group is behind, naming it with the exact count", async () => {
    const world = await producersMoved();
    const end = BigInt(world.logs.source.get("orders[1]")!.length);
    const behind = world.effects();
    const effects = {
      ...behind,
      kafka: {
        ...behind.kafka,
        committed: async (side: "source" | "target") => {
          const found = new Map(await behind.kafka.committed(side));
          found.set(
            "orders-consumer",
            new Map([
              ...found.get("orders-consumer")!,
              ["orders[1]", { topic: "orders", partition: 1, offset: end - 5n }],
            ]),
          );
          return found;
        },
      },
    };
    await assert.rejects(
      switchConsumers(effects, consumers),
      /group orders-consumer has 5 records left to read, 0 allowed in orders\[1\]; let its consumers read on the source, .* The consumers are reading from the source again; nothing was moved\.$/,
    );
    assertUntouched(world, counts);
    assert.equal(world.entries.length, 1);
  });

  it("refuses before stopping anybody while a connector is not stopped", async () => {
    const world = await producersMoved();
    world.connectors.set("guide-checkpoint", "RUNNING");
    await assert.rejects(
      switchConsumers(world.effects(), consumers),
      /connector guide-checkpoint is not STOPPED in Connect.*No workload was stopped\.$/,
    );
  });

  it("names the external consumer whose owners have not stopped it, with its members", async () => {
    const world = await producersMoved();
    const effects = world.effects();
    const states = async (side: "source" | "target") => {
      const found = new Map(await effects.kafka.groupStates(side));
      const members = [{ clientId: "billing-1", host: "10.1.2.3" }];
      return side === "target" ? found : found.set("orders-consumer", { state: "Stable", type: "classic", members });
    };
    const externals = [{ name: "billing-vm", role: "consumer", groups: ["orders-consumer"], topics: [] }] as const;
    await assert.rejects(
      switchConsumers(
        { ...effects, kafka: { ...effects.kafka, groupStates: states } },
        { ...consumers, scope: { ...scope, externals } },
      ),
      /group orders-consumer is Stable \(billing-1 on 10\.1\.2\.3\) on the source after 20 s, although all consumers of the config are stopped; have the owners of external consumer billing-vm stop it; otherwise stop these clients/,
    );
    assertUntouched(world, counts);
  });

  it("refuses a source that was written to after the producers' switch", async () => {
    const world = await producersMoved();
    world.logs.source.get("foo[0]")!.push("data");
    world.pass(1000);
    await assert.rejects(
      switchConsumers(world.effects(), consumers),
      /group foo-consumer has read foo\[0\] up to \d+, but the entry ends at \d+: the source was written to after/,
    );
    assertUntouched(world, counts);
  });

  it("puts everything back when any one change is refused, whichever it is", async () => {
    let count = 0;
    await switchConsumers(
      (await producersMoved()).effects((change) => ((count = change), null)),
      consumers,
    );
    for (let at = 1; at <= count; at += 1) {
      const world = await producersMoved();
      await assert.rejects(
        switchConsumers(
          world.effects((change) => (change === at ? "error" : null)),
          consumers,
        ),
        /refused\. The consumers are reading from the source again/,
      );
      assertUntouched(world, counts);
      assertMirror(world, "STOPPED", "STOPPED");
    }
  });

  it("is taken up by the next run when killed after any change, also once its consumers run on the target", async () => {
    let count = 0;
    await switchConsumers(
      (await producersMoved()).effects((change) => ((count = change), null)),
      consumers,
    );
    for (let at = 1; at <= count; at += 1) {
      const world = await producersMoved();
      await assert.rejects(
        switchConsumers(
          world.effects((change) => (change === at ? "kill-after" : null)),
          consumers,
        ),
      );
      const entry = await switchConsumers(world.effects(), consumers);
      assertFenced(world, counts);
      world.startOn("target", "consumer");
      world.pass(3000);
      assert.deepEqual(await switchConsumers(world.effects(), consumers), entry);
      assert.equal(world.entries.length, 2);
      assert.equal(world.workloads.get("foo-consumer")!.pods, 1);
    }
  });

  it("makes its entry void when the groups read from the source since", async () => {
    const world = new World();
    world.startOn("source", "producer");
    await switchProducers(world.effects(), producers);
    stopOthers(world);
    const end = world.logs.source.get("foo[0]")!.length;
    world.committed.source.get("foo-consumer")!.set("foo[0]", BigInt(end));
    world.startOn("target", "producer");
    await switchConsumers(world.effects(), consumers);
    world.committed.source.get("foo-consumer")!.set("foo[0]", BigInt(end - 1));
    world.logs.source.get("foo[0]")![end - 1] = "marker";
    const entry = await switchConsumers(world.effects(), consumers);
    assert.equal(entry.voids, 2);
    assert.equal(entry.groups.find(({ topic }) => topic === "foo")!.committed, String(end - 1));
  });

  it("lets the consumers read on when the target does not keep the offsets", async () => {
    const world = await producersMoved();
    const effects = world.effects();
    const forgetful = { ...effects, kafka: { ...effects.kafka, commit: async () => {} } };
    await assert.rejects(
      switchConsumers(forgetful, consumers),
      /offsets read back from the target differ: group foo-consumer at foo\[0\] nothing instead of \d+/,
    );
    assertUntouched(world, counts);
    assert.equal(world.entries.length, 1);
  });

  it("fails when a group was rewound on the target while it reads there", async () => {
    const world = await producersMoved();
    await switchConsumers(world.effects(), consumers);
    world.startOn("target", "consumer");
    world.pass(1000);
    world.committed.target.get("orders-consumer")!.set("orders[0]", 1n);
    await assert.rejects(
      switchConsumers(world.effects(), consumers),
      /offsets before those that ledger entry 2 placed: group orders-consumer at orders\[0\] 1 \(placed \d+\)/,
    );
    assert.equal(world.workloads.get("orders-consumer")!.pods, 1);
  });
});
