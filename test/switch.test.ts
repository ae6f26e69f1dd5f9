import assert from "node:assert/strict";
import { liveEntry } from "../kafka/ledger-text.ts";
import type { Scaler } from "../kafka/scalers.ts";
import { switchConsumers } from "../kafka/switch-consumers.ts";
import { switchProducers } from "../kafka/switch-producers.ts";
import type { LedgerEntry } from "../kafka/types.ts";
import { inputs, scope, World } from "./switch-world.ts";

const producers = inputs("producers");
const consumers = inputs("consumers");
const former = { "foo-producer": 1, "orders-producer": 3, "idle-producer": 0, "nightly-producer": 1 };

/** Stopped, with the former counts remembered. */
function assertFenced(world: World, expected: Record<string, number>): void {
  for (const [name, count] of Object.entries(expected)) {
    const { replicas, former: remembered, pods } = world.workloads.get(name)!;
    assert.deepEqual({ name, replicas, remembered, pods }, { name, replicas: 0, remembered: count, pods: 0 });
  }
}

/** As before any switch. */
function assertUntouched(world: World, expected: Record<string, number>): void {
  for (const [name, count] of Object.entries(expected)) {
    const { replicas, former: remembered } = world.workloads.get(name)!;
    assert.deepEqual({ name, replicas, remembered }, { name, replicas: count, remembered: null });
  }
}

/** The source connector's state; the others run unless `MirrorState` has stopped them too. */
function assertMirror(world: World, state: string, others: string = "RUNNING"): void {
  assert.deepEqual([...world.connectors.values()], [state, others, others]);
}

/** What `MirrorState` does later in the same update. */
function stopOthers(world: World): void {
  for (const name of ["guide-checkpoint", "guide-heartbeat"]) world.connectors.set(name, "STOPPED");
}

/** The entry says what is there, and everything written on the source is on the target. */
function assertExact(world: World, entry: LedgerEntry): void {
  assert.equal(entry.partitions.length, 4);
  for (const { topic, partition, sourceEnd, targetEnd } of entry.partitions) {
    const name = `${topic}[${partition}]`;
    assert.equal(sourceEnd, String(world.logs.source.get(name)!.length), name);
    assert.equal(targetEnd, String(world.logs.target.get(name)!.length), name);
    assert.equal(world.records("target", name), world.records("source", name), name);
  }
}

async function producersMoved(): Promise<World> {
  const world = new World();
  await switchProducers(world.effects(), producers);
  stopOthers(world);
  world.startOn("target", "producer");
  world.pass(3000);
  return world;
}

