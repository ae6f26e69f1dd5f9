/** Whether a user is allowed to write to topics, as the brokers themselves answer. */
import type { KafkaEndpoint } from "../model/sides.ts";
import { firstBroker } from "./cluster.ts";
import { responseOf, topicAuthorizationFailed, unknownTopicOrPartition, withCluster } from "./connection.ts";
import { requests, send, takes } from "./requests.ts";

/** Bit of WRITE among a user's operations on a topic. */
const writeBit = 1 << 4;

type Metadata = Awaited<ReturnType<(typeof requests.metadataRights.versions)[number]["async"]>>;

/**
 * Topics that the endpoint's user is not allowed to write to; those that do not exist or that it does not see are among
 * them. Rejects with a sentence if no broker answers, or if the brokers are too old to tell.
 */
export async function unwritable(
  endpoint: KafkaEndpoint,
  topics: readonly string[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  return withCluster(
    endpoint,
    async (cluster) => {
      const connection = await firstBroker(cluster);
      if (!(await takes(connection, requests.metadataRights)))
        throw new Error(`the ${endpoint.side}'s brokers do not report what a user is allowed to do`);
      const answer = await send(connection, requests.metadataRights, [...topics], false, true, false).catch(
        responseOf<Metadata>,
      );
      const hidden: readonly number[] = [topicAuthorizationFailed, unknownTopicOrPartition];
      return answer.topics
        .filter(
          ({ errorCode, topicAuthorizedOperations }) =>
            hidden.includes(errorCode) || (topicAuthorizedOperations & writeBit) === 0,
        )
        .map(({ name }) => name ?? "")
        .sort();
    },
    signal,
  );
}
