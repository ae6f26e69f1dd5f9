import assert from "node:assert/strict";
import type { MigrationConfig } from "../config/migration-config.ts";
import {
  carried,
  insyncOnTarget,
  minInsync,
  replicasOf,
  sourceDefaults,
  targetTopics,
} from "../config/target-topics.ts";
import { stackConfig } from "./support/stack.ts";

const unlimited = "9223372036854775807";

/** What topic `orders` of Pulumi.dev.yaml is on the target if it sets these on the source. */
function orders(
  configs: Record<string, string>,
  edit: (config: Editable) => void = () => {},
  setFor: "mirror" | "writers" = "writers",
) {
  const config = structuredClone(stackConfig("dev")) as Editable;
  config.inventory.topics.find(({ name }) => name === "orders")!.configs = configs;
  edit(config);
  return targetTopics(config, setFor).find(({ name }) => name === "orders")!;
}
type Writable<T> = { -readonly [Key in keyof T]: Writable<T[Key]> };
type Editable = Writable<MigrationConfig>;

describe("a topic on the target", () => {
  it("has the source's partitions, the target's replicas and sorted configs", () => {
    assert.deepEqual(orders({ "retention.ms": "5", "cleanup.policy": "compact" }), {
      name: "orders",
      partitions: 6,
      replicationFactor: 3,
      config: { "cleanup.policy": "compact", "message.timestamp.after.max.ms": unlimited, "retention.ms": "5" },
    });
  });

  const cases: readonly [string, Record<string, string>, Record<string, string | undefined>][] = [
    ["gets what MirrorMaker 2 never copies", { "min.insync.replicas": "2" }, { "min.insync.replicas": "2" }],
    [
      "keeps its kind of timestamps",
      { "message.timestamp.type": "LogAppendTime" },
      { "message.timestamp.type": "LogAppendTime" },
    ],
    ["takes records of any time, as Kafka 3 does", {}, { "message.timestamp.after.max.ms": unlimited }],
    [
      "keeps a bound of its own",
      { "message.timestamp.after.max.ms": "60000" },
      { "message.timestamp.after.max.ms": "60000" },
    ],
    [
      "gets the bound that Kafka 4 has under two other names",
      { "message.timestamp.difference.max.ms": "7" },
      {
        "message.timestamp.difference.max.ms": undefined,
        "message.timestamp.after.max.ms": "7",
        "message.timestamp.before.max.ms": "7",
      },
    ],
    ["goes without a record format", { "message.format.version": "2.8" }, { "message.format.version": undefined }],
    ["gets the smallest segments that Kafka 4 takes", { "segment.bytes": "65536" }, { "segment.bytes": "1048576" }],
    ["keeps larger segments", { "segment.bytes": "2097152" }, { "segment.bytes": "2097152" }],
    [
      "goes without throttled brokers of the source",
      { "leader.replication.throttled.replicas": "0:1", "follower.replication.throttled.replicas": "*" },
      { "leader.replication.throttled.replicas": undefined, "follower.replication.throttled.replicas": undefined },
    ],
    [
      "goes without what only another distribution knows",
      { "confluent.tier.enable": "true" },
      { "confluent.tier.enable": undefined },
    ],
  ];
  for (const [what, configs, expected] of cases) {
    it(what, () => {
      const { config } = orders(configs);
      for (const [key, value] of Object.entries(expected)) assert.equal(config[key], value, key);
    });
  }

  it("gets what the source's brokers set for all topics, unless it sets it itself", () => {
    const brokers = (config: Editable) => {
      config.inventory.defaults["retention.ms"] = { value: "259200000", from: "broker" };
    };
    assert.equal(orders({}, brokers).config["retention.ms"], "259200000");
    assert.equal(orders({ "retention.ms": "1" }, brokers).config["retention.ms"], "1");
    assert.equal(orders({}).config["retention.ms"], undefined);
  });

  describe("where the target's brokers give every topic something else", () => {
    const brokers =
      (defaults: Record<string, string>, kafka = "4.2") =>
      (config: Editable) => {
        config.target.cluster = { kind: "kubedb-existing", name: "target-kafka" };
        config.inventory.target = { clusterId: "t", kafka, brokers: 3, topics: [], defaults };
      };
    const given: readonly [string, Record<string, string>, Record<string, string>][] = [
      ["keeps records as long", { "retention.ms": "86400000" }, { "retention.ms": "604800000" }],
      ["is cleaned the same way", { "cleanup.policy": "compact" }, { "cleanup.policy": "delete" }],
      ["takes records as large", { "max.message.bytes": "500000" }, { "max.message.bytes": "1048588" }],
      ["keeps timestamps", { "message.timestamp.type": "LogAppendTime" }, { "message.timestamp.type": "CreateTime" }],
      [
        "takes records as old",
        { "message.timestamp.before.max.ms": "86400000" },
        { "message.timestamp.before.max.ms": unlimited },
      ],
      ["says nothing of what is the same", { "retention.ms": "604800000" }, {}],
      ["says nothing of what decides about no record", { "segment.bytes": "1" }, {}],
    ];
    for (const [what, target, expected] of given) {
      it(`${what} as on the source`, () => {
        assert.deepEqual(orders({}, brokers(target), "mirror").config, {
          "message.timestamp.after.max.ms": unlimited,
          ...expected,
        });
      });
    }

    it("keeps its own values, and the config's", () => {
      const { config } = orders({ "retention.ms": "1" }, (edited) => {
        brokers({ "retention.ms": "86400000", "cleanup.policy": "compact" })(edited);
        edited.selection.topics.configs = { orders: { "cleanup.policy": "compact" } };
      });
      assert.deepEqual([config["retention.ms"], config["cleanup.policy"]], ["1", "compact"]);
    });

    it("knows it of brokers that are made here, in any of their units", () => {
      const { config } = orders({}, ({ target }) => {
        (target.cluster as { configuration: Record<string, string> }).configuration = { "log.retention.hours": "24" };
      });
      assert.equal(config["retention.ms"], "604800000");
    });

    it("takes records of any age from a source that bounds both directions by one config", () => {
      const { config } = orders({}, (edited) => {
        const { defaults } = edited.inventory;
        delete defaults["message.timestamp.before.max.ms"];
        defaults["message.timestamp.difference.max.ms"] = { value: unlimited, from: "kafka" };
        brokers({ "message.timestamp.before.max.ms": "86400000" })(edited);
      });
      assert.equal(config["message.timestamp.before.max.ms"], unlimited);
    });

    it("lifts the one bound of brokers before Kafka 4", () => {
      const { config } = orders({}, (edited) => {
        edited.inventory.defaults["message.timestamp.difference.max.ms"] = { value: unlimited, from: "kafka" };
        brokers({ "message.timestamp.difference.max.ms": "60000" }, "3.9")(edited);
      });
      assert.deepEqual(config, { "message.timestamp.difference.max.ms": unlimited });
    });
  });

  it("gets what the config says before anything else", () => {
    const { config } = orders({ "retention.ms": "1" }, ({ selection }) => {
      selection.topics.configs = {
        orders: { "retention.ms": "2", "segment.bytes": "9" },
        foo: { "retention.ms": "3" },
      };
    });
    assert.deepEqual([config["retention.ms"], config["segment.bytes"]], ["2", "9"]);
  });

  it("of Kafka 3 keeps small segments and its own defaults", () => {
    const { config } = orders({ "segment.bytes": "65536" }, (edited) => {
      edited.target.cluster = { kind: "kubedb-existing", name: "target-kafka" };
      edited.inventory.target = { clusterId: "t", kafka: "3.9", brokers: 3, topics: [] };
    });
    assert.deepEqual(config, { "segment.bytes": "65536" });
  });

  it("has three replicas, or as many as there are brokers, or what the config says", () => {
    const of = (brokers: number, asked?: number): number => {
      const config = structuredClone(stackConfig("dev")) as Editable;
      config.target.cluster = { kind: "kubedb-existing", name: "target-kafka" };
      config.inventory.target = { clusterId: "t", kafka: "4.2", brokers, topics: [] };
      if (asked !== undefined) config.selection.topics.replicationFactor = asked;
      return replicasOf(config);
    };
    assert.deepEqual([of(1), of(2), of(5), of(5, 4)], [1, 2, 3, 4]);
  });

  it("asks for as many replicas in sync as it sets itself, else as the target's brokers do, else for one", () => {
    const of = (
      configs: Record<string, string>,
      planned: Record<string, string>,
      existing?: Record<string, string>,
    ) => {
      const config = structuredClone(stackConfig("dev")) as Editable;
      config.inventory.topics.find(({ name }) => name === "orders")!.configs = configs;
      (config.target.cluster as { configuration: Record<string, string> }).configuration = planned;
      return insyncOnTarget(config, existing).get("orders");
    };
    const [one, two, three] = ["1", "2", "3"].map((value) => ({ [minInsync]: value }));
    assert.equal(of(three!, two!, one), 3);
    assert.equal(of({}, two!, one), 1);
    assert.equal(of({}, two!), 2);
    assert.equal(of({}, {}, {}), 1);
  });

  it("is compared in every default of the source but those that its copy does not get", () => {
    const defaults = sourceDefaults(stackConfig("dev"));
    assert.equal(defaults["cleanup.policy"], "delete");
    assert.ok(Object.keys(defaults).length > 15 && Object.keys(defaults).every(carried));
  });
});

