import assert from "node:assert/strict";
import { changeText, rewrite, type Properties, type RewriteQuestion } from "../runtime/connectors/rewrite.ts";
import { configHash } from "../runtime/connectors/target-config.ts";

const around = {
  addresses: {
    source: { bootstrap: ["kafka-0.old.svc:9092", "kafka-1.old.svc:9092"], registry: ["http://registry.old.svc:8081"] },
    target: { bootstrap: ["kafka.new:9092"], registry: ["https://registry.new:443"] },
  },
  topics: ["orders", "history"],
};
const sink: RewriteQuestion = {
  ...{ name: "orders-sink", role: "consumer", renamed: "orders-sink", rewrites: {}, secrets: [] },
  groups: ["connect-orders-sink"],
};
const source: RewriteQuestion = { ...sink, name: "db", renamed: "db", role: "producer", groups: [] };
const secret = { kubernetes: { namespace: "demo" }, name: "sink-user" };

const rewritten = (config: Properties, more: Partial<RewriteQuestion> = {}, of = source) =>
  rewrite({ ...of, ...more }, config, around);

describe("a connector's configuration at the target", () => {
  const rules: [what: string, property: string, from: string, to: string][] = [
    [
      "the bootstrap list",
      "producer.override.bootstrap.servers",
      "kafka-0.old.svc:9092,kafka-1.old.svc:9092",
      "kafka.new:9092",
    ],
    ["one broker of it", "consumer.override.bootstrap.servers", "kafka-1.old.svc:9092", "kafka.new:9092"],
    [
      "brokers in another spelling",
      "admin.override.bootstrap.servers",
      "KAFKA-0.old.svc.cluster.local.:09092",
      "kafka.new:9092",
    ],
    [
      "Debezium's schema history",
      "schema.history.internal.kafka.bootstrap.servers",
      "kafka-0.old.svc:9092",
      "kafka.new:9092",
    ],
    [
      "what older Debezium calls it",
      "database.history.kafka.bootstrap.servers",
      "kafka-0.old.svc:9092",
      "kafka.new:9092",
    ],
    ["a property of another connector", "my.kafka.hosts", "kafka-0.old.svc:9092", "kafka.new:9092"],
    [
      "the registry of keys",
      "key.converter.schema.registry.url",
      "http://registry.old.svc:8081",
      "https://registry.new:443",
    ],
    [
      "the registry of values",
      "value.converter.schema.registry.url",
      "http://Registry.old.svc:8081/",
      "https://registry.new:443",
    ],
  ];
  for (const [what, property, from, to] of rules) {
    it(`has ${what} rewritten: ${property}`, () => {
      const { properties, problems, changes } = rewritten({ [property]: from });
      assert.deepEqual(problems, []);
      assert.equal(properties[property], to);
      assert.deepEqual(changes, [{ property, from, to }]);
    });
  }

  const kept: [what: string, property: string, value: string][] = [
    ["another address", "database.hostname", "db.old.svc"],
    ["a broker of another cluster with a longer name", "file", "/kafka-0.old.svc/9092"],
    ["an address whose port goes on", "note", "kafka-0.old.svc:90921"],
    ["an address whose host begins earlier", "note", "my-kafka-0.old.svc:9092"],
    ["a value that the worker looks up", "producer.override.bootstrap.servers", "${file:/etc/kafka:brokers}"],
  ];
  for (const [what, property, value] of kept) {
    it(`keeps ${what}`, () => {
      const { properties, problems, changes } = rewritten({ [property]: value });
      assert.deepEqual([properties[property], problems, changes], [value, [], []]);
    });
  }

  const refused: [what: string, property: string, value: string, problem: RegExp][] = [
    [
      "a list of both",
      "producer.override.bootstrap.servers",
      "kafka-0.old.svc:9092,other:9092",
      /^producer\.override\.bootstrap\.servers contains the source's kafka-0\.old\.svc:9092; list its value at the target under rewrites/,
    ],
    [
      "an address inside a text",
      "sink.url",
      "http://kafka-0.old.svc:9092/topics",
      /^sink\.url contains the source's kafka-0\.old\.svc:9092/,
    ],
    [
      "the registry's inside a text",
      "hook",
      "see http://registry.old.svc:8081/subjects/x",
      /^hook contains the source's registry\.old\.svc:8081/,
    ],
    [
      "brokers that nobody knows",
      "consumer.override.bootstrap.servers",
      "alias:9092",
      /^consumer\.override\.bootstrap\.servers names brokers that the config does not know as the source's; list them under source\.bootstrap/,
    ],
    [
      "a registry that nobody knows",
      "value.converter.schema.registry.url",
      "http://alias:8081",
      /^value\.converter\.schema\.registry\.url names a registry that the config does not know/,
    ],
    [
      "a history of schemas that stays",
      "schema.history.internal.kafka.topic",
      "changes",
      /^schema\.history\.internal\.kafka\.topic is topic changes, which is not migrated: .*add the topic to topics\.migrate \(one partition, unlimited retention\)$/,
    ],
    [
      "the same of older Debezium",
      "database.history.kafka.topic",
      "changes",
      /^database\.history\.kafka\.topic is topic changes, which is not migrated/,
    ],
  ];
  for (const [what, property, value, problem] of refused) {
    it(`is refused with ${what}, by the property's name`, () => {
      const { problems } = rewritten({ [property]: value });
      assert.equal(problems.length, 1);
      assert.match(problems[0]!, problem);
      const explicit = rewritten(
        { [property]: value },
        { rewrites: { [property]: property.endsWith("topic") ? "history" : value } },
      );
      assert.deepEqual(explicit.problems, [], "rewrites say what it is, also where it stays the same");
    });
  }

  it("names everything that is wrong at once", () => {
    const problems = rewritten({ "a.bootstrap.servers": "x:1", "b.bootstrap.servers": "y:1" }).problems;
    assert.deepEqual(
      problems.map((problem) => problem.split(" ")[0]),
      ["a.bootstrap.servers", "b.bootstrap.servers"],
    );
  });

  it("gets what rewrites and Secrets say, of which no value is known here", () => {
    const config = { file: "/a", "consumer.override.sasl.jaas.config": 'x password="hunter2"' };
    const question = {
      rewrites: { file: "/b", added: "1" },
      secrets: [{ property: "consumer.override.sasl.jaas.config", secret, login: "PLAIN" as const }],
    };
    const { properties, changes } = rewritten(config, question);
    assert.deepEqual(properties, { name: "db", file: "/b", added: "1" });
    assert.deepEqual(changes.map(changeText), [
      "added: not set -> 1",
      "consumer.override.sasl.jaas.config: (not shown) -> from its Secret",
      "file: /a -> /b",
    ]);
  });

  it("is shown without passwords, whatever holds them", () => {
    const lines = [
      ["producer.override.sasl.jaas.config", 'required password="hunter2";'],
      ["basic.auth.user.info", "user:hunter2"],
      ["connection.password", "hunter2"],
      ["aws.secret.access.key", "hunter2"],
      ["connection.uri", "mongodb://user:hunter2@host"],
      ["url", "http://user:hunter2@host/"],
      ["jdbc.url", "jdbc:x://h?user=u&password=hunter2"],
      ["ssl.keystore.key", "hunter2"],
    ].map(([property, value]) => changeText({ property: property!, from: value!, to: `${value!}2` }));
    for (const line of lines) assert.match(line, /: \(not shown\) -> \(not shown\)$/);
    assert.equal(changeText({ property: "key.converter", from: "a", to: "b" }), "key.converter: a -> b");
  });

  it("says which users it takes along as they are", () => {
    const { notes } = rewritten({ "producer.override.sasl.jaas.config": "x" });
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, /^producer\.override\.sasl\.jaas\.config is copied as it is; .*name it under secrets$/);
  });

  describe("of a sink", () => {
    it("joins the group whose offsets are placed, also under another name", () => {
      const { properties, changes } = rewritten({ topics: "orders" }, { renamed: "orders-2" }, sink);
      assert.equal(properties["consumer.override.group.id"], "connect-orders-sink");
      assert.deepEqual(changes.map(changeText), [
        "consumer.override.group.id: not set -> connect-orders-sink",
        "name: orders-sink -> orders-2",
      ]);
      assert.deepEqual(rewritten({ topics: "orders" }, {}, sink).changes, []);
    });

    it("is refused if it joins another group than the config says, and the group is told", () => {
      const { problems } = rewritten({ topics: "orders", "consumer.override.group.id": "sinks" }, {}, sink);
      assert.deepEqual(problems, [
        "it joins group sinks, but the config says connect-orders-sink; name that group under groups of the workload",
      ]);
    });

    it("is refused if rewrites would make it join another group than on the source", () => {
      const { problems } = rewritten({ topics: "orders" }, { rewrites: { "consumer.override.group.id": "new" } }, sink);
      assert.match(
        problems.join(),
        /makes it join group new at the target, but the offsets of connect-orders-sink are placed/,
      );
    });

    it("is refused if it reads a topic that is not migrated, unless rewrites leave it out", () => {
      const config = { topics: "orders, left" };
      assert.match(rewritten(config, {}, sink).problems.join(), /^topics has left, which is not migrated; add it/);
      assert.deepEqual(rewritten(config, { rewrites: { topics: "orders" } }, sink).problems, []);
    });
  });

  it("has one hash whatever the order of its properties", () => {
    assert.equal(configHash({ a: "1", b: "2" }), configHash({ b: "2", a: "1" }));
    assert.notEqual(configHash({ a: "1" }), configHash({ a: "2" }));
  });
});
