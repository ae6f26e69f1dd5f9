/** A source that the stack itself makes, from nothing. */
import { readKafkaObject } from "@kafka-migration/kafka";
import { kubernetesRef } from "../components/side-addresses.ts";
import type { MigrationConfig } from "../config/migration-config.ts";
import { isMade, kafkaObjectOf, plannedOf } from "../runtime/model/platforms/platforms.ts";

/** What is not there yet, and how many brokers it will have; null for a source that exists or is not made here. */
export async function unmadeSource(
  config: Pick<MigrationConfig, "source" | "kubernetes">,
  read: typeof readKafkaObject = readKafkaObject,
): Promise<{ readonly object: string; readonly brokers: number } | null> {
  const { cluster, kubernetes } = config.source;
  const object = kafkaObjectOf(cluster);
  if (!isMade(cluster) || object === null) return null;
  const reference = kubernetesRef(config, kubernetes);
  if ((await read(reference, cluster)) !== null) return null;
  const brokers = plannedOf(cluster)?.brokers.replicas ?? 1;
  return { object: `${object.kafka.object.kind} ${reference.namespace}/${object.name}`, brokers };
}
