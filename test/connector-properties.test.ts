import assert from "node:assert/strict";
import { connectorProperties, workerProperties } from "../components/connector-properties.ts";
import type { MirroredConfig } from "../config/migration-config.ts";
import { stackConfig } from "./support/stack.ts";

const connectors = ["source", "checkpoint", "heartbeat"] as const;
const dev = stackConfig("dev");
const prod = stackConfig("prod");

/** Names that MM2 takes from its `topics` or `groups`: a list of patterns, each for the whole name. */
function taken(patterns: string, names: readonly string[]): string[] {
  const all = patterns.split(/\s*,\s*/).map((pattern) => new RegExp(`^(?:${pattern})$`));
  return names.filter((name) => all.some((pattern) => pattern.test(name)));
}

const withTopics = (...topics: string[]): MirroredConfig => ({ ...dev, topics });
const withGroups = (...names: string[]): MirroredConfig => ({
  ...dev,
  groups: names.map((name) => ({ name, topics: ["foo"] })),
});

describe("the connectors' properties", () => {
  const topics: [string, string[], string[]][] = [
    ["a.b", ["a.b"], ["aXb", "a-b", "a.b.c", "xa.b"]],
    ["a-b_c", ["a-b_c"], ["a-bXc", "a_b_c"]],
    ["orders", ["orders"], ["orders.dlq", "my-orders", "Orders"]],
    ["x..y", ["x..y"], ["x.1y", "x1.y"]],
  ];
  for (const [topic, own, others] of topics) {
    it(`take the topic ${topic} and none of ${others.join(", ")}`, () => {
      const properties = connectorProperties(withTopics(topic, "foo"));
      for (const connector of ["source", "checkpoint"] as const) {
        assert.deepEqual(taken(properties[connector].topics!, [...own, ...others, "foo"]), [...own, "foo"]);
      }
    });
  }

  it("take the group of a sink connector, which MM2 leaves out by its own default", () => {
    const { checkpoint } = connectorProperties(withGroups("connect-orders-sink"));
    assert.deepEqual(taken(checkpoint["groups.exclude"]!, ["connect-orders-sink", ""]), []);
    assert.ok(!("groups.exclude" in connectorProperties(withGroups("orders")).checkpoint));
  });

  const groups: [string, string[]][] = [
    ["app.v1", ["appXv1", "app.v11"]],
    ["billing+retry(1)", ["billinggretry1", "billing+retry1"]],
    ["team$a|b", ["team$a", "b"]],
    ["[dev] {x}", ["d", "dev", "[dev] x"]],
    ["what?*", ["wha", "what", "what?"]],
    ["c:\\reader", ["c:reader", "c:\\\\reader"]],
    ["a,b", ["a", "b", "a,bc"]],
    [" two words ", ["two words", "twowords"]],
  ];
  for (const [group, others] of groups) {
    it(`take the group ${group} and none of ${others.join(" ")}`, () => {
      const { checkpoint } = connectorProperties(withGroups(group));
      assert.deepEqual(taken(checkpoint.groups!, [group, ...others]), [group]);
    });
  }

  it("copy keys, values and headers as bytes, in all three connectors", () => {
    const bytes = "org.apache.kafka.connect.converters.ByteArrayConverter";
    const properties = connectorProperties(prod);
    for (const connector of connectors) {
      for (const part of ["key", "value", "header"]) {
        assert.equal(properties[connector][`${part}.converter`], bytes, `${connector} ${part}`);
      }
    }
  });

  it("keep topic names and use the same aliases, in all three connectors", () => {
    const properties = Object.values(connectorProperties(prod));
    for (const key of ["replication.policy.class", "source.cluster.alias", "target.cluster.alias"]) {
      assert.equal(new Set(properties.map((one) => one[key])).size, 1, key);
    }
    assert.match(properties[0]!["replication.policy.class"]!, /IdentityReplicationPolicy$/);
  });

  it("never write to the source: offset syncs lie on the target, in both connectors that know them", () => {
    const { source, checkpoint } = connectorProperties(prod);
    assert.equal(source["offset-syncs.topic.location"], "target");
    assert.equal(checkpoint["offset-syncs.topic.location"], "target");
  });

  it("reach each side at the address that applications use", () => {
    const { source } = connectorProperties(prod);
    assert.equal(source["source.cluster.bootstrap.servers"], prod.source.bootstrap!.join(","));
    assert.equal(
      connectorProperties(dev).source["target.cluster.bootstrap.servers"],
      "target-kafka-pods.demo.svc:9092",
    );
  });

  it("are exactly-once unless the config asks for less", () => {
    const less = stackConfig("dev", (input) => (input.mirror = { exactlyOnce: false }));
    assert.equal(connectorProperties(dev).source["exactly.once.support"], "required");
    assert.equal(connectorProperties(dev).source["transaction.boundary"], "interval");
    assert.equal(connectorProperties(dev).source["source.consumer.isolation.level"], "read_committed");
    assert.equal(workerProperties(dev)["exactly.once.source.support"], "enabled");
    assert.equal(connectorProperties(less).source["exactly.once.support"], "requested");
    assert.equal(connectorProperties(less).source["transaction.boundary"], undefined);
    assert.equal(workerProperties(less)["exactly.once.source.support"], undefined);
  });

  it("do not let MirrorMaker 2 move group offsets", () => {
    assert.equal(connectorProperties(prod).checkpoint["sync.group.offsets.enabled"], "false");
  });

  it("ask for no more replicas than the target has brokers", () => {
    const one = stackConfig("dev", (input) => {
      const { cluster } = input.target;
      if (cluster.kind === "kubedb") cluster.combined!.replicas = 1;
    });
    const keys = (properties: Record<string, string>): string[] =>
      Object.entries(properties)
        .filter(([key]) => key.endsWith("replication.factor"))
        .map(([, value]) => value);
    const found = (config: MirroredConfig): string[] => [
      ...Object.values(connectorProperties(config)).flatMap(keys),
      ...keys(workerProperties(config)),
    ];
    assert.deepEqual(new Set(found(one)), new Set(["1"]));
    assert.deepEqual(new Set(found(dev)), new Set(["3"]));
  });

  it("are replaced and added to by the config's", () => {
    const config = stackConfig("dev", (input) => {
      input.mirror = {
        tasksMax: 7,
        source: { "refresh.topics.interval.seconds": "9", "offset.lag.max": "0" },
        checkpoint: { "emit.checkpoints.interval.seconds": "60" },
        heartbeat: { "heartbeats.topic.replication.factor": "2" },
      };
      input.connect.worker = { "offset.flush.interval.ms": "5000", "plugin.path": "/opt" };
    });
    const { source, checkpoint, heartbeat } = connectorProperties(config);
    assert.deepEqual([source["refresh.topics.interval.seconds"], source["offset.lag.max"]], ["9", "0"]);
    assert.equal(checkpoint["emit.checkpoints.interval.seconds"], "60");
    assert.equal(heartbeat["heartbeats.topic.replication.factor"], "2");
    const worker = workerProperties(config);
    assert.deepEqual([worker["offset.flush.interval.ms"], worker["plugin.path"]], ["5000", "/opt"]);
  });

  it("hold no credentials: those are filled in when the Secret is written", () => {
    assert.doesNotMatch(JSON.stringify(connectorProperties(prod)), /jaas|password|sasl/i);
  });
});
