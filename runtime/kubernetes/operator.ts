/** What Kubernetes says about a cluster: whether its object stands, and where its brokers are. */
import { kafkaObjectOf, type KnownCluster } from "../model/platforms/platforms.ts";
import type { KubernetesRef } from "../model/sides.ts";
import { apiCode, apiMessage, clients } from "./kubernetes.ts";

/** A Kafka object as far as it tells where its brokers are. */
export interface KafkaObject {
  /** Whether its brokers are to be stopped, with their volumes kept. */
  readonly halted: boolean;
  /** Names under which its brokers are reached inside their Kubernetes cluster, one per broker. */
  readonly brokers: readonly string[];
}

/** The object of a cluster; null if none of its name stands, or if the cluster has none. */
export async function readKafkaObject(kubernetes: KubernetesRef, cluster: KnownCluster): Promise<KafkaObject | null> {
  const object = kafkaObjectOf(cluster);
  if (object === null) return null;
  const { name, kafka } = object;
  const { apiVersion, kind, plural } = kafka.object;
  const [group = "", version = ""] = apiVersion.split("/");
  const { custom, server } = await clients(kubernetes);
  const { namespace } = kubernetes;
  try {
    const found: unknown = await custom.getNamespacedCustomObject({ group, version, namespace, plural, name });
    return { halted: kafka.isHalted(found), brokers: kafka.brokersOf(found, name, namespace) };
  } catch (error) {
    if (apiCode(error) === 404) return null;
    throw new Error(`could not read ${kind} ${namespace}/${name} at ${server}: ${apiMessage(error)}`);
  }
}