describe("a topic on the target while the mirror writes it", () => {
  const mirrored = (configs: Record<string, string>, edit?: (config: Editable) => void) =>
    orders(configs, edit, "mirror").config;
  const cases: readonly [string, Record<string, string>, Record<string, string>][] = [
    [
      "takes records however old they are",
      { "message.timestamp.before.max.ms": "3600000" },
      { "message.timestamp.before.max.ms": unlimited },
    ],
    [
      "takes them where the bound has its former name",
      { "message.timestamp.difference.max.ms": "604800000" },
      { "message.timestamp.before.max.ms": unlimited, "message.timestamp.after.max.ms": unlimited },
    ],
    [
      "keeps the timestamps that a broker once set",
      { "message.timestamp.type": "LogAppendTime" },
      { "message.timestamp.type": "CreateTime" },
    ],
    ["is as it will be where nothing is in the way", { "retention.ms": "5" }, { "retention.ms": "5" }],
  ];
  for (const [what, configs, expected] of cases) {
    it(what, () => {
      const found = mirrored(configs);
      assert.deepEqual({ ...found, ...expected }, found);
      assert.deepEqual(Object.keys(found), Object.keys(orders(configs).config));
    });
  }

  it("is what the config says for that time, whatever it is for the time after", () => {
    const edit = (config: Editable) => {
      config.selection.topics.configs = { orders: { "max.message.bytes": "7" } };
      config.selection.topics.whileMirroring = { orders: { "max.message.bytes": "9", "cleanup.policy": "delete" } };
    };
    const compacted = { "cleanup.policy": "compact" };
    assert.deepEqual(
      [mirrored(compacted, edit), orders(compacted, edit).config].map((found) => [
        found["max.message.bytes"],
        found["cleanup.policy"],
      ]),
      [
        ["9", "delete"],
        ["7", "compact"],
      ],
    );
  });
});
