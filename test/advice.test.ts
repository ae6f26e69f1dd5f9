import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterReading } from "@kafka-migration/kafka";
import { advise, rules } from "../assess/advice.ts";
import { oldestTried } from "../assess/rules/clusters.ts";
import { capacityOf } from "../assess/capacity.ts";
import { cluster, facts, group, load, side, type FactsWords, type TopicWords } from "./support/readings.ts";
import { root } from "./support/stack.ts";

const GiB = 1024 ** 3;
const source = (words: TopicWords, more: Parameters<typeof cluster>[1] = {}) => cluster({ orders: words }, more);
const lagging = (start: ReturnType<typeof cluster>): NonNullable<FactsWords["samples"]> => [
  load(start, { orders: [0, 10, 10, 0] }, { takenAt: 0 }),
  load(start, { orders: [0, 10, 10, 0] }),
];
const reader = (more: Parameters<typeof group>[2] = {}) =>
  source({}, { groups: [group("billing", { "orders[0]": 4 }, more)] });

/** A source with ACLs such as `a Read Topic orders`; a name that ends with an asterisk is a prefix. */
function withAcls(...lines: string[]): FactsWords {
  const acls = lines.map((line): ClusterReading["acls"][number] => {
    const [user = "", operation = "", resourceType = "", name = ""] = line.split(" ");
    const prefixed = name.length > 1 && name.endsWith("*");
    return {
      ...{ principal: `User:${user}`, host: "*", operation, permission: "Allow", resourceType },
      ...{ resourceName: prefixed ? name.slice(0, -1) : name, patternType: prefixed ? "Prefixed" : "Literal" },
    };
  });
  return { source: source({}, { acls }), edit: (input) => delete input.rights };
}

const fine: FactsWords = {
  source: source({}),
  target: side(cluster({}, { clusterId: "target-id", kafka: "3.9" })),
};

