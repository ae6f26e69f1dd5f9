/** What the benchmark adds to the lab. */
import { setTimeout as sleep } from "node:timers/promises";
import kafkajs, { type Admin, type Kafka } from "../lab/kafkajs.ts";
import { connect, readSecret } from "../lab/kubernetes.ts";
import { lab } from "../lab/lab.ts";
import { commitOffsets } from "../runtime/brokers/commits.ts";

const namespace = "demo";
const kafkas = { group: "kubedb.com", version: "v1", plural: "kafkas", namespace } as const;

/** Topics and groups that the source is given. */
export interface Filling {
  readonly topics: number;
  readonly groups: number;
}

/** Of each group. */
const topicsPerGroup = 5;
/** Topics up to which they have three partitions and two replicas; the lab's JVMs hold more topics of one each. */
const topicsInFull = 2_000;

export const topicName = (number: number): string => `bench-${String(number).padStart(5, "0")}`;
export const groupName = (number: number): string => `bench-group-${number}`;

/** The topics of a group. */
export const readBy = (group: number, topics: number): string[] =>
  Array.from({ length: Math.min(topicsPerGroup, topics) }, (_, more) =>
    topicName((group * topicsPerGroup + more) % topics),
  );

/** Partitions and replicas of each topic in a lab of so many. */
export const shapeOf = (topics: number) =>
  topics <= topicsInFull ? { partitions: 3, replicas: 2 } : { partitions: 1, replicas: 1 };

/** How the lab's clusters are reached as their superuser. */
export interface Access {
  readonly brokers: readonly string[];
  readonly username: string;
  readonly password: string;
  readonly ca: string;
}

const brokersOf = { source: [1, 2], target: [1, 2, 3] } as const;

export async function accessTo(side: keyof typeof brokersOf): Promise<Access> {
  const api = connect(lab.kubeconfig);
  const user = await readSecret(api, namespace, "kafka-admin");
  const certificate = await readSecret(api, namespace, `${side}-kafka-client-cert`);
  const network = side === "source" ? 1 : 2;
  return {
    brokers: brokersOf[side].map((number) => `127.${lab.block}.${network}.${number}:9094`),
    username: user!["username"]!,
    password: user!["password"]!,
    ca: certificate!["ca.crt"]!,
  };
}

export function clientOf({ brokers, username, password, ca }: Access): Kafka {
  process.env["KAFKAJS_NO_PARTITIONER_WARNING"] = "1";
  return new kafkajs.Kafka({
    clientId: "bench",
    brokers: [...brokers],
    ssl: { ca: [ca] },
    sasl: { mechanism: "plain", username, password },
    logLevel: kafkajs.logLevel.NOTHING,
    requestTimeout: 120_000,
  });
}

export async function asAdmin<T>(kafka: Kafka, act: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await act(admin);
  } finally {
    await admin.disconnect();
  }
}

/**
 * Makes topics on the source, writes a record into each of their partitions, and gives each group positions behind it in
 * five topics.
 */
export async function fillSource({ topics: count, groups }: Filling): Promise<void> {
  const kafka = clientOf(await accessTo("source"));
  const { partitions, replicas } = shapeOf(count);
  const names = Array.from({ length: count }, (_, number) => topicName(number));
  await asAdmin(kafka, async (admin) => {
    for (const part of parts(names, 1_000)) {
      const topics = part.map((topic, number) => ({
        topic,
        numPartitions: partitions,
        replicationFactor: replicas,
        configEntries: [
          { name: "retention.ms", value: String(3_600_000_000 + (number % 7)) },
          // What a broker asks for by default is more than a topic of one replica has.
          ...(replicas === 1 ? [{ name: "min.insync.replicas", value: "1" }] : []),
        ],
      }));
      await admin.createTopics({ topics, waitForLeaders: false, timeout: 120_000 });
    }
  });
  await sleep(5_000);
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  for (const part of parts(names, 200)) {
    const topicMessages = part.map((topic) => ({
      topic,
      messages: Array.from({ length: partitions }, (_, partition) => ({ partition, key: "first", value: "record" })),
    }));
    await producer.sendBatch({ topicMessages, acks: -1 });
  }
  await producer.disconnect();
  const { brokers } = await accessTo("source");
  const kubernetes = { kubeconfig: lab.kubeconfig, namespace };
  const endpoint = {
    ...({ side: "source", bootstrap: brokers, protocol: "SASL_SSL", mechanism: "PLAIN" } as const),
    credentials: { kubernetes, name: "kafka-admin" },
    ca: { kubernetes, name: "source-kafka-client-cert" },
  };
  // kafkajs makes a member of each group for each of its topics, which takes seconds.
  await commitOffsets(
    endpoint,
    new Map(
      Array.from({ length: groups }, (_, group) => [
        groupName(group),
        readBy(group, count).flatMap((topic) =>
          Array.from({ length: partitions }, (_each, partition) => ({ topic, partition, offset: 1n })),
        ),
      ]),
    ),
  );
}

/** Removes what a program of topics and rights alone has made, so that another one begins without them. */
export async function removeMade(principal: string, prefix: string): Promise<number> {
  for (const side of ["source", "target"] as const)
    await asAdmin(clientOf(await accessTo(side)), (admin) =>
      admin.deleteAcls({
        filters: [
          {
            ...{ principal, host: "*" },
            resourceType: kafkajs.AclResourceTypes.ANY,
            resourcePatternType: kafkajs.ResourcePatternTypes.ANY,
            operation: kafkajs.AclOperationTypes.ANY,
            permissionType: kafkajs.AclPermissionTypes.ANY,
          },
        ],
      }),
    );
  return asAdmin(clientOf(await accessTo("target")), async (admin) => {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics, timeout: 120_000 });
    return topics.length;
  });
}

/** A list in parts of at most so many. */
const parts = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));

/** Creates the target as an existing cluster, and waits until it is Ready. */
export async function existingTarget(): Promise<void> {
  const { custom } = connect(lab.kubeconfig);
  await custom.createNamespacedCustomObject({
    ...kafkas,
    body: {
      apiVersion: "kubedb.com/v1",
      kind: "Kafka",
      metadata: { name: "target-kafka", namespace },
      spec: {
        version: "4.2.0",
        replicas: 3,
        storageType: "Durable",
        storage: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        authSecret: { kind: "Secret", name: "kafka-admin" },
        enableSSL: true,
        tls: { issuerRef: { apiGroup: "cert-manager.io", kind: "Issuer", name: "lab-ca" } },
      },
    },
  });
  for (let asked = 0; asked < 300; asked++) {
    const found = (await custom.getNamespacedCustomObject({ ...kafkas, name: "target-kafka" })) as {
      status?: { phase?: string };
    };
    if (found.status?.phase === "Ready") return;
    await sleep(500);
  }
  throw new Error("the target was not Ready within 150 s");
}
