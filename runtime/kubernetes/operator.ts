/** What Kubernetes says about a cluster: whether its KubeDB object exists, and where its brokers are. */
import type { KubernetesRef } from "../model/sides.ts";
import { apiCode, apiMessage, clients } from "./kubernetes.ts";

/** The part of a KubeDB Kafka object that says where its brokers are. */
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
