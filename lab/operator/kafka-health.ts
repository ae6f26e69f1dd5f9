import kafkajs, { type Kafka as Client } from "../kafkajs.ts";
import type { KafkaCluster } from "../broker.ts";
import { ports } from "../layout.ts";

/** What the brokers themselves say of their cluster. */
export interface KafkaHealth {
  /** Node ids of the brokers that take part. */
  readonly brokers: readonly number[];
  /** Why no broker answered; empty if one did. */
  readonly problem: string;
  /** Whether a record could be written to `kafka-health`; null if that was not tried. */
  readonly writable: boolean | null;
}

/** The topic KubeDB's health checker writes to on every cluster. */
export const healthTopic = "kafka-health";

/** Asks the brokers at these addresses who takes part and, if wanted, writes a record as KubeDB does. */
export async function checkKafka(
  cluster: KafkaCluster,
  addresses: readonly string[],
  write: boolean,
): Promise<KafkaHealth> {
  const client = new kafkajs.Kafka({
    clientId: "kubedb-health-checker",
    brokers: addresses.map((address) => `${address}:${ports.runner}`),
    ...(cluster.admin ? { sasl: { mechanism: "plain" as const, ...cluster.admin } } : {}),
    ...(cluster.tls ? { ssl: { ca: [cluster.tls.ca], cert: cluster.tls.certificate, key: cluster.tls.key } } : {}),
    connectionTimeout: 2000,
    requestTimeout: 5000,
    retry: { retries: 0 },
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const admin = client.admin();
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    const ids = brokers.map(({ nodeId }) => nodeId);
    return { brokers: ids, problem: "", writable: write ? await writeRecord(client, ids.length) : null };
  } catch (problem) {
    return { brokers: [], problem: (problem as Error).message, writable: null };
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

async function writeRecord(client: Client, brokers: number): Promise<boolean> {
  const admin = client.admin();
  // A broker that has not heard of the new topic yet says that it does not exist: the producer asks again for 3 s.
  const producer = client.producer({ allowAutoTopicCreation: false, retry: { initialRetryTime: 200, retries: 4 } });
  try {
    await admin.connect();
    if (!(await admin.listTopics()).includes(healthTopic)) {
      const replicationFactor = Math.min(3, brokers);
      const topics = [{ topic: healthTopic, numPartitions: 1, replicationFactor }];
      // kafkajs's own wait for leaders gives up at once if the broker it asks has not heard of the topic.
      await admin.createTopics({ topics, waitForLeaders: false });
    }
    await producer.connect();
    await producer.send({ topic: healthTopic, messages: [{ key: "health", value: new Date().toISOString() }] });
    return true;
  } catch {
    return false;
  } finally {
    await producer.disconnect().catch(() => undefined);
    await admin.disconnect().catch(() => undefined);
  }
}
