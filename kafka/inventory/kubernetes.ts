/** What Kubernetes says about clusters: whether a KubeDB object stands, and which topics the migration has made. */
import { apiCode, apiMessage, clients } from "../kubernetes.ts";
import type { KubernetesRef } from "../types.ts";

/** A KubeDB Kafka object as far as it tells where its brokers are. */
export interface KafkaObject {
  /** Reported by the operator, for example `Ready`. */
  readonly phase: string;
  /** Names under which its brokers are reached inside their Kubernetes cluster, one per broker. */
  readonly brokers: readonly string[];
}

interface Nodes {
  readonly replicas?: number;
  readonly suffix?: string;
}

/** A Kafka object; null if there is none of that name. */
export async function readKafkaObject(kubernetes: KubernetesRef, name: string): Promise<KafkaObject | null> {
  const { custom, server } = await clients(kubernetes);
  const { namespace } = kubernetes;
  let found: { spec?: Nodes & { topology?: { broker?: Nodes } }; status?: { phase?: string } };
  try {
    found = await custom.getNamespacedCustomObject({
      group: "kubedb.com",
      version: "v1",
      namespace,
      plural: "kafkas",
      name,
    });
  } catch (error) {
    if (apiCode(error) === 404) return null;
    throw new Error(`could not read Kafka ${namespace}/${name} at ${server}: ${apiMessage(error)}`);
  }
  const nodes = found.spec?.topology?.broker ?? found.spec ?? {};
  // Combined nodes are pods of the object's own name, brokers of a topology carry a suffix.
  const pods = found.spec?.topology === undefined ? name : `${name}-${nodes.suffix ?? "broker"}`;
  return {
    phase: found.status?.phase ?? "no phase yet",
    brokers: Array.from(
      { length: nodes.replicas ?? 1 },
      (_, index) => `${pods}-${index}.${name}-pods.${namespace}.svc:9092`,
    ),
  };
}

/** Ids by name of the topics that a migration has made on the target; none while its ConfigMap is not there. */
export async function readOwnTopics(
  kubernetes: KubernetesRef,
  migration: string,
): Promise<ReadonlyMap<string, string>> {
  const { core, server } = await clients(kubernetes);
  const where = `ConfigMap ${kubernetes.namespace}/${migration}-topics`;
  try {
    const { data } = await core.readNamespacedConfigMap({
      name: `${migration}-topics`,
      namespace: kubernetes.namespace,
    });
    return new Map(Object.entries(JSON.parse(data?.["topics.json"] ?? "{}") as Record<string, string>));
  } catch (error) {
    if (apiCode(error) === 404) return new Map();
    throw new Error(`could not read ${where} at ${server}: ${apiMessage(error)}`);
  }
}
