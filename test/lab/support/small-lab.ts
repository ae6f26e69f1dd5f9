/** A target of one broker and one Connect worker beside the lab's source: what gates measure, without a stack. */
import { CoreV1Api, CustomObjectsApi } from "@kubernetes/client-node";
import { kubeConfig, mergePatch } from "../../../lab/kubernetes.ts";
import { lab } from "../../../lab/lab.ts";
import { guideConnector } from "./lab-parts.ts";
import { eventually, namespace } from "./lab-walk.ts";

export interface SmallLab {
  readonly core: CoreV1Api;
  readonly custom: CustomObjectsApi;
}

/** Where the worker answers, and the Secret with its user. */
export const smallLab = {
  connectUrls: [`http://127.${lab.block}.2.10:8083`],
  connectSecret: "migration-connect-auth",
};

const kafkas = { group: "kubedb.com", version: "v1", plural: "kafkas" } as const;
const connectClusters = { group: "kafka.kubedb.com", version: "v1alpha1", plural: "connectclusters" } as const;

/** Creates the target and its worker, exactly-once as the product sets it up, and waits until both are Ready. */
export async function createTarget(): Promise<SmallLab> {
  const config = kubeConfig(lab.kubeconfig);
  const parts = { core: config.makeApiClient(CoreV1Api), custom: config.makeApiClient(CustomObjectsApi) };
  await parts.custom.createNamespacedCustomObject({
    ...kafkas,
    namespace,
    body: {
      apiVersion: "kubedb.com/v1",
      kind: "Kafka",
      metadata: { name: "target-kafka" },
      spec: {
        version: "4.2.0",
        replicas: 1,
        authSecret: { kind: "Secret", name: "kafka-admin" },
        enableSSL: true,
        tls: { issuerRef: { apiGroup: "cert-manager.io", kind: "Issuer", name: "lab-ca" } },
      },
    },
  });
  const worker = { "exactly.once.source.support": "enabled", "offset.flush.interval.ms": "1000" };
  const properties = Object.entries(worker).map(([key, value]) => `${key}=${value}\n`);
  // KubeDB runs a single worker standalone otherwise, and standalone Connect is never exactly-once.
  const env = [{ name: "CONNECT_CLUSTER_MODE", value: "distributed" }];
  await parts.custom.createNamespacedCustomObject({
    ...connectClusters,
    namespace,
    body: {
      apiVersion: "kafka.kubedb.com/v1alpha1",
      kind: "ConnectCluster",
      metadata: { name: "migration-connect" },
      spec: {
        version: "4.2.0",
        replicas: 1,
        kafkaRef: { name: "target-kafka", namespace },
        configuration: { inline: { "config.properties": properties.join("") } },
        podTemplate: { spec: { containers: [{ name: "connect-cluster", env }] } },
      },
    },
  });
  await eventually("the target and its Connect worker", 120, async () => {
    const read = parts.custom.getNamespacedCustomObject({ ...connectClusters, namespace, name: "migration-connect" });
    return ((await read) as { status?: { phase?: string } }).status?.phase === "Ready";
  });
  return parts;
}

/** The guide's MirrorSourceConnector with what exactness and headers need, as the product sets it. */
export async function mirrorConnector(topics: readonly string[]): Promise<Record<string, string>> {
  return {
    ...(await guideConnector(topics.join(","))),
    "header.converter": "org.apache.kafka.connect.converters.ByteArrayConverter",
    "offset-syncs.topic.location": "target",
    "exactly.once.support": "required",
    "source.consumer.isolation.level": "read_committed",
  };
}

/** Keeps one pod of the source away, or lets all run again. */
export async function holdAway({ custom }: SmallLab, pod: string | null): Promise<void> {
  const body = { metadata: { annotations: { "kafka-migration.lab/hold": pod } } };
  await custom.patchNamespacedCustomObject({ ...kafkas, namespace, name: "source-kafka", body }, mergePatch);
}