describe("the switch of producers", () => {
  it("leaves producers at 0 pods, the mirror stopped and both ends in the ledger", async () => {
    const world = new World();
    const entry = await switchProducers(world.effects(), producers);
    assertFenced(world, former);
    assertMirror(world, "STOPPED");
    assertExact(world, entry);
    assert.deepEqual(world.entries, [entry]);
    assert.equal(entry.voids, null);
    assert.match(world.lines[0]!, /^4 workloads at 0 pods$/);
  });

  it("copies what is left when the mirror lags", async () => {
    const world = new World();
    world.logs.source.get("foo[0]")!.push(...Array<"data">(400).fill("data"));
    assertExact(world, await switchProducers(world.effects(), producers));
  });

  it("counts commit markers on the source as nothing", async () => {
    const world = new World();
    world.logs.source.get("orders[1]")!.push("marker", "marker");
    await switchProducers(world.effects(), producers);
  });

  const causes = [
    // when                                   change to the world                                        message
    [
      "somebody else keeps writing",
      (w: World) => void (w.stranger = "orders[1]"),
      /somebody still writes to the source after 20 s: orders\[1\] by 4 records in 2\.0 s \(2\.0 per second\)/,
    ],
    [
      "a record can never be mirrored",
      (w: World) => void (w.poisoned = "foo[0]"),
      /foo\[0\] has \d+ records left to mirror, and the mirror cannot copy: task 0 of connector guide-source-all has failed: ConnectException: sending failed \(RecordTooLarge\)/,
    ],
    [
      "a transaction stays open",
      (w: World) => void w.logs.source.get("orders[0]")!.push("open"),
      /orders\[0\] has an open transaction since offset \d+ \(\d+ offsets\), 0 allowed after 30 s/,
    ],
    ["the update is interrupted", (w: World) => void (w.interrupted = true), /it was interrupted by SIGTERM/],
  ] as const;
  for (const [when, change, message] of causes)
    it(`puts everything back when ${when}`, async () => {
      const world = new World();
      change(world);
      await assert.rejects(switchProducers(world.effects(), producers), (error: Error) => {
        assert.match(error.message, message);
        assert.match(error.message, /The producers are writing to the source again; nothing was moved\.$/);
        return true;
      });
      assertUntouched(world, former);
      assertMirror(world, "RUNNING");
      assert.deepEqual(world.entries, []);
      const before = world.records("source", "foo[0]");
      world.pass(2000);
      assert.ok(world.records("source", "foo[0]") > before);
    });

  it("names the exact number of records that a silent mirror leaves", async () => {
    const world = new World();
    world.stuck = "foo[0]";
    world.pass(1000);
    await assert.rejects(switchProducers(world.effects(), producers), (error: Error) => {
      const mirrored = world.records("target", "foo[0]");
      const [, count] = /foo\[0\] has (\d+) records left to mirror, 0 allowed after 30 s/.exec(error.message) ?? [];
      const before = world.fencedAt - mirrored;
      assert.equal(count, String(before));
      return true;
    });
  });

  it("lets a Job that runs go on to its end before it measures", async () => {
    const world = new World();
    Object.assign(world.workloads.get("nightly-producer")!, { pods: 1, goneAt: world.now + 20_000 });
    const endsAt = world.now + 20_000;
    await switchProducers(
      world.effects((_, what) => {
        if (what === "stop") assert.ok(world.now >= endsAt, `${world.now} is before ${endsAt}`);
        return null;
      }),
      producers,
    );
    assertFenced(world, former);
  });

  it("puts everything back when a Job does not end in time, naming it and its pod, and lets it run", async () => {
    const world = new World();
    Object.assign(world.workloads.get("nightly-producer")!, { pods: 1, goneAt: Number.POSITIVE_INFINITY });
    await assert.rejects(
      switchProducers(world.effects(), producers),
      /job nightly-producer-0 with pod nightly-producer-0-x still there after 30 s; a Job is waited for and never ended: wait until it is done \(kubectl describe pod\), or raise stopSeconds\. The producers are writing to the source again/,
    );
    assertUntouched(world, former);
    assert.equal(world.workloads.get("nightly-producer")!.pods, 1);
  });

  it("leaves a CronJob suspended that was suspended before", async () => {
    const world = new World();
    world.workloads.get("nightly-producer")!.replicas = 0;
    await switchProducers(world.effects(), producers);
    assertFenced(world, { ...former, "nightly-producer": 0 });
    world.startOn("target", "producer");
    assertUntouched(world, { "nightly-producer": 0 });
  });

  const scaled = scope.workloads.find(({ name }) => name === "orders-producer")!;
  const scaler = (kind: Scaler["kind"], rests: boolean) => ({ kind, name: "orders", workload: scaled, rests });

  it("refuses before stopping anybody what a ScaledObject of KEDA would start again behind it", async () => {
    const world = new World();
    world.scalers = { found: [scaler("ScaledObject", false)], unread: [] };
    await assert.rejects(
      switchProducers(world.effects(), producers),
      /ScaledObject demo\/orders scales StatefulSet orders-producer and would start it again behind the switch; pause it until the workload runs at the target: kubectl -n demo annotate scaledobject orders autoscaling\.keda\.sh\/paused-replicas- autoscaling\.keda\.sh\/paused=true --overwrite\. No workload was stopped\.$/,
    );
    assertUntouched(world, former);
  });

  it("says which HorizontalPodAutoscaler it found and what it could not look up", async () => {
    const world = new World();
    world.scalers = {
      found: [scaler("HorizontalPodAutoscaler", true)],
      unread: ["ScaledObjects of KEDA in demo: forbidden (HTTP status 403)"],
    };
    await switchProducers(world.effects(), producers);
    assert.deepEqual(world.lines.slice(0, 2), [
      "HorizontalPodAutoscaler demo/orders scales StatefulSet orders-producer; it rests while the workload is at 0 replicas and goes on afterwards",
      "could not look up ScaledObjects of KEDA in demo: forbidden (HTTP status 403); see yourself that nothing scales the workloads up again",
    ]);
  });

  it("refuses before stopping anybody a workload that would not come back as it is", async () => {
    const world = new World();
    world.obstacles.set("orders-producer", "StatefulSet demo/orders-producer has a partition; set it to 0");
    await assert.rejects(switchProducers(world.effects(), producers), /has a partition; set it to 0\. No workload/);
    assertUntouched(world, former);
  });

  it("names the external producer whose owners have not stopped it, and its producer id", async () => {
    const world = new World();
    world.stranger = "orders[1]";
    world.writer = { id: 4711n, epoch: 2 };
    const externals = [
      { name: "billing-vm", role: "producer", groups: [], topics: ["orders"] },
      { name: "elsewhere", role: "producer", groups: [], topics: ["foo"] },
    ] as const;
    await assert.rejects(
      switchProducers(world.effects(), { ...producers, scope: { ...scope, externals } }),
      /orders\[1\] by 4 records in 2\.0 s \(2\.0 per second\) by producer id 4711 epoch 2; have the owners of external producer billing-vm stop it; otherwise find the writer/,
    );
    assertUntouched(world, former);
  });

  it("refuses before stopping anybody when both sides are one cluster", async () => {
    const world = new World();
    world.ids.target = world.ids.source;
    await assert.rejects(
      switchProducers(world.effects(), producers),
      /source and target are the same cluster source-id; correct the addresses in the config\. No workload was stopped\.$/,
    );
    assertUntouched(world, former);
    assert.deepEqual(world.entries, []);
  });

  it("refuses before stopping anybody when Connect belongs to another cluster", async () => {
    const world = new World();
    const effects = world.effects();
    const root = async () => ({ version: "4.2.0", kafka_cluster_id: "source-id" });
    await assert.rejects(
      switchProducers({ ...effects, connect: { ...effects.connect, root } }, producers),
      /Connect's workers belong to cluster source-id, the target is target-id\. No workload was stopped\.$/,
    );
    assertUntouched(world, former);
  });

  it("refuses before stopping anybody when the mirror's connector is not there", async () => {
    const world = new World();
    world.connectors.delete("guide-source-all");
    await assert.rejects(
      switchProducers(world.effects(), producers),
      /connector guide-source-all does not exist in Connect\. No workload was stopped\.$/,
    );
    assertUntouched(world, former);
  });

  it("puts everything back when any one change is refused, whichever it is", async () => {
    const whole: string[] = [];
    await switchProducers(
      new World().effects((_, what) => (whole.push(what), null)),
      producers,
    );
    assert.ok(whole.length > 6);
    for (let at = 1; at <= whole.length; at += 1) {
      const world = new World();
      const effects = world.effects((change) => (change === at ? "error" : null));
      await assert.rejects(
        switchProducers(effects, producers),
        /refused\. The producers are writing to the source again/,
      );
      assertUntouched(world, former);
      assertMirror(world, "RUNNING");
      assert.deepEqual(world.entries, [], `change ${at}, ${whole[at - 1]}`);
    }
  });

  it("tells the commands when putting back fails too, and tries every step", async () => {
    const world = new World();
    world.stranger = "orders[1]";
    const effects = world.effects((_, what) => (what === "scale" && world.now > 20_000 ? "error" : null));
    await assert.rejects(
      switchProducers(effects, producers),
      /By hand: the producers could not be started again \(scale refused\); run: kubectl -n demo scale deployment\/foo-producer --replicas=1 && kubectl -n demo annotate deployment\/foo-producer kafka-migration\/former-replicas-; /,
    );
  });

  it("puts everything back when a record is written while the mirror stops", async () => {
    const world = new World();
    const effects = world.effects((_, what) => {
      if (what === "stop") world.logs.source.get("orders[0]")!.push("data");
      return null;
    });
    await assert.rejects(
      switchProducers(effects, producers),
      /somebody wrote to the source while the mirror was drained: orders\[0\] \d+\.\.\d+; .*writing to the source again/,
    );
    assertUntouched(world, former);
    assertMirror(world, "RUNNING");
    assert.deepEqual(world.entries, []);
  });

  it("puts nothing back once its lease is lost", async () => {
    const world = new World();
    const effects = world.effects((_, what) => {
      if (what === "stop") world.leaseLost = true;
      return null;
    });
    await assert.rejects(switchProducers(effects, producers), /Nothing was put back by this process\.$/);
    assert.equal(world.workloads.get("orders-producer")!.former, 3);
  });

  for (const fate of ["kill", "kill-after"] as const)
    it(`is taken up by the next run when killed ${fate === "kill" ? "before" : "after"} any change`, async () => {
      let count = 0;
      await switchProducers(
        new World().effects((change) => ((count = change), null)),
        producers,
      );
      for (let at = 1; at <= count; at += 1) {
        const world = new World();
        await assert.rejects(
          switchProducers(
            world.effects((change) => (change === at ? fate : null)),
            producers,
          ),
        );
        world.pass(20_000);
        const entry = await switchProducers(world.effects(), producers);
        assertFenced(world, former);
        assertMirror(world, "STOPPED");
        assertExact(world, entry);
        assert.equal(liveEntry(world.entries, "producers")?.number, entry.number, `killed at ${at}`);
        assert.equal(world.entries.length, 1);
      }
    });

  it("starts producers again that a killed switch left at 0 if it cannot even begin", async () => {
    const world = new World();
    await assert.rejects(
      switchProducers(
        world.effects((_, what) => (what === "stop" ? "kill-after" : null)),
        producers,
      ),
    );
    const effects = world.effects();
    const away = {
      ...effects,
      kafka: { ...effects.kafka, logs: async () => Promise.reject(new Error("broker 2 is away")) },
    };
    await assert.rejects(
      switchProducers(away, producers),
      /broker 2 is away\. The producers are writing to the source again/,
    );
    assertUntouched(world, former);
    assertMirror(world, "RUNNING");
  });

  describe("run again after its entry", () => {
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
            /both sides were written to since ledger entry 1: source orders\[1\] \d+\.\.\d+; target foo\[0\] \d+\.\.\d+, orders/,
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
  });
});

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
      /group orders-consumer has 5 records left to read, 0 allowed in orders\[1\]\. The consumers are reading from the source again; nothing was moved\.$/,
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
      /group foo-consumer has read foo\[0\] up to \d+, the entry ends at \d+: the source was written to after/,
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