/** For each rule facts that it must complain about, and the words it must use; `fine` must not make it speak. */
const complaints: Record<string, readonly [FactsWords, RegExp]> = {
  "partitions-below-three": [{ source: source({ partitions: 2 }) }, /orders has 2; 3 or more/],
  "replication-factor-one": [{ source: source({ replicas: 1 }) }, /1 topic of 1 with 1 replica/],
  "fewer-replicas-on-target": [
    { source: source({ replicas: 3 }), edit: (input) => (input.topics = { replicationFactor: 2 }) },
    /3 replicas on the source, 2 on the target/,
  ],
  "weaker-durability-on-target": [
    {
      source: source({ broker: { "min.insync.replicas": "2" } }),
      edit: (input) => (input.topics = { configs: { orders: { "min.insync.replicas": "1" } } }),
    },
    /orders requires 2 in sync on the source, 1 on the target/,
  ],
  "writes-stop-with-one-broker": [
    { source: source({ configs: { "min.insync.replicas": "3" } }) },
    /orders: 3 of 3 replicas must be in sync/,
  ],
  "renamed-or-skipped-by-mm2": [
    {
      source: cluster({ "jobs.internal": {} }),
      edit: (input) => (input.connect = { ...input.connect, version: "3.9.0" }),
    },
    /"jobs.internal" is skipped by a Connect before 4.0/,
  ],
  "config-refused-by-target": [{ source: source({ configs: { "segment.bytes": "100000" } }) }, /segment.bytes=100000/],
  "short-retention": [{ source: source({ configs: { "retention.ms": "3600000" } }) }, /orders keeps 1.0 h/],
  "tombstones-before-the-mirror": [
    { source: source({ configs: { "cleanup.policy": "compact,delete", "delete.retention.ms": "3600000" } }) },
    /orders keeps deletions 1.0 h; 7 days are advised/,
  ],
  "records-larger-than-the-mirror-takes": [
    { source: source({ configs: { "max.message.bytes": "33554432" } }) },
    /orders allows 32.0 MiB; the mirror accepts 16.0 MiB/,
  ],
  "open-transaction": [
    {
      source: source({}),
      samples: [
        load(source({}), { orders: [0, 4, 10, 0] }, { takenAt: 0 }),
        load(source({}), { orders: [0, 4, 12, 0] }),
      ],
    },
    /did not advance in 3 partitions of orders/,
  ],
  "stands-on-target": [
    { source: source({}), existing: [{ name: "orders", partitions: 1, replicationFactor: 1, empty: false }] },
    /1 topic on the target already holds records/,
  ],
  "named-but-not-on-source": [
    { source: source({}), edit: (input) => (input.topics = { migrate: ["orders", "gone"] }) },
    /1 topic under topics.migrate is not/,
  ],
  "group-stands-still": [
    {
      source: reader({ members: [], state: "Empty" }),
      samples: lagging(source({})),
      ages: new Map([["billing", -7_190_000]]),
    },
    /billing is 6 records behind, 2.0 h and has no members/,
  ],
  "schemas-unchecked": [
    {
      source: source({}),
      registry: { state: "read", subjects: 3, unchecked: ["orders-value", "payments-value"] },
    },
    /2 of 3 subjects: orders-value, payments-value/,
  ],
  "registry-not-read": [
    {
      source: source({}),
      registry: { state: "away", reason: "the source's registry at http://r:8081 gave no answer" },
    },
    /gave no answer/,
  ],
  "group-drains-slowly": [
    {
      source: reader(),
      before: source({}, { groups: [group("billing", { "orders[0]": 3 })] }),
      samples: lagging(source({})),
      edit: (input) => (input.gates = { timeoutSeconds: 50 }),
    },
    /billing is 6 records behind and reads 0\.1 a second: 60 s without new records, 50 s allowed/,
  ],
  "group-commits-nothing": [
    { source: source({}, { groups: [group("streams", {})] }) },
    /streams has 1 member and no committed offset/,
  ],
  "group-is-never-joined": [
    { source: reader({ members: [], state: "Empty", simple: true }) },
    /^billing has never had a member/,
  ],
  "group-reads-what-stays": [
    {
      source: cluster({ orders: {}, clicks: {} }, { groups: [group("billing", { "orders[0]": 0, "clicks[0]": 0 })] }),
      edit: (input) => (input.topics = { migrate: ["orders"] }),
    },
    /billing also reads clicks/,
  ],
  "group-is-streams": [
    { source: source({}, { groups: [group("billing", { "orders[0]": 4 }, { assignor: "stream" })] }) },
    /billing of Kafka Streams/,
  ],
  "group-reads-compacted": [
    {
      source: source({ configs: { "cleanup.policy": "compact" } }, { groups: [group("billing", { "orders[0]": 4 })] }),
      samples: lagging(source({})),
    },
    /billing reads orders, 6 records behind/,
  ],
  "even-controllers": [{ source: source({}, { controllers: [1, 2] }) }, /source has 2 controllers and survives 0/],
  "not-all-replicas-in-sync": [{ source: source({ inSync: 2 }) }, /3 partitions of 1 topic/],
  capacity: [sized(200 * GiB), /200.0 GiB x 3 replicas = 600.0 GiB, but 300.0 GiB are available/],
  "capacity-tight": [sized(80 * GiB), /240.0 GiB of 300.0 GiB would be used, 80 %/],
  "copies-larger-than-the-source": [
    {
      ...sized(30 * GiB),
      records: { orders: { compressed: 100, compressedBytes: { plain: 4000, stored: 1000 } } },
    },
    /^the copies are 4 times as large, 360.0 GiB in all$/,
  ],
  "target-older-than-source": [
    { source: source({}), target: side(cluster({}, { clusterId: "t", kafka: "3.8" })) },
    /the source is 3.9, the target 3.8/,
  ],
  "source-older-than-connect": [
    { source: source({}, { kafka: null, speaks: null }) },
    /no release from 2\.4 on; Connect is to be 4\.2\.0/,
  ],
  "source-release-unknown": [
    { source: source({}, { kafka: null, speaks: "2.6", mode: null }) },
    /does not say which release it is; it takes the requests of 2\.6/,
  ],
  "source-older-than-tried": [
    { source: source({}, { kafka: "2.7", speaks: "2.7", mode: "zookeeper" }) },
    /takes the requests of Kafka 2\.7/,
  ],
  "no-topic-ids": [
    { source: source({ id: "00000000-0000-0000-0000-000000000000" }) },
    /topics of the source have no ids/,
  ],
  "records-too-large-for-the-target": [
    { source: source({}), records: { orders: { largestBytes: 3_145_728 } } },
    /orders has a record of 3\.0 MiB uncompressed, the target takes 1\.0 MiB/,
  ],
  "records-too-large-for-the-mirror": [
    { source: source({}), records: { orders: { largestBytes: 20_000_000 } } },
    /orders has a record of 19\.1 MiB, the mirror accepts 16\.0 MiB/,
  ],
  "records-without-key-in-a-compacted-topic": [
    { source: source({ configs: { "cleanup.policy": "compact" } }), records: { orders: { withoutKey: 4 } } },
    /orders has 4 of 100 records read without a key/,
  ],
  "records-before-1970": [
    { source: source({}), records: { orders: { before1970: 1 } } },
    /orders has 1 of 100 records read from before 1970/,
  ],
  "records-without-timestamp": [
    { source: source({}), records: { orders: { withoutTimestamp: 7 } } },
    /orders has 7 of 100 records read without a timestamp/,
  ],
  "records-in-former-formats": [
    { source: source({}), records: { orders: { formerFormat: 50 } } },
    /orders has 50 of 100 records read in the format of Kafka 0\.10 or older/,
  ],
  "topics-open-for-the-mirror": [
    { source: source({ configs: { "message.timestamp.type": "LogAppendTime" } }) },
    /orders message\.timestamp\.type=CreateTime instead of LogAppendTime/,
  ],
  "retention-by-size-of-compressed-records": [
    { source: source({ configs: { "retention.bytes": "1073741824" } }), records: { orders: { compressed: 100 } } },
    /orders keeps 1\.0 GiB and has 100 of 100 records read compressed/,
  ],
  "records-not-read": [
    { source: cluster({ orders: {} }), unsampled: ["orders"], samples: lagging(cluster({ orders: {} })) },
    /no record of 1 topic was read in time/,
  ],
  "share-groups": [
    { source: source({}, { shareGroups: ["tickets"] }) },
    /1 share group on the source, neither recorded/,
  ],
  "left-out-tools": [
    { source: cluster({ orders: {}, _schemas: { partitions: 1 } }) },
    /^_schemas, a schema registry's: schemas move with their ids/,
  ],
  "left-out-tools-written": [
    {
      source: cluster({ orders: {}, _schemas: { partitions: 1 } }),
      samples: [
        load(cluster({ orders: {}, _schemas: { partitions: 1 } }), { _schemas: [0, 10, 10, 0] }, { takenAt: 0 }),
        load(cluster({ orders: {}, _schemas: { partitions: 1 } }), { _schemas: [0, 30, 30, 0] }, { takenAt: 10_000 }),
      ],
    },
    /^_schemas takes 2.0 records a second$/,
  ],
  "tools-among-the-migrated": [
    {
      source: cluster({ orders: {}, _schemas: { partitions: 1 } }),
      edit: (input) => (input.topics = { migrate: ["orders", "_schemas"] }),
    },
    /_schemas is a schema registry's/,
  ],
  "hidden-from-the-mirror": [
    { source: cluster({ orders: {}, "__debezium-heartbeat.shop": { partitions: 1 }, __transaction_state: {} }) },
    /^__debezium-heartbeat\.shop \(1 partition\)$/,
  ],
  "releases-differ": [{ source: source({}) }, /^the source is 3.9, the target 4.2$/],
  "release-without-fixes": [
    {
      source: source({}, { kafka: "3.8" }),
      target: side(cluster({}, { clusterId: "t", kafka: "2.8" })),
    },
    /^the source is 3.8, the target is 2.8$/,
  ],
  "topics-made-by-accident": [
    {
      source: source({}),
      target: side(cluster({}, { clusterId: "t", brokerConfig: { "auto.create.topics.enable": "true" } })),
    },
    /auto.create.topics.enable is true/,
  ],
  "offsets-expire-sooner": [
    {
      source: source({}, { brokerConfig: { "offsets.retention.minutes": "43200" } }),
      target: side(cluster({}, { clusterId: "t" })),
    },
    /^offsets.retention.minutes is 10080 on the target, and 43200 on the source$/,
  ],
  "target-brokers-differ": [
    {
      source: source({}),
      target: side(cluster({}, { clusterId: "t", brokerConfig: { "log.retention.hours": "24" } })),
    },
    /^retention.ms is 86400000 on the target, and 604800000 on the source$/,
  ],
  "target-brokers-unread": [
    { source: source({}), target: side(cluster({}, { clusterId: "t", brokerConfig: {} })) },
    /^the config of its brokers could not be read$/,
  ],
  quotas: [
    { source: source({}, { quotas: [{ entity: { user: "<default>" }, limits: { consumer_byte_rate: 1000 } }] }) },
    /user <default>: consumer_byte_rate=1000/,
  ],
  "rights-of-everybody": [withAcls("* Read Topic orders"), /1 ACL of 1 principal: User:\* Read Topic orders/],
  "rights-on-everything": [
    withAcls("a Read Topic *", "a Read Group *"),
    /2 ACLs of 1 principal: User:a Read Topic \*, User:a Read Group \*/,
  ],
  "rights-on-nothing": [
    withAcls("a Read Topic gone", "a Write Topic gone-*", "a Read Group ghost", "a Write TransactionalID t"),
    /3 ACLs of 1 principal: User:a Read Topic gone, User:a Write Topic gone-\*, User:a Read Group ghost$/,
  ],
  "rights-that-nobody-uses": [withAcls("a Write Topic orders"), /1 ACL of 1 principal: User:a Write Topic orders/],
  "principals-without-user": [withAcls("CN=a Read Topic orders"), /User:CN=a Read Topic orders/],
  "rights-not-taken-over": [
    withAcls(
      "a Read Topic orders",
      "a Write Topic orders",
      "a Read Topic ord*",
      "a Read Group g",
      "a All Topic orders",
    ),
    /4 ACLs of 1 principal: User:a Write Topic orders, User:a Read Topic ord\*, User:a Read Group g, User:a All Topic/,
  ],
  "users-and-rights": [
    {
      source: source({}, { users: [{ name: "billing", mechanisms: { "SCRAM-SHA-256": 4096 } }] }),
      edit: (input) => delete input.rights,
    },
    /1 SCRAM user and 0 ACLs/,
  ],
  "made-for-the-source": [
    { source: source({}), dependents: ["ConnectCluster demo/etl", "SchemaRegistry demo/schemas"] },
    /2 objects of the source's platform/,
  ],
  "paths-not-tried": [{ source: source({}), edit: (input) => delete input.inCluster }, /this machine's alone$/],
  "not-readable": [
    { source: source({}, { unread: [{ what: "acls", reason: "the cluster has no authorizer" }] }) },
    /acls: the cluster has no authorizer/,
  ],
  "ports-shut-to-connect": [
    {
      source: source({}),
      edit: (input) => {
        input.source = { ...input.source, cluster: { kind: "external" }, bootstrap: ["old.example:443"] };
        delete input.source.runnerBootstrap;
        input.network = { operators: [{ namespace: "kubedb" }], source: [{ cidr: "192.0.2.0/24" }] };
      },
    },
    /^brokers of the source advertise 9092$/,
  ],
  "connect-does-not-reach-source": [
    {
      source: source({}),
      connect: {
        state: "answers",
        version: "4.2.0",
        brokers: [
          { address: "kafka-0:9092", problem: null },
          { address: "kafka-1:9092", problem: "no metadata" },
        ],
        skipped: null,
      },
    },
    /1 of 2 brokers: kafka-1:9092/,
  ],
};

/** One partition of `orders` holds that many bytes. */
function sized(bytes: number): FactsWords {
  const reading = source({ partitions: 1 });
  return {
    source: reading,
    samples: [load(reading, { orders: [0, 1, 1, bytes] }, { takenAt: 0 }), load(reading, { orders: [0, 1, 1, bytes] })],
  };
}

describe("the advice of an assessment", () => {
  it("names the oldest source that the README says was walked", () => {
    const [, walked = ""] =
      /oldest release that was walked is (\d+\.\d+)/.exec(
        readFileSync(join(root, "README.md"), "utf8").replace(/\s+/g, " "),
      ) ?? [];
    assert.equal(oldestTried, walked);
  });

  it("has a case for every rule", () => {
    assert.deepEqual(Object.keys(complaints).sort(), rules.map(({ id }) => id).sort());
    assert.ok(rules.length >= 10);
  });

  it("says nothing about a source and a target that are as they should be", () => {
    assert.deepEqual(advise(facts(fine)), []);
  });

  for (const [id, [words, finding]] of Object.entries(complaints)) {
    it(`finds ${id}`, () => {
      const found = advise(facts(words)).find((advice) => advice.id === id);
      assert.match(found?.finding ?? "nothing", finding);
      assert.ok(found!.reason !== "" && found!.remedy !== "" && found!.names.length > 0);
    });
  }

  it("begins with what keeps a migration from working", () => {
    const reading = source({ inSync: 1, partitions: 1, configs: { "retention.ms": "1" } });
    const severities = advise(facts({ source: reading })).map(({ severity }) => severity);
    assert.deepEqual([...new Set(severities)], ["error", "warning", "info"]);
    const rank = severities.map((severity) => ["error", "warning", "info"].indexOf(severity));
    assert.deepEqual(rank, [...rank].sort());
  });
});

describe("the target's capacity", () => {
  it("is what its disks have free, against the source's size times the replication factor", () => {
    const { sourceBytes, neededBytes, availableBytes, verdict } = capacityOf(facts(sized(10 * GiB)));
    assert.deepEqual(
      [sourceBytes, neededBytes, availableBytes, verdict],
      [10n * 1024n ** 3n, 30n * 1024n ** 3n, 300n * 1024n ** 3n, "fits"],
    );
  });

  it("is what the config plans while the target does not stand", () => {
    const { brokers, availableBytes, availableFrom } = capacityOf(facts({ ...sized(GiB), target: null }));
    assert.deepEqual([brokers, availableBytes, availableFrom], [5, 5n * 1024n ** 4n, "config"]);
  });

  it("counts only what moves", () => {
    const reading = cluster({ orders: { partitions: 1 }, clicks: { partitions: 1 } });
    const sample = load(reading, { orders: [0, 1, 1, 100], clicks: [0, 1, 1, 1000] });
    const edit: FactsWords["edit"] = (input) =>
      (input.topics = { ignore: [{ name: "clicks", reason: "nobody reads it" }] });
    assert.equal(capacityOf(facts({ source: reading, samples: [sample, sample], edit })).sourceBytes, 100n);
  });

  it("counts what applications compress as large as the mirror writes it", () => {
    const records = { orders: { compressed: 50, compressedBytes: { plain: 5000, stored: 1000 } } };
    const of = (edit: FactsWords["edit"]) => capacityOf(facts({ ...sized(10 * GiB), records, ...(edit && { edit }) }));
    const { uncompressedTimes, neededBytes, verdict } = of(undefined);
    // Half of the records are a fifth of what they will be.
    assert.deepEqual([uncompressedTimes, neededBytes, verdict], [3, BigInt(90 * GiB), "fits"]);
    const lz4 = of((input) => (input.mirror = { source: { "producer.override.compression.type": "lz4" } }));
    assert.deepEqual([lz4.uncompressedTimes, lz4.neededBytes], [1, BigInt(30 * GiB)]);
  });

  it("is unknown where sizes could not be read", () => {
    const words = sized(GiB);
    const [first, last] = words.samples!;
    const blind = {
      ...last,
      partitions: new Map([...last.partitions].map(([name, partition]) => [name, { ...partition, bytes: null }])),
    };
    assert.equal(capacityOf(facts({ ...words, samples: [first, blind] })).verdict, "unknown");
  });
});
