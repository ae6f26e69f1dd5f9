/** Topics made and changed: a few requests for all of them, each as large as a controller takes at a time. */
import {
  ConfigResourceTypes,
  IncrementalAlterConfigOperationTypes,
  protocolErrorsCodesById,
  type Connection,
} from "@platformatic/kafka";
import { requestMilliseconds } from "../model/patience.ts";
import { firstBroker } from "./cluster.ts";
import { responseOf, type Cluster } from "./connection.ts";
import { requests, send } from "./requests.ts";

/** A topic as it is to be made. */
export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
}

/** Configs of one topic that are set, and that fall back to what the brokers have. */
export interface ConfigChange {
  readonly name: string;
  readonly set: Readonly<Record<string, string>>;
  readonly unset: readonly string[];
}

/** A controller writes at most 10,000 records for one request: one for a topic, one for each partition and config. */
const recordsAllowed = 5_000;
const topicsAllowed = 500;
/** What a repeated request finds otherwise: not the controller any more, out of time, made meanwhile. */
const again = new Set([7, 36, 41]);
/** INVALID_PARTITIONS where the partitions are there already is found out by reading before. */
const nothingWrong = 0;

/** Items in groups whose weight together is at most `allowed`. Pure. */
export function batched<T>(items: readonly T[], weight: (item: T) => number, allowed = recordsAllowed): T[][] {
  const batches: T[][] = [];
  let left = 0;
  for (const item of items) {
    const needed = weight(item);
    if (batches.length === 0 || needed > left || batches.at(-1)!.length === topicsAllowed) {
      batches.push([]);
      left = allowed;
    }
    batches.at(-1)!.push(item);
    left -= needed;
  }
  return batches;
}

/** Makes topics. Rejects with every topic that Kafka refuses; one that exists already is none of them. */
export async function createTopics(cluster: Cluster, topics: readonly NewTopic[]): Promise<void> {
  const connection = await controllerOf(cluster);
  for (const batch of batched(topics, ({ partitions, config }) => 1 + partitions + Object.keys(config).length)) {
    const requested = batch.map(({ name, partitions, replicationFactor, config }) => ({
      ...{ name, numPartitions: partitions, replicationFactor, assignments: [] },
      configs: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    }));
    const answer = await send(connection, requests.createTopics, requested, patienceOf(cluster), false).catch(
      responseOf<never>,
    );
    refuse("could not be created", answer.topics);
  }
}

/** Gives topics more partitions, up to a number each. */
export async function addPartitions(
  cluster: Cluster,
  topics: readonly { readonly name: string; readonly partitions: number }[],
): Promise<void> {
  const connection = await controllerOf(cluster);
  for (const batch of batched(topics, ({ partitions }) => partitions)) {
    const requested = batch.map(({ name, partitions }) => ({ name, count: partitions, assignments: null }));
    const { results } = await send(connection, requests.createPartitions, requested, patienceOf(cluster), false).catch(
      responseOf<never>,
    );
    refuse("could not be given more partitions", results);
  }
}

/** Sets and unsets configs of topics; those that are not named stay. */
export async function alterTopicConfigs(cluster: Cluster, changes: readonly ConfigChange[]): Promise<void> {
  const connection = await controllerOf(cluster);
  for (const batch of batched(changes, ({ set, unset }) => Object.keys(set).length + unset.length)) {
    const requested = batch.map(({ name: resourceName, set, unset }) => ({
      ...{ resourceType: ConfigResourceTypes.TOPIC, resourceName },
      configs: [
        ...Object.entries(set).map(([name, value]) => ({
          ...{ name, value, configOperation: IncrementalAlterConfigOperationTypes.SET },
        })),
        ...unset.map((name) => ({ name, configOperation: IncrementalAlterConfigOperationTypes.DELETE })),
      ],
    }));
    const { responses } = await send(connection, requests.incrementalAlterConfigs, requested, false).catch(
      responseOf<never>,
    );
    refuse(
      "could not be changed",
      responses.map(({ resourceName: name, ...answer }) => ({ name, ...answer })),
    );
  }
}

/** Where ZooKeeper still rules only the controller makes topics; elsewhere every broker hands the request on. */
async function controllerOf(cluster: Cluster): Promise<Connection> {
  const first = await firstBroker(cluster);
  const { controllerId } = await send(first, requests.metadata, [], false, false).catch(responseOf<never>);
  return cluster.brokerIds.includes(controllerId) ? cluster.broker(controllerId) : first;
}

/** The answer must come before the client stops to wait for it. */
const patienceOf = ({ endpoint }: Cluster): number => Math.round(requestMilliseconds(endpoint) * 0.8);

/** Every topic that Kafka refused for good, in one error. */
function refuse(
  what: string,
  answers: readonly {
    readonly name: string;
    readonly errorCode: number;
    readonly errorMessage?: string | null | undefined;
  }[],
): void {
  const problems = answers.flatMap(({ name, errorCode, errorMessage }) =>
    errorCode === nothingWrong || again.has(errorCode)
      ? []
      : [`${name}: ${protocolErrorsCodesById[errorCode] ?? errorCode} ${errorMessage ?? ""}`.trim()],
  );
  if (problems.length === 0) return;
  const shown = problems.slice(0, 20).join("; ");
  const more = problems.length > 20 ? `; and ${problems.length - 20} more` : "";
  throw new Error(`${problems.length} topics ${what}: ${shown}${more}`);
}
