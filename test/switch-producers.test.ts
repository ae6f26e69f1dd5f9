import assert from "node:assert/strict";
import { liveEntry } from "../runtime/model/ledger-text.ts";
import type { Scaler } from "../runtime/model/workload-port.ts";
import type { KubernetesWorkloadRef } from "../runtime/model/workloads.ts";
import { leftToMirror } from "../runtime/switch/mirror-drain.ts";
import { switchProducers } from "../runtime/switch/producers.ts";
import {
  assertExact,
  assertFenced,
  assertMirror,
  assertUntouched,
  former,
  producers,
} from "./support/switch-asserts.ts";
import { parsed, scope, World } from "./switch-world.ts";

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

  /** Effects of a world whose source has got so many offsets more and has removed everything. */
  const expired = (world: World, more: bigint) => {
    const effects = world.effects();
    const logs = async (side: "source" | "target") => {
      const found = await effects.kafka.logs(side);
      const trimmed = [...found.partitions].map(([name, log]) => {
        const end = log.end + more;
        return [name, { ...log, start: end, stable: end, end }] as const;
      });
      return side === "source" ? { ...found, partitions: new Map(trimmed) } : found;
    };
    const ends = async (side: "source" | "target") =>
      new Map([...(await logs(side)).partitions].map(([name, { end }]) => [name, end]));
    return { ...effects, kafka: { ...effects.kafka, logs }, witness: { ...effects.witness, ends } };
  };

  /** Effects whose measurements fail so many times once the pods are gone. */
  const late = (world: World, times: number) => {
    const effects = world.effects();
    let left = times;
    const failing =
      <A extends unknown[], R>(measure: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        const fenced = [...world.workloads.values()].some(({ former }) => former !== null);
        if (fenced && left-- > 0) throw new Error("gave no answer within 30000 ms");
        return measure(...args);
      };
    const { connect, kafka } = effects;
    return {
      ...effects,
      connect: { ...connect, offsets: failing(connect.offsets), status: failing(connect.status) },
      kafka: { ...kafka, logs: failing(kafka.logs) },
    };
  };

  it("measures again what gave no answer while producers pause", async () => {
    const world = new World();
    assertExact(world, await switchProducers(late(world, 6), producers));
  });

  it("puts everything back, with the reason, where there is no answer for as long as the mirror may drain", async () => {
    const world = new World();
    await assert.rejects(switchProducers(late(world, 60), producers), /gave no answer within 30000 ms/);
    assertUntouched(world, former);
  });

  it("does not measure again where retention has overtaken the mirror", async () => {
    const world = new World();
    const before = world.now;
    await assert.rejects(
      switchProducers(expired(world, 9n), producers),
      /retention overtook the mirror in .*: it is at offset \d+ and the log begins at \d+; whether the 9 offsets between held records cannot be counted any more; find out what they were/,
    );
    assert.ok(world.now - before < 20_000, `${world.now - before} ms`);
  });

  it("goes on over a gap that the config says nobody misses, and over none that is longer", async () => {
    const world = new World();
    const gap = (to: bigint) => {
      const gaps = [...world.logs.source].map(([name]) => ({ ...parsed(name), to: String(to) }));
      const mirror = { ...producers.scope.mirror!, gaps };
      return { ...producers, scope: { ...producers.scope, mirror } };
    };
    await assert.rejects(switchProducers(expired(world, 9n), gap(8n)), /retention overtook the mirror/);
    const entry = await switchProducers(expired(world, 9n), gap(1_000n));
    assert.equal(entry.number, 1);
  });

  it("goes on over a gap in which an earlier switch counted that nothing was left", async () => {
    const world = new World();
    await switchProducers(world.effects(), producers);
    const counted = world.entries[0]!;
    world.entries = [{ ...counted, partitions: counted.partitions.map((each) => ({ ...each, sourceEnd: "1000" })) }];
    const left = await leftToMirror(
      expired(world, 9n),
      producers.scope.mirror!,
      await expired(world, 9n).kafka.logs("source"),
    );
    assert.deepEqual(left.left, []);
    world.entries = [{ ...counted, sourceClusterId: "another" }];
    await assert.rejects(
      leftToMirror(expired(world, 9n), producers.scope.mirror!, await expired(world, 9n).kafka.logs("source")),
      /retention overtook the mirror/,
    );
  });

  const causes = [
    // when                                   change to the world                                        message
    [
      "somebody else keeps writing",
      (w: World) => void (w.stranger = "orders[1]"),
      /the source is still written to after 20 s: orders\[1\] by 2 records in 1\.0 s \(2\.0 per second\)/,
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

  const scaled = scope.workloads.find(({ name }) => name === "orders-producer") as KubernetesWorkloadRef;
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
      "HorizontalPodAutoscaler demo/orders scales StatefulSet orders-producer; it is inactive while the workload is at 0 replicas and continues afterwards",
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
      /orders\[1\] by 2 records in 1\.0 s \(2\.0 per second\) by producer id 4711 epoch 2; have the owners of external producer billing-vm stop it; otherwise find the writer/,
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
      /Connect's workers belong to cluster source-id, but the target is target-id; correct connect .*\. No workload was stopped\.$/,
    );
    assertUntouched(world, former);
  });

  it("refuses before stopping anybody when the mirror's connector is not there", async () => {
    const world = new World();
    world.connectors.delete("guide-source-all");
    await assert.rejects(
      switchProducers(world.effects(), producers),
      /connector guide-source-all does not exist in Connect; run pulumi up --refresh .*\. No workload was stopped\.$/,
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
      /the source was written to while the mirror was drained: orders\[0\] \d+\.\.\d+ by a producer that is not idempotent; .*writing to the source again/,
    );
    assertUntouched(world, former);
    assertMirror(world, "RUNNING");
    assert.deepEqual(world.entries, []);
  });

  /** Effects of a world in which Connect takes so long to stop a connector. */
  const slowToStop = (world: World, milliseconds: number, also: () => void = () => undefined) => {
    const effects = world.effects();
    const stop = async (name: string) => {
      await effects.pace.pause(milliseconds);
      also();
      await effects.connect.stop(name);
    };
    return { ...effects, connect: { ...effects.connect, stop } };
  };

  it("watches the target while the mirror stops, so that its own second is no part of the pause", async () => {
    const [world, slow] = [new World(), new World()];
    await switchProducers(world.effects(), producers);
    await switchProducers(slowToStop(slow, 900), producers);
    assert.ok(slow.now - world.now <= 100, `${slow.now - world.now} ms longer`);
  });

  it("writes down the target's ends with what comes there while the mirror stops", async () => {
    const world = new World();
    const late = () => world.logs.target.get("orders[0]")!.push("marker");
    const entry = await switchProducers(slowToStop(world, 900, late), producers);
    const end = entry.partitions.find(({ topic, partition }) => topic === "orders" && partition === 0)!.targetEnd;
    assert.equal(Number(end), world.logs.target.get("orders[0]")!.length);
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
});
