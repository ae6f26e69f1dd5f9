import assert from "node:assert/strict";
import { readConnectors } from "../runtime/connectors/facts.ts";
import { judge } from "../runtime/measure/judge.ts";
import type { Scope } from "../runtime/model/scope.ts";
import type { Role } from "../runtime/model/workloads.ts";
import { MoveWorld } from "./support/connectors/move.ts";

const config = {
  "connector.class": "org.example.FileSinkConnector",
  topics: "orders",
  file: "/tmp/out",
  "value.converter.basic.auth.user.info": "user:hunter2",
};
const patience = { requestMilliseconds: 1000, deadlineMilliseconds: 1000 };

describe("connectors-valid", () => {
  let world: MoveWorld;
  beforeEach(async () => {
    world = new MoveWorld();
    await world.start("consumer");
    world.source.add("orders-sink", config);
  });
  afterEach(() => world.stop());

  const verdict = async (roles: Role[] = ["consumer"]) => {
    const scope: Scope = { ...world.scope, workloads: [world.connector] };
    const connectors = roles.includes(world.connector.role) ? [world.connector] : [];
    const reading = await readConnectors(scope, connectors, patience, world.journal);
    return judge(
      { kind: "connectors-valid", roles },
      {
        scope,
        takenAt: 0,
        sourceId: { value: "source-id" },
        targetId: { value: "target-id" },
        connectors: { value: reading },
      },
    );
  };

  it("is open if the target's Connect takes every rewritten configuration; nothing is made there", async () => {
    world.source.connectors.get("orders-sink")!.config["consumer.override.bootstrap.servers"] = "old-kafka:9092";
    assert.deepEqual(await verdict(), {
      open: true,
      sentence: 'orders-sink fits Connect "vendor" with 1 changed value',
    });
    assert.deepEqual([world.source.changes, world.target.changes], [[], []]);
  });

  it("looks at connectors of the role that moves only, and not at those that have moved", async () => {
    world.target.plugins = [];
    assert.deepEqual(await verdict(["producer"]), { open: true, sentence: "no connector moves" });
    world.entries.set("orders-sink", { side: "target" });
    assert.deepEqual(await verdict(), { open: true, sentence: "1 connector already at the target" });
  });

  it("takes a class by its own name too", async () => {
    world.source.connectors.get("orders-sink")!.config["connector.class"] = "FileSink";
    assert.equal((await verdict()).open, true);
  });

  const closed: [what: string, edit: (world: MoveWorld) => void, sentence: RegExp][] = [
    [
      "the plugin is not there",
      (w) => (w.target.plugins = ["org.example.Other"]),
      /^Connect "vendor" has no plugin org\.example\.FileSinkConnector, which orders-sink needs; install it there$/,
    ],
    [
      "Connect finds a value wrong",
      (w) => (w.target.refuse = () => ({ file: "no such directory" })),
      /^connector orders-sink on Connect "vendor": file: no such directory; correct it, or set its value at the target under rewrites or secrets/,
    ],
    [
      "Connect finds a password wrong, which it quotes",
      (w) =>
        (w.target.refuse = (c) => ({
          "value.converter.basic.auth.user.info": `Invalid value ${c["value.converter.basic.auth.user.info"]}`,
        })),
      /^connector orders-sink on Connect "vendor": value\.converter\.basic\.auth\.user\.info: its value is refused; (?!.*hunter2)/,
    ],
    [
      "an address of the source would be left",
      (w) => (w.source.connectors.get("orders-sink")!.config.hook = "tcp://old-kafka:9092/x"),
      /^connector orders-sink on Connect "legacy": hook contains the source's old-kafka:9092/,
    ],
    [
      "the connector does not exist",
      (w) => w.source.connectors.clear(),
      /^connector orders-sink on Connect "legacy" does not exist; create it, or correct workloads/,
    ],
    [
      "a task has failed",
      (w) => (w.source.connectors.get("orders-sink")!.trace = "Boom"),
      /^task 0 of connector orders-sink has failed: Boom \(on Connect "legacy"\); fix it, or stop it$/,
    ],
    [
      "another one of its name is there",
      (w) => w.target.add("orders-sink", { topics: "x" }, "STOPPED"),
      /"vendor" already exists and is a different connector: it differs in connector\.class, file, topics, value\.converter/,
    ],
    [
      "it runs there already",
      (w) => w.target.add("orders-sink", config),
      /^connector orders-sink on Connect "vendor" already runs, at the same time as the one on the source; stop it there$/,
    ],
    [
      "the source's Connect cannot stop it",
      (w) => (w.source.version = "3.4.0"),
      /^Connect "legacy" has version 3\.4\.0, which cannot stop a connector; upgrade it to 3\.5 or later/,
    ],
    [
      "the target's Connect would run it at once",
      (w) => (w.target.version = "3.6.0"),
      /^Connect "vendor" has version 3\.6\.0, which cannot create a connector without starting it; upgrade it to 3\.7/,
    ],
    [
      "the target's workers belong elsewhere",
      (w) => (w.target.clusterId = "other"),
      /^the workers of Connect "vendor" belong to Kafka cluster other, but the target is target-id; correct connects in the config, or set consumer\.override\.bootstrap\.servers of orders-sink$/,
    ],
    [
      "the source's workers belong elsewhere",
      (w) => (w.source.clusterId = "other"),
      /^the workers of Connect "legacy" belong to Kafka cluster other, but the source is source-id/,
    ],
  ];
  for (const [what, edit, sentence] of closed) {
    it(`is closed if ${what}`, async () => {
      edit(world);
      const found = await verdict();
      assert.equal(found.open, false);
      assert.match(found.sentence, sentence);
    });
  }

  it("lets workers belong elsewhere whose connector brings addresses of its own", async () => {
    world.source.clusterId = world.target.clusterId = "connect-id";
    world.source.connectors.get("orders-sink")!.config["consumer.override.bootstrap.servers"] = "old-kafka:9092";
    assert.equal((await verdict()).open, true);
  });
});
