/** What the benchmark adds to the lab. */
import { setTimeout as sleep } from "node:timers/promises";
import kafkajs from "../lab/kafkajs.ts";
import { connect, readSecret } from "../lab/kubernetes.ts";
import { lab } from "../lab/lab.ts";

const namespace = "demo";
const kafkas = { group: "kubedb.com", version: "v1", plural: "kafkas", namespace } as const;

/** Makes `count` topics of three partitions on the source, in one request. */
export async function addTopics(count: number): Promise<void> {
  const api = connect(lab.kubeconfig);
  const user = await readSecret(api, namespace, "kafka-admin");
  const certificate = await readSecret(api, namespace, "source-kafka-client-cert");
  const admin = new kafkajs.Kafka({
    clientId: "bench",
    brokers: [1, 2].map((number) => `127.${lab.block}.1.${number}:9094`),
    ssl: { ca: [certificate!["ca.crt"]!] },
    sasl: { mechanism: "plain", username: user!["username"]!, password: user!["password"]! },
    logLevel: kafkajs.logLevel.NOTHING,
    requestTimeout: 60_000,
  }).admin();
  await admin.connect();
  const topics = Array.from({ length: count }, (_, number) => ({
    topic: `bench-${String(number).padStart(5, "0")}`,
    numPartitions: 3,
    replicationFactor: 2,
    configEntries: [{ name: "retention.ms", value: String(3_600_000 + (number % 7)) }],
  }));
  await admin.createTopics({ topics, waitForLeaders: false, timeout: 60_000 });
  await admin.disconnect();
}

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
