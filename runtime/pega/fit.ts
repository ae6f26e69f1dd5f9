/** What the target is as a cluster: its brokers, what they are set to, which release of Kafka it has agreed on. */
import { abilitiesOf } from "../brokers/abilities.ts";
import { firstBroker } from "../brokers/cluster.ts";
import { describeBroker } from "../brokers/configs.ts";
import type { Cluster } from "../brokers/connection.ts";
import { releaseOf } from "../brokers/release.ts";

export interface FitReading {
  readonly brokers: readonly {
    readonly id: number;
    /** Effective configs; empty if the user may not read them. */
    readonly config: Readonly<Record<string, string>>;
  }[];
  /** Level of `metadata.version`; null where the cluster tells none, as one with ZooKeeper. */
  readonly level: number | null;
  /** Release that the level stands for; null if it is not known. */
  readonly kafka: string | null;
}

export async function readFit(cluster: Cluster): Promise<FitReading> {
  const ids = [...cluster.brokerIds].sort((a, b) => a - b);
  const [{ metadataVersion: level }, brokers] = await Promise.all([
    firstBroker(cluster).then(abilitiesOf),
    Promise.all(ids.map(async (id) => ({ id, config: await describeBroker(await cluster.broker(id), id) }))),
  ]);
  return { brokers, level, kafka: level === null ? null : releaseOf(level) };
}
