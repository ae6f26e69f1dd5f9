/** Whether this machine reaches every broker at the address that the broker itself gives out. */
import { abilitiesOf } from "./abilities.ts";
import type { Cluster } from "./connection.ts";
import { kafkaError } from "./kafka-error.ts";

/** One broker at its advertised address; `problem` is null where it answered. */
export interface ReachReading {
  readonly broker: number;
  readonly address: string;
  /** Connecting, authenticating and one request. */
  readonly milliseconds: number;
  readonly problem: string | null;
}

/** Asks each broker one harmless question over a connection of its own, TLS and login included. */
export async function reachBrokers(cluster: Cluster): Promise<readonly ReachReading[]> {
  const { brokers } = await cluster.describe([]);
  return Promise.all(
    [...brokers].map(async ([id, { host, port }]) => {
      const startedAt = performance.now();
      let problem: string | null = null;
      try {
        await abilitiesOf(await cluster.broker(id));
      } catch (error) {
        problem = kafkaError(error);
      }
      return {
        broker: id,
        address: `${host}:${port}`,
        milliseconds: Math.round(performance.now() - startedAt),
        problem,
      };
    }),
  );
}
