/** Who writes in transactions: their names by the producer ids that records carry. */
import type { KafkaEndpoint } from "../model/sides.ts";
import { responseOf, withCluster, type Cluster } from "./connection.ts";
import { requests, send, takes } from "./requests.ts";

/** Of any age. */
const anyDuration = -1n;

/**
 * Transactional ids by producer id. Producers without transactions have none, and a broker before Kafka 3.0 tells none; of
 * those that the user has no right to describe nothing is said either.
 */
export const transactionalIds = (
  endpoint: KafkaEndpoint,
  producers: readonly bigint[],
): Promise<ReadonlyMap<bigint, string>> => withCluster(endpoint, (cluster) => transactionalIdsIn(cluster, producers));

/** As `transactionalIds`, over an open connection. Each broker knows those that it coordinates. */
export async function transactionalIdsIn(
  cluster: Cluster,
  producers: readonly bigint[],
): Promise<ReadonlyMap<bigint, string>> {
  const lists = await Promise.all(cluster.brokerIds.map((broker) => listOn(cluster, broker, producers)));
  return new Map(lists.flat().map(({ producerId, transactionalId }) => [producerId, transactionalId]));
}

type Listed = Awaited<ReturnType<(typeof requests.listTransactions.versions)[number]["async"]>>;

async function listOn(cluster: Cluster, broker: number, producers: readonly bigint[]) {
  const connection = await cluster.broker(broker);
  if (!(await takes(connection, requests.listTransactions))) return [];
  // No state is named: any will do.
  const answer = await send(connection, requests.listTransactions, [], [...producers], anyDuration, null).catch(
    responseOf<Listed>,
  );
  return answer.transactionStates;
}
