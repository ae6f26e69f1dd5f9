import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connectorProperties } from "../components/connector-properties.ts";
import { parseConfig } from "../config/load.ts";
import { propertyOf } from "../config/mirror-properties/refusal.ts";
import { connectors, mirrorProperties, titles, type Connector } from "../config/mirror-properties/table.ts";
import { mirrorPage } from "../scripts/mirror-page.ts";
import { guideProperties } from "./support/guide-properties.ts";
import { ofType, register } from "./support/rows.ts";
import { root, stackConfig, stackInput, stackInventory } from "./support/stack.ts";

type Properties = Readonly<Record<string, string>>;

/** What is said of a connector's properties in a stack. */
function refusals(connector: Connector, properties: Properties): string[] {
  const parsed = parseConfig({ ...stackInput("dev"), mirror: { [connector]: properties } }, stackInventory("dev"));
  return "problems" in parsed ? parsed.problems.map(({ message }) => message) : [];
}

describe("the table of MirrorMaker 2's properties", () => {
  it("is docs/mirror-properties.md; if not, run npm run golden", async () => {
    const page = readFileSync(join(root, "docs/mirror-properties.md"), "utf8");
    assert.equal(await mirrorPage(stackConfig("dev")), page);
  });

  it("has every property that the program sets, and none twice", () => {
    for (const stack of ["dev", "prod"] as const) {
      const set = connectorProperties(stackConfig(stack));
      for (const connector of connectors) {
        const unlisted = Object.keys(set[connector]).filter((name) => propertyOf(connector, name)?.name !== name);
        const connection = unlisted.filter((name) => name.endsWith(".cluster.bootstrap.servers"));
        assert.deepEqual(unlisted, connection, connector);
      }
    }
    for (const connector of connectors) {
      const names = mirrorProperties.filter(({ of }) => of.includes(connector)).map(({ name }) => name);
      assert.deepEqual(names, [...new Set(names)], connector);
    }
  });

  it("allows the values that the program itself sets", () => {
    const set = connectorProperties(stackConfig("dev"));
    for (const { name, of, allowed } of mirrorProperties)
      for (const connector of of) {
        const ours = set[connector][name];
        if (allowed && ours !== undefined) assert.ok(allowed.values.includes(ours), `${connector} ${name}`);
      }
  });

  it("gives a reason for each property", () => {
    for (const { name, why } of mirrorProperties) assert.match(why, /^\S.*[^.\s]$/, name);
  });
});

describe("each property of the guide's table", () => {
  for (const { name, of, value, taken } of guideProperties) {
    it(`${name} of ${titles[of]} ${taken ? "reaches the connector" : "is refused, with the reason"}`, async () => {
      assert.ok(propertyOf(of, name), "it is not in the table");
      if (!taken) {
        const [said, ...others] = refusals(of, { [name]: value });
        assert.deepEqual(others, []);
        assert.match(said ?? "", /^(set by |has no effect, because |found .*, which .*; allowed: )/);
        return;
      }
      const config = stackConfig("dev", (input) => {
        input.phase = "mirror";
        input.mirror = { [of]: { [name]: value } };
      });
      assert.notEqual(connectorProperties(stackConfig("dev"))[of][name], value);
      const { resources } = await register({ config, reached: { strategy: config.table, row: "prepare" } });
      const written = ofType(resources, /:ConnectorConfig$/).map(
        ({ inputs }) => inputs as { secretName: string; properties: Properties },
      );
      const own = written.filter(({ properties }) => properties["connector.class"]?.endsWith(titles[of]));
      assert.deepEqual(
        own.map(({ properties }) => properties[name]),
        [value],
      );
      // The Connector reads them from the Secret with that name.
      const readers = ofType(resources, /:Connector$/).map(({ inputs }) => JSON.stringify(inputs));
      assert.ok(readers.some((spec) => spec.includes(own[0]!.secretName)));
    });
  }
});

