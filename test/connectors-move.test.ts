import assert from "node:assert/strict";
import { place } from "../runtime/connectors/place.ts";
import { fence, readAll, unfence } from "../runtime/workloads/workloads.ts";
import type { Fate } from "./support/connectors/fake-connect.ts";
import { MoveWorld } from "./support/connectors/move.ts";

const sinkConfig = {
  "connector.class": "org.example.FileSinkConnector",
  topics: "orders",
  file: "/tmp/out",
  "consumer.override.bootstrap.servers": "old-kafka:9092",
};
const sourceConfig = { "connector.class": "org.example.FileSourceConnector", topic: "orders", file: "/tmp/in" };
/** The second number is more than a double can hold. */
const offsets = {
  '{"filename":"/tmp/in"}': '{"position":42}',
  '{"filename":"/tmp/more"}': '{"position":9007199254740993}',
};

describe("a connector that moves", function () {
  this.timeout(60_000);
  let world: MoveWorld;
  beforeEach(() => (world = new MoveWorld()));
  afterEach(() => world.stop());

  const sink = async (state = "RUNNING") => {
    await world.start("consumer");
    world.source.add("orders-sink", sinkConfig, state);
  };
  const source = async (more = {}) => {
    await world.start("producer", more);
    world.source.add("orders-source", sourceConfig, "RUNNING", offsets);
  };
  const offsetsAt = (side: "source" | "target", name = "orders-source") =>
    Object.fromEntries(world[side].connectors.get(name)!.offsets);

  it("is stopped on the source and runs at the target under its rewritten configuration", async () => {
    await sink();
    await world.fence();
    assert.deepEqual(world.states(), ["STOPPED", undefined]);
    assert.deepEqual(world.entries.get("orders-sink"), { side: "source", former: "RUNNING" });
    await world.startOn("target");
    assert.deepEqual(world.states(), ["STOPPED", "RUNNING"]);
    assert.deepEqual(world.target.connectors.get("orders-sink")!.config, {
      ...sinkConfig,
      name: "orders-sink",
      "consumer.override.bootstrap.servers": "new-kafka:9092",
    });
    assert.equal(world.entries.get("orders-sink")!.former, undefined);
    assert.ok(!world.target.changes.some((change) => change.endsWith("/offsets")), "a sink's offsets are its group's");
  });

  it("leaves the one on the source as it was, stopped", async () => {
    await sink();
    await world.moveTo("target");
    assert.deepEqual(world.source.connectors.get("orders-sink")!.config, { ...sinkConfig, name: "orders-sink" });
    assert.deepEqual(world.source.changes, ["PUT /connectors/orders-sink/stop"]);
  });

  it("takes its offsets along if it is a source connector, to the last digit, before it runs", async () => {
    await source({ renamed: "orders-source-2" });
    await world.moveTo("target");
    assert.deepEqual(offsetsAt("target", "orders-source-2"), offsets);
    const { changes } = world.target;
    const at = (route: RegExp) => changes.findIndex((change) => route.test(change));
    assert.ok(at(/^PATCH .*offsets$/) > 0 && at(/^PATCH .*offsets$/) < at(/resume$/), changes.join());
    assert.match(world.lines.join("\n"), /2 offsets carried over from Connect "legacy" and read back/);
  });

  it("is not started if its offsets are read back otherwise than written", async () => {
    await source();
    world.target.rounds = true;
    await world.fence();
    await assert.rejects(
      world.startOn("target"),
      /^Error: connector orders-source on Connect "vendor": 2 of 2 offsets read back differ from those written, first \{"filename":"\/tmp\/in"\}; it was not started$/,
    );
    assert.deepEqual(world.states(), ["STOPPED", "STOPPED"]);
  });

  it("goes back with the offsets that it has reached, and forward again", async () => {
    await source();
    await world.moveTo("target");
    world.target.connectors.get("orders-source")!.offsets.set('{"filename":"/tmp/in"}', '{"position":50}');
    await world.moveTo("source");
    assert.deepEqual(world.states(), ["RUNNING", "STOPPED"]);
    assert.equal(offsetsAt("source")['{"filename":"/tmp/in"}'], '{"position":50}');
    const there = world.source.connectors.get("orders-source")!;
    there.offsets.delete('{"filename":"/tmp/more"}');
    there.offsets.set('{"filename":"/tmp/in"}', '{"position":61}');
    await world.moveTo("target");
    assert.deepEqual(world.states(), ["STOPPED", "RUNNING"]);
    assert.deepEqual(offsetsAt("target"), { '{"filename":"/tmp/in"}': '{"position":61}' });
  });

  it("gets at the target what its owners changed on the source between two moves", async () => {
    await sink();
    await world.moveTo("target");
    await world.moveTo("source");
    world.source.connectors.get("orders-sink")!.config.file = "/tmp/other";
    await world.moveTo("target");
    assert.equal(world.target.connectors.get("orders-sink")!.config.file, "/tmp/other");
  });

  const states: [before: string, after: string][] = [
    ["PAUSED", "PAUSED"],
    ["STOPPED", "STOPPED"],
  ];
  for (const [before, after] of states) {
    it(`is ${after} at the target if its owners had it ${before}`, async () => {
      await sink(before);
      await world.fence();
      assert.deepEqual(world.states(), ["STOPPED", undefined], "a paused one would stay a member of its group");
      await world.startOn("target");
      assert.deepEqual(world.states(), ["STOPPED", after]);
    });

    it(`is ${before} again if its switch fails`, async () => {
      await sink(before);
      await world.fence();
      await unfence(world.api, world.workloads);
      assert.deepEqual(world.states(), [before, undefined]);
    });
  }

  it("runs again where it was if its switch fails, also one that has moved", async () => {
    await sink();
    await world.fence();
    await unfence(world.api, world.workloads);
    assert.deepEqual(world.states(), ["RUNNING", undefined]);
    await world.moveTo("target");
    await world.fence();
    await unfence(world.api, world.workloads);
    assert.deepEqual(world.states(), ["STOPPED", "RUNNING"]);
  });

  it("is left alone in rows before its move, where the target's Connect need not be there", async () => {
    await sink();
    world.source.dead = false;
    world.target.hangUp();
    const { connector, journal } = world;
    await place({ inputs: world.inputs("source"), connector, journal, log: () => {} });
    assert.deepEqual([world.source.changes, world.entries.size], [[], 0]);
  });

  it("needs nobody beside the source once it has moved", async () => {
    await sink();
    await world.moveTo("target");
    world.source.hangUp();
    await world.startOn("target");
    assert.deepEqual(world.states(), ["STOPPED", "RUNNING"]);
  });

  it("is configured again at the target if its config has changed", async () => {
    await sink();
    await world.moveTo("target");
    world.connector = { ...world.connector, rewrites: { file: "/tmp/new" } };
    world.scope = { ...world.scope, workloads: [world.connector] };
    await world.startOn("target", "other settings");
    assert.equal(world.target.connectors.get("orders-sink")!.config.file, "/tmp/new");
    assert.deepEqual(world.states(), ["STOPPED", "RUNNING"]);
  });

  it("keeps at the target what its owners have edited there since", async () => {
    await sink();
    await world.moveTo("target");
    world.target.connectors.get("orders-sink")!.config.file = "/tmp/edited";
    await world.startOn("target", "other settings");
    assert.equal(world.target.connectors.get("orders-sink")!.config.file, "/tmp/edited");
    assert.match(world.lines.join("\n"), /was changed by another client and is left as it is/);
  });

  describe("is refused", () => {
    const obstacleOf = async () => (await readAll(world.api, world.workloads))[0]![1].obstacle ?? "";

    it("where another connector of its name stands, which stays as it is", async () => {
      await sink();
      const other = { ...sinkConfig, topics: "payments", "consumer.override.bootstrap.servers": "new-kafka:9092" };
      world.target.add("orders-sink", other, "STOPPED");
      await world.fence();
      await assert.rejects(
        world.startOn("target"),
        /connector orders-sink on Connect "vendor" already exists and is a different connector: it differs in topics; delete it, or set another name for orders-sink with renamed$/,
      );
      assert.deepEqual(world.target.changes, []);
    });

    it("where it runs on both sides, before anybody is stopped", async () => {
      await sink();
      world.target.add("orders-sink", sinkConfig);
      const obstacle = await obstacleOf();
      assert.match(
        obstacle,
        /^connector orders-sink on Connect "vendor" already runs, at the same time as the one on the source; stop it there$/,
      );
    });

    it("where a task of it has failed, with the reason and the way to restart it", async () => {
      await sink();
      world.source.connectors.get("orders-sink")!.trace = "ConnectException: no such file\n\tat x";
      const obstacle = await obstacleOf();
      assert.match(
        obstacle,
        /^task 0 of connector orders-sink has failed: ConnectException: no such file \(on Connect "legacy"\); fix the cause and restart it with curl .*onlyFailed=true', or stop it/,
      );
    });

    it("where Connect cannot stop a connector, and is told that pausing is not enough", async () => {
      await sink();
      world.source.version = "3.4.1";
      const obstacle = await obstacleOf();
      assert.match(
        obstacle,
        /^Connect "legacy" has version 3\.4\.1, which cannot stop a connector, only pause it with its tasks still in the group; .*kind: external/,
      );
    });

    it("where the target's Connect would run it at once", async () => {
      await sink();
      world.target.version = "3.6.2";
      await world.fence();
      await assert.rejects(
        world.startOn("target"),
        /Connect "vendor" has version 3\.6\.2, which cannot create a connector without starting it \(3\.7 or later\); upgrade it$/,
      );
      assert.deepEqual(world.target.changes, []);
    });

    it("where its role has moved without it", async () => {
      await sink();
      await assert.rejects(
        world.startOn("target"),
        /connector orders-sink on Connect "legacy" is not stopped: connector orders-sink \(RUNNING, 1 of 1 tasks RUNNING\); its role moved without it/,
      );
      assert.deepEqual(world.states(), ["RUNNING", undefined]);
    });

    it("where it does not exist", async () => {
      await world.start("consumer");
      await assert.rejects(
        fence(world.api, world.workloads, 5),
        /^Error: connector orders-sink on Connect "legacy" does not exist; correct workloads/,
      );
    });

    it("where it would have an address of the source left", async () => {
      await sink();
      world.source.connectors.get("orders-sink")!.config.hook = "http://old-kafka:9092/";
      await world.fence();
      await assert.rejects(
        world.startOn("target"),
        /connector orders-sink on Connect "legacy": hook contains the source's old-kafka:9092/,
      );
      assert.deepEqual(world.states(), ["STOPPED", undefined]);
    });
  });

  it("is told with its trace if it fails at the target", async () => {
    await sink();
    await world.fence();
    world.target.add("x", {});
    const failing = setInterval(() => {
      const there = world.target.connectors.get("orders-sink");
      if (there) there.trace = "java.io.IOException: disk full";
    }, 5);
    try {
      await assert.rejects(
        world.startOn("target"),
        /^Error: orders-sink makes no progress: task 0 of connector orders-sink has failed: java\.io\.IOException: disk full \(on Connect "vendor"; restart it with curl/,
      );
    } finally {
      clearInterval(failing);
    }
  });

  describe("whose update is killed", function () {
    this.timeout(300_000);

    /** Moves a source connector to the target, killed at one of its changes; null where there are not so many. */
    async function killedAt(at: number, fate: Fate): Promise<MoveWorld | null> {
      const one = new MoveWorld();
      await one.start("producer");
      one.source.add("orders-source", sourceConfig, "RUNNING", offsets);
      let reached = false;
      one.fates((change): Fate => {
        reached ||= change === at;
        return change === at ? fate : null;
      });
      await one.moveTo("target").catch(() => {});
      one.revive();
      if (reached) return one;
      one.stop();
      return null;
    }

    const everyChange = async (fate: Fate, look: (one: MoveWorld, at: number) => Promise<void>) => {
      const looks = Array.from({ length: 20 }, async (_, index) => {
        const one = await killedAt(index + 1, fate);
        if (one === null) return 0;
        try {
          await look(one, index + 1);
          return 1;
        } finally {
          one.stop();
        }
      });
      const killed = (await Promise.all(looks)).filter((looked) => looked === 1).length;
      assert.ok(killed >= 8 && killed < looks.length, `${killed} changes`);
    };

    for (const fate of ["kill", "kill-after"] as const) {
      it(`at any change (${fate}) ends as if nothing had happened once it is run again`, () =>
        everyChange(fate, async (one, at) => {
          await one.moveTo("target");
          assert.deepEqual(one.states(), ["STOPPED", "RUNNING"], `killed at change ${at}`);
          assert.deepEqual(Object.fromEntries(one.target.connectors.get("orders-source")!.offsets), offsets);
          assert.equal(one.entries.get("orders-source")!.former, undefined);
        }));

      it(`at any change (${fate}) runs on the source again if the row before is asked for`, () =>
        everyChange(fate, async (one, at) => {
          await one.moveTo("source");
          const [here, there] = one.states();
          assert.equal(here, "RUNNING", `killed at change ${at}`);
          assert.ok(there === undefined || there === "STOPPED", `killed at change ${at}: ${there}`);
          assert.deepEqual(Object.fromEntries(one.source.connectors.get("orders-source")!.offsets), offsets);
        }));
    }
  });
});
