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
    "_schemas_encoders",
    "kafkasql-journal",
    "_internal_connectors",
    "_internal_connectors-offsets",
    "_confluent-command",
    "_confluent-ksql-default_command_topic",
    "ksql-processing-log",
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