describe("a property under mirror", () => {
  const cases: [Connector, Properties, string][] = [
    ["source", { "offset.lagg.max": "10" }, 'not a property of MirrorSourceConnector; did you mean "offset.lag.max"?'],
    [
      "checkpoint",
      { "offset.lag.max": "10" },
      "not a property of MirrorCheckpointConnector; allowed: those in docs/mirror-properties.md",
    ],
    [
      "heartbeat",
      { "emit.heartbeat.interval.seconds": "10" },
      'not a property of MirrorHeartbeatConnector; did you mean "emit.heartbeats.interval.seconds"?',
    ],
    [
      "source",
      { "producer.override.lingerms": "10" },
      'not a setting of Kafka\'s producer client; did you mean "linger.ms"?',
    ],
    [
      "source",
      { "source.consumer.batch.size": "10" },
      "not a setting of Kafka's consumer client; allowed: those that it has, after source.consumer.",
    ],
    [
      "source",
      { "source.producer.linger.ms": "10" },
      "has no effect: MirrorSourceConnector has no such client; remove it",
    ],
    [
      "heartbeat",
      { "source.consumer.max.poll.records": "10" },
      "has no effect: MirrorHeartbeatConnector has no such client; remove it",
    ],
    [
      "source",
      { "sync.topic.acls.enabled": "true" },
      'found "true", which grants rights that differ from the source\'s; allowed: false',
    ],
    ["heartbeat", { "tasks.max": "2" }, "set by the program from the other inputs; remove it here"],
    [
      "checkpoint",
      { transforms: "route" },
      "changes or drops records on their way, and a switch proves that both sides hold the same; remove it",
    ],
    [
      "source",
      { "topic.creation.default.partitions": "1" },
      "has no effect, because the program has created the topics before MirrorMaker 2 starts; remove it",
    ],
  ];
  const elsewhere = "set by the program from source and target: another cluster's records would be counted as copied";
  const own: [string, string, string][] = [
    ...["producer.override.", "source.consumer.", "target.admin.", "consumer.", "admin.override."].flatMap(
      (prefix): [string, string, string][] => [
        [`${prefix}bootstrap.servers`, "x:9092", elsewhere],
        [`${prefix}security.protocol`, "PLAINTEXT", elsewhere],
        [`${prefix}ssl.truststore.location`, "/x", "set by the program from the Secrets of source and target"],
      ],
    ),
    ["source.consumer.sasl.mechanism", "PLAIN", elsewhere],
    ...["source.consumer.", "producer.override."].map((prefix): [string, string, string] => [
      `${prefix}interceptor.classes`,
      "a.B",
      "changes or drops records on their way, and a switch proves that both sides hold the same",
    ]),
    [
      "producer.override.value.serializer",
      "a.B",
      "set by MirrorMaker 2 and Connect: records are copied as bytes, whatever their format",
    ],
    [
      "source.consumer.key.deserializer",
      "a.B",
      "set by MirrorMaker 2 and Connect: records are copied as bytes, whatever their format",
    ],
    [
      "source.consumer.group.id",
      "x",
      "has no effect, because MirrorMaker 2 reads partitions that Connect assigns, without a group",
    ],
    [
      "producer.override.transactional.id",
      "x",
      "set by Connect: transactions of another name are not fenced, and a record could be there twice",
    ],
  ];
  for (const [name, value, because] of own) {
    it(`${name} is not the user's`, () =>
      assert.deepEqual(refusals("source", { [name]: value }), [`${because}; remove it`]));
  }

  const values: [string, string, string | null][] = [
    ["offset.lag.max", "abc", "a whole number from 0 on"],
    ["refresh.topics.interval.seconds", "-5", "a whole number from 1 on"],
    ["producer.override.compression.type", "zstdd", "none, gzip, snappy, lz4, zstd"],
    ["producer.override.compression.type", "zstd", null],
    ["producer.override.max.request.size", "10", "a whole number from 1048576 on"],
    ["producer.override.max.request.size", "33554432", null],
    ["transaction.boundary.interval.ms", "3600000", "a whole number from 1 to 30000"],
    ["target.producer.linger.ms", "1.5", "a whole number from 0 on"],
    ["source.consumer.receive.buffer.bytes", "-1", null],
    ["source.consumer.check.crcs", "yes", "true, false"],
    ["offset-syncs.topic.replication.factor", "0", "a whole number from -1 to 32767"],
    ["consumer.poll.timeout.ms", "soon", "a whole number from 0 on"],
    ["errors.retry.timeout", "-1", null],
    ["producer.override.linger.ms", "${env:LINGER}", null],
  ];
  for (const [name, value, allowed] of values) {
    it(`${name} ${allowed === null ? "may" : "may not"} be ${JSON.stringify(value)}`, () => {
      const said = allowed === null ? [] : [`found ${JSON.stringify(value)}; allowed: ${allowed}`];
      assert.deepEqual(refusals("source", { [name]: value }), said);
    });
  }

  it("producer.override.enable.idempotence may only be true", () => {
    const of = (value: string) => refusals("source", { "producer.override.enable.idempotence": value });
    assert.deepEqual(of("true"), []);
    assert.deepEqual(of("false"), [
      'found "false", which repeats records, and contradicts transactions; allowed: true',
    ]);
  });

  for (const [connector, properties, message] of cases) {
    it(`${Object.keys(properties)[0]} of ${titles[connector]} is refused`, () => {
      assert.deepEqual(refusals(connector, properties), [message]);
    });
  }

  it("may be one of every client that the connector has", () => {
    const some: [Connector, string][] = [
      ["source", "source.consumer.receive.buffer.bytes"],
      ["source", "target.producer.linger.ms"],
      ["source", "producer.override.batch.size"],
      ["source", "offsets.storage.topic"],
      ["checkpoint", "target.consumer.fetch.max.bytes"],
      ["checkpoint", "source.admin.request.timeout.ms"],
      ["heartbeat", "target.admin.retries"],
      ["heartbeat", "producer.override.linger.ms"],
    ];
    for (const [connector, name] of some) assert.deepEqual(refusals(connector, { [name]: "9" }), [], name);
  });

  it("of a class of one's own passes beside the class, unless it resembles one of Kafka's", () => {
    const own = { "metric.reporters": "org.example.Reporter" };
    assert.deepEqual(refusals("source", { ...own, "example.reporter.url": "http://x" }), []);
    assert.deepEqual(refusals("source", { "example.reporter.url": "http://x" }).length, 1);
    assert.deepEqual(refusals("source", { ...own, "offset.lag.maxx": "1" }).length, 1);
  });
});
