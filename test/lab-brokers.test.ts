import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brokerSpec, formatSpec, nodeProcesses, type KafkaCluster } from "../lab/broker.ts";
import type { JavaTools } from "../lab/jvm.ts";
import { labFromEnvironment, type Lab } from "../lab/layout.ts";

const cluster: KafkaCluster = {
  namespace: "demo",
  name: "source-kafka",
  version: "3.9.0",
  clusterId: "AAAAAAAAAAAAAAAAAAAAAA",
  nodes: [0, 1].map((id) => ({
    pod: `source-kafka-${id}`,
    id,
    roles: ["broker", "controller"],
    address: `127.0.1.${id + 1}`,
    host: `source-kafka-${id}.source-kafka-pods.demo.svc`,
  })),
  zookeeper: null,
  admin: { username: "admin", password: "hunter2" },
  tls: null,
  configuration: {},
};

const tools = (severalNodes: boolean): JavaTools => ({
  java: "java",
  kafka: { "3.9.0": { libs: "libs", classPath: "a.jar:nodes.jar", classData: "classes.jsa", severalNodes } },
});

describe("processes of the lab's brokers", () => {
  let lab: Lab;
  before(() => (lab = labFromEnvironment({ LAB_DIR: mkdtempSync(join(tmpdir(), "lab-brokers-")) })));
  after(() => rmSync(lab.dir, { recursive: true }));

  const spread = (severalNodes: boolean, apart: boolean) =>
    nodeProcesses(tools(severalNodes), cluster, apart).map(({ part, nodes }) => [part, nodes.length]);

  it("is one for a cluster, and one each where a test kills one or the JDK has no compiler", () => {
    const each = [
      ["kafka/demo/source-kafka/source-kafka-0", 1],
      ["kafka/demo/source-kafka/source-kafka-1", 1],
    ];
    assert.deepEqual(spread(true, false), [["kafka/demo/source-kafka/source-kafka", 2]]);
    assert.deepEqual(spread(true, true), each);
    assert.deepEqual(spread(false, false), each);
  });

  it("formats each node's directory inside the process, and shows no password among its arguments", () => {
    const [process] = nodeProcesses(tools(true), cluster, false);
    const { command } = brokerSpec(lab, tools(true), cluster, process!);
    const files = command.slice(command.indexOf("KafkaNodes") + 1);
    assert.equal(files.length, 4);
    assert.match(readFileSync(files[0]!, "utf8"), /^node\.id *= *0$/m);
    assert.match(readFileSync(files[3]!, "utf8"), /^--add-scram\nSCRAM-SHA-256=\[name=admin,password=hunter2\]$/m);
    assert.ok(!command.join(" ").includes("hunter2"));
    assert.ok(command.includes("-XX:SharedArchiveFile=classes.jsa"));
    assert.equal(formatSpec(lab, tools(true), cluster, cluster.nodes[0]!), null);
  });

  it("formats in a process of its own before Kafka's own class runs a single node", () => {
    const [process] = nodeProcesses(tools(false), cluster, false);
    assert.ok(formatSpec(lab, tools(false), cluster, cluster.nodes[0]!)!.command.includes("kafka.tools.StorageTool"));
    const { command } = brokerSpec(lab, tools(false), cluster, process!);
    assert.deepEqual(command.slice(-2, -1), ["kafka.Kafka"]);
  });

  it("is replaced when the configuration of any node changes", () => {
    const fingerprint = (changed: KafkaCluster): string | undefined => {
      const [process] = nodeProcesses(tools(true), changed, false);
      return brokerSpec(lab, tools(true), changed, process!).fingerprint;
    };
    const other = { ...cluster, configuration: { "server.properties": "log.retention.hours=1" } };
    assert.equal(fingerprint(cluster), fingerprint({ ...cluster }));
    assert.notEqual(fingerprint(cluster), fingerprint(other));
  });

  it("is a ZooKeeper and one for each broker where the cluster agrees by it", () => {
    const old: KafkaCluster = {
      ...cluster,
      version: "2.8.2",
      zookeeper: "127.0.1.100",
      nodes: cluster.nodes.map((node) => ({ ...node, roles: ["broker"] })),
    };
    const programs: JavaTools = {
      java: "java",
      kafka: { "2.8.2": { libs: "libs", classPath: "old.jar", severalNodes: false } },
    };
    const [zookeeper, broker] = nodeProcesses(programs, old, false).map((each) => brokerSpec(lab, programs, old, each));
    assert.equal(zookeeper!.part, "kafka/demo/source-kafka/zookeeper");
    // Without one it would count as outdated for ever.
    assert.match(zookeeper!.fingerprint ?? "", /^[0-9a-f]{64}$/);
    assert.match(readFileSync(zookeeper!.command.at(-1)!, "utf8"), /^clientPortAddress *= *127\.0\.1\.100$/m);
    assert.equal(broker!.command.at(-2), "kafka.Kafka");
    const properties = readFileSync(broker!.command.at(-1)!, "utf8");
    assert.match(properties, /^zookeeper\.connect *= *127\.0\.1\.100:2181$/m);
    assert.match(properties, /^authorizer\.class\.name *= *kafka\.security\.authorizer\.AclAuthorizer$/m);
    assert.doesNotMatch(properties, /process\.roles|node\.id|controller\.quorum\.voters/);
    assert.equal(formatSpec(lab, programs, old, old.nodes[0]!), null);
  });
});
