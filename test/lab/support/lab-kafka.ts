/** The lab's two Kafka clusters as the machine that runs Pulumi sees them: endpoints, new topics, Kafka's own tools. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import kafkajs from "kafkajs";
import type { ITopicConfig } from "kafkajs";
import { withCluster } from "../../../kafka/connection.ts";
import { readBasicAuth } from "../../../kafka/kubernetes.ts";
import { logs } from "../../../kafka/positions.ts";
import type { KafkaEndpoint, KubernetesRef, SideName } from "../../../kafka/types.ts";
import { lab } from "../../../lab/lab.ts";

const run = promisify(execFile);

/** The lab's API server and the namespace of everything in it. */
export const kubernetes: KubernetesRef = { kubeconfig: lab.kubeconfig, namespace: "demo" };

/** One side of the lab with so many brokers, as superuser. */
export function endpointOf(side: SideName, brokers: number): KafkaEndpoint {
  const network = side === "source" ? 1 : 2;
  return {
    side,
    bootstrap: Array.from({ length: brokers }, (_, index) => `127.${lab.block}.${network}.${index + 1}:9094`),
    protocol: "SASL_PLAINTEXT",
    mechanism: "PLAIN",
    credentials: { kubernetes, name: "kafka-admin" },
  };
}

/** A kafkajs client for all brokers of an endpoint. */
export async function clientOf({ bootstrap, credentials }: KafkaEndpoint): Promise<kafkajs.Kafka> {
  process.env["KAFKAJS_NO_PARTITIONER_WARNING"] = "1";
  return new kafkajs.Kafka({
    clientId: "test",
    brokers: [...bootstrap],
    sasl: { mechanism: "plain", ...(await readBasicAuth(credentials!)) },
    logLevel: kafkajs.logLevel.NOTHING,
  });
}

/**
 * Creates topics and waits until each broker of the endpoint by itself knows a leader for every partition: the
 * controller says that a topic exists before the others have heard of it, and a client may ask any of them next.
 * Rejects if the topics were there already.
 */
export async function createTopics(endpoint: KafkaEndpoint, topics: readonly ITopicConfig[]): Promise<void> {
  const admin = (await clientOf(endpoint)).admin();
  try {
    await admin.connect();
    // kafkajs fails instead of waiting if the broker it asks for leaders has not heard of the topic.
    const created = await admin.createTopics({ topics: [...topics], waitForLeaders: false });
    if (!created) throw new Error(`${topics.map(({ topic }) => topic).join(", ")} existed on the ${endpoint.side}`);
  } finally {
    await admin.disconnect();
  }
  const names = topics.map(({ topic }) => topic);
  const until = Date.now() + 30_000;
  for (const address of endpoint.bootstrap) {
    for (;;) {
      const one = { ...endpoint, bootstrap: [address] };
      const { problems } = await withCluster(one, (cluster) => logs(cluster, names));
      if (problems.length === 0) break;
      if (Date.now() > until) throw new Error(`${address}: ${problems.map(({ sentence }) => sentence).join("; ")}`);
      await sleep(200);
    }
  }
}

/** Runs one of Kafka's own tools from the jars that the lab's source runs on; returns both its outputs. */
export async function kafkaTool(
  endpoint: KafkaEndpoint,
  mainClass: string,
  args: (clientConfig: string) => readonly string[],
): Promise<string> {
  const { username, password } = await readBasicAuth(endpoint.credentials!);
  const directory = mkdtempSync(path.join(tmpdir(), "kafka-tool-"));
  try {
    const config = path.join(directory, "client.properties");
    const login = `org.apache.kafka.common.security.plain.PlainLoginModule required username="${username}" password="${password}";`;
    const properties = `security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config=${login}\n`;
    writeFileSync(config, properties, { mode: 0o600 });
    const tools = JSON.parse(readFileSync(path.join(lab.dir, "tools.json"), "utf8")) as {
      java: string;
      kafka: Record<string, { libs: string }>;
    };
    const java = ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", `${tools.kafka["3.9.0"]!.libs}/*`];
    const { stdout, stderr } = await run(
      tools.java,
      [
        ...java,
        `org.apache.kafka.tools.${mainClass}`,
        "--bootstrap-server",
        endpoint.bootstrap.join(","),
        ...args(config),
      ],
      { maxBuffer: 1 << 26 },
    );
    return `${stdout}\n${stderr}`;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Lag of a group per partition of a topic, as `kafka-consumer-groups` prints it. */
export async function consumerLag(endpoint: KafkaEndpoint, group: string, topic: string): Promise<Map<number, bigint>> {
  const output = await kafkaTool(endpoint, "consumer.group.ConsumerGroupCommand", (config) => [
    ...["--command-config", config, "--describe", "--group", group],
  ]);
  // GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG …
  const rows = output.split("\n").map((line) => line.trim().split(/\s+/));
  return new Map(
    rows.filter((row) => row[0] === group && row[1] === topic).map((row) => [Number(row[2]), BigInt(row[5]!)]),
  );
}

/** Ends (`-1`) or beginnings (`-2`) of topics, by `topic[partition]`, as `kafka-get-offsets` prints them. */
export async function offsetsByTool(
  endpoint: KafkaEndpoint,
  topics: readonly string[],
  time: "-1" | "-2" = "-1",
): Promise<Map<string, bigint>> {
  const output = await kafkaTool(endpoint, "GetOffsetShell", (config) => [
    ...["--topic-partitions", topics.join(","), "--time", time, "--command-config", config],
  ]);
  return new Map(
    [...output.matchAll(/^(\S+):(\d+):(\d+)$/gm)].map(([, topic, partition, offset]) => [
      `${topic}[${partition}]`,
      BigInt(offset!),
    ]),
  );
}
