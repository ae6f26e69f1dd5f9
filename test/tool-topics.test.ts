import assert from "node:assert/strict";
import { selectTopics } from "../config/migration-config.ts";
import { toolTopics, type NamedTopic } from "../runtime/model/tool-topics.ts";
import { toInventory } from "../assess/lock.ts";
import { cluster } from "./support/readings.ts";

const compact = { "cleanup.policy": "compact" };
const topic = (name: string, partitions = 3, configs: NamedTopic["configs"] = {}): NamedTopic => ({
  ...{ name, partitions, configs },
});
const found = (...topics: NamedTopic[]) => [...toolTopics(topics).keys()];

describe("topics of tools", () => {
  const theirs = [
    "_schemas",
    "_schema_encoders",
    "kafkasql-journal",
    "prod.kafkasql-journal",
    "_internal_connectors",
    "_internal_connectors-offsets",
    "_confluent-command",
    "_confluent-ksql-default_command_topic",
    "ksql-processing-log",
    "default_ksql_processing_log",
    "confluent.support.metrics",
    "_kafka_lenses_topology",
    "_conduktor_gateway_auditlogs",
    "_oprtr_snapshot_state",
    "strimzi_canary",
    "strimzi.cruisecontrol.metrics",
    "_redpanda.audit_log",
  ];
  for (const name of theirs) {
    it(`are known by their names: ${name}`, () => assert.deepEqual(found(topic(name)), [name]));
  }

  it("are Connect's where three with one beginning are compacted", () => {
    const trio = [
      topic("shop-configs", 1, compact),
      topic("shop-offsets", 25, compact),
      topic("shop-status", 5, compact),
    ];
    assert.deepEqual(found(...trio).sort(), ["shop-configs", "shop-offsets", "shop-status"]);
    const short = [topic("etl_config", 1, compact), topic("etl_offset", 25, compact), topic("etl_status", 5, compact)];
    assert.equal(found(...short).length, 3);
  });

  it("are Connect's where the status has another name, and by the usual names alone", () => {
    const two = [
      topic("shop-configs", 1, compact),
      topic("shop-offsets", 25, compact),
      topic("shop-states", 5, compact),
    ];
    assert.deepEqual(found(...two).sort(), ["shop-configs", "shop-offsets"]);
    assert.deepEqual(found(topic("connect-offsets", 25, compact)), ["connect-offsets"]);
  });

  it("are a registry's of another name where they are as a registry makes them", () => {
    assert.deepEqual(found(topic("_schemas_prod", 1, compact)), ["_schemas_prod"]);
  });

  const mine: [string, NamedTopic[]][] = [
    ["orders' states without the other two", [topic("order-status", 1, compact), topic("order-configs", 1, compact)]],
    [
      "three that are not compacted",
      [topic("shop-configs", 1), topic("shop-offsets", 25, compact), topic("shop-status", 5, compact)],
    ],
    [
      "configs in several partitions",
      [topic("shop-configs", 3, compact), topic("shop-offsets", 25, compact), topic("shop-status", 5, compact)],
    ],
    ["what begins like a registry's and is not like one", [topic("_schemas_orders"), topic("_schemas_a", 1)]],
    ["connections of somebody's", [topic("connect-offsets")]],
    ["names that only contain a tool's", [topic("my_schemas"), topic("schemas"), topic("orders._confluent")]],
  ];
  for (const [what, topics] of mine) it(`are not ${what}`, () => assert.deepEqual(found(...topics), []));

  it("stay in the inventory and move only if they are listed", () => {
    const inventory = toInventory(cluster({ orders: {}, _schemas: { partitions: 1 } }), null);
    assert.deepEqual(
      inventory.topics.map(({ name }) => name),
      ["_schemas", "orders"],
    );
    const topics = {
      ignore: [],
      adopt: [],
      recreated: [],
      replicationFactors: {},
      apartUpTo: 300,
      configs: {},
      whileMirroring: {},
    };
    assert.deepEqual(selectTopics({ topics }, inventory), ["orders"]);
    assert.deepEqual(selectTopics({ topics: { ...topics, migrate: ["_schemas"] } }, inventory), ["_schemas"]);
  });
});
