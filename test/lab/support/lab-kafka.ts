/** The lab's two Kafka clusters as the machine that runs Pulumi sees them: endpoints, new topics, Kafka's own tools. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { stringify } from "dot-properties";
import type { ITopicConfig, Kafka } from "kafkajs";
import { lab } from "../../../lab/lab.ts";
import { withCluster } from "../../../runtime/brokers/connection.ts";
import { logs } from "../../../runtime/brokers/positions.ts";
import type { KafkaEndpoint, KubernetesRef, SideName } from "../../../runtime/model/sides.ts";
import { javaClientFile, labAdmin, labKafka } from "./lab-access.ts";

const run = promisify(execFile);

/** The lab's API server and the namespace of everything in it. */
export const kubernetes: KubernetesRef = { kubeconfig: lab.kubeconfig, namespace: "demo" };

/** One side of the lab with so many brokers, as superuser. */
export function endpointOf(side: SideName, brokers: number): KafkaEndpoint {
  const network = side === "source" ? 1 : 2;
  return {
    side,
    bootstrap: Array.from({ length: brokers }, (_, index) => `127.${lab.block}.${network}.${index + 1}:9094`),
    protocol: "SASL_SSL",
    mechanism: "PLAIN",
    credentials: { kubernetes, name: "kafka-admin" },
    ca: { kubernetes, name: `${side}-kafka-client-cert` },
  };
}

/** A kafkajs client for all brokers of an endpoint, as superuser. */
export async function clientOf({ bootstrap }: KafkaEndpoint): Promise<Kafka> {
  return labKafka(bootstrap, await labAdmin());
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

/**
 * Runs one of Kafka's own tools as superuser, from the jars that the lab's source runs on, in a directory that holds
 * `files` by name; returns both its outputs.
 */
export async function kafkaTool(
  endpoint: KafkaEndpoint,
  mainClass: string,
  args: (clientConfig: string) => readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const directory = mkdtempSync(path.join(tmpdir(), "kafka-tool-"));
  try {
    const config = "client.properties";
    for (const [name, text] of Object.entries({ ...files, [config]: javaClientFile(await labAdmin()) })) {
      writeFileSync(path.join(directory, name), text, { mode: 0o600 });
    }
    const tools = JSON.parse(readFileSync(path.join(lab.dir, "tools.json"), "utf8")) as {
      java: string;
      kafka: Record<string, { libs: string }>;
    };
    const java = ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", `${tools.kafka["3.9.0"]!.libs}/*`, mainClass];
    const { stdout, stderr } = await run(
      tools.java,
      [...java, "--bootstrap-server", endpoint.bootstrap.join(","), ...args(config)],
      { cwd: directory, maxBuffer: 1 << 26 },
    );
    return `${stdout}\n${stderr}`;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Gives a user a password under SCRAM-SHA-256, by `kafka-configs`. */
export async function addScramUser(endpoint: KafkaEndpoint, username: string, password: string): Promise<void> {
  const wanted = stringify({ "SCRAM-SHA-256": `password=${password}` }, { lineWidth: null });
  await kafkaTool(
    endpoint,
    "kafka.admin.ConfigCommand",
    (config) => [
      ...["--command-config", config, "--alter", "--add-config-file", "user"],
      ...["--entity-type", "users", "--entity-name", username],
    ],
    { user: `${wanted}\n` },
  );
}

/** Lag of a group per partition of a topic, as `kafka-consumer-groups` prints it. */
export async function consumerLag(endpoint: KafkaEndpoint, group: string, topic: string): Promise<Map<number, bigint>> {
  const output = await kafkaTool(endpoint, "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", (config) => [
    // By itself it gives up after 5 s, and says so where nobody looks.
    ...["--command-config", config, "--describe", "--group", group, "--timeout", "60000"],
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
  const output = await kafkaTool(endpoint, "org.apache.kafka.tools.GetOffsetShell", (config) => [
    ...["--topic-partitions", topics.join(","), "--time", time, "--command-config", config],
  ]);
  return new Map(
    [...output.matchAll(/^(\S+):(\d+):(\d+)$/gm)].map(([, topic, partition, offset]) => [
      `${topic}[${partition}]`,
      BigInt(offset!),
    ]),
  );
}

/** A topic as `kafka-topics --describe` prints it. */
export interface DescribedTopic {
  readonly id: string;
  readonly partitions: number;
  readonly replicas: number;
  /** What the topic sets itself, and what the brokers' files set. */
  readonly configs: Record<string, string>;
}

/** Every topic of one side, by name. */
export async function describeTopics(endpoint: KafkaEndpoint): Promise<Map<string, DescribedTopic>> {
  const output = await kafkaTool(endpoint, "org.apache.kafka.tools.TopicCommand", (config) => [
    ...["--command-config", config, "--describe"],
  ]);
  // Topic: foo<tab>TopicId: …<tab>PartitionCount: 3<tab>ReplicationFactor: 2<tab>Configs: a=b,c=d
  const summaries = output.split("\n").filter((line) => line.includes("PartitionCount:"));
  return new Map(
    summaries.map((line) => {
      const field = (name: string) => new RegExp(`${name}: (\\S*)`).exec(line)?.[1] ?? "";
      const configs = field("Configs").split(/,(?=[a-z.]+=)/);
      const described: DescribedTopic = {
        id: field("TopicId"),
        partitions: Number(field("PartitionCount")),
        replicas: Number(field("ReplicationFactor")),
        configs: Object.fromEntries(configs.filter(Boolean).map((pair) => pair.split("=") as [string, string])),
      };
      return [field("Topic"), described] as const;
    }),
  );
}
