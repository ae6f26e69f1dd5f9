/** Whether this machine reaches every broker at the address that the broker itself gives out, and how fast. */
import type { Connection } from "@platformatic/kafka";
import { abilitiesOf, askFor } from "./abilities.ts";
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

/** Round trips that are measured at each broker; their median counts, so that one slow moment does not. */
const roundTrips = 5;

/** Milliseconds of one round trip over an open connection, with one decimal: a request that the broker answers at once. */
export async function roundTrip(connection: Connection): Promise<number> {
  const found: number[] = [];
  for (let asked = 0; asked < roundTrips; asked++) {
    const startedAt = performance.now();
    await askFor(connection);
    found.push(performance.now() - startedAt);
  }
  const median = found.sort((a, b) => a - b)[Math.floor(roundTrips / 2)]!;
  return Math.round(median * 10) / 10;
}
