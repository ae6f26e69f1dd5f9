/** Topics made and changed: a few requests for all of them, each as large as a controller takes at a time. */
import { ConfigResourceTypes, IncrementalAlterConfigOperationTypes } from "@platformatic/kafka";
import type { Pace } from "../model/pace.ts";
import { requestMilliseconds } from "../model/patience.ts";
import { responseOf, type Cluster } from "./connection.ts";
import { changeAll, type Answered, type ControllerChange } from "./controller-changes.ts";
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
/** TOPIC_ALREADY_EXISTS: made meanwhile. */
const exists = new Set([36]);
/** UNKNOWN_TOPIC_OR_PARTITION: it is gone. */
const absent = new Set([3]);
/** INVALID_PARTITIONS: it has as many already. */
const enough = new Set([37]);

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
export function createTopics(cluster: Cluster, topics: readonly NewTopic[], pace?: ChangePace): Promise<void> {
  const batches = batched(topics, ({ partitions, config }) => 1 + partitions + Object.keys(config).length);
  const change: ControllerChange<NewTopic> = {
    failed: "topics could not be created",
    title: ({ name }) => name,
    needs: () => "Create on Cluster kafka-cluster",
    done: exists,
    async ask(connection, batch) {
      const requested = batch.map(({ name, partitions, replicationFactor, config }) => ({
        name,
        numPartitions: partitions,
        replicationFactor,
        assignments: [],
        configs: Object.entries(config).map(([key, value]) => ({ name: key, value })),
      }));
      const answer = await send(connection, requests.createTopics, requested, patienceOf(cluster), false).catch(
        responseOf<never>,
      );
      return named(batch, answer.throttleTimeMs, answer.topics);
    },
  };
  return changeAll(cluster, batches, change, pace);
}

/** Deletes topics. Rejects with every topic that Kafka refuses to delete; one that does not exist is none of them. */
export function deleteTopics(cluster: Cluster, topics: readonly string[], pace?: ChangePace): Promise<void> {
  const change: ControllerChange<string> = {
    failed: "topics could not be deleted",
    title: (name) => name,
    needs: (name) => `Delete on Topic ${name}`,
    done: absent,
    async ask(connection, batch) {
      const requested = batch.map((name) => ({ name, topicId: null }));
      const { throttleTimeMs, responses } = await send(
        ...([connection, requests.deleteTopics, requested, patienceOf(cluster)] as const),
      ).catch(responseOf<never>);
      const answers = responses.map(({ name, ...answer }) => ({ name: name ?? "", ...answer }));
      return named(
        batch.map((name) => ({ name })),
        throttleTimeMs,
        answers,
      );
    },
  };
  const batches = batched(topics, () => 1);
  return changeAll(cluster, batches, change, pace);
}

/** Topics, and how many partitions each is to have. */
export interface MorePartitions {
  readonly name: string;
  readonly partitions: number;
}

/** Gives topics more partitions, up to a number each. */
export function addPartitions(cluster: Cluster, topics: readonly MorePartitions[], pace?: ChangePace): Promise<void> {
  const change: ControllerChange<MorePartitions> = {
    failed: "topics could not be given more partitions",
    title: ({ name }) => name,
    needs: ({ name }) => `Alter on Topic ${name}`,
    doneBefore: enough,
    async ask(connection, batch) {
      const requested = batch.map(({ name, partitions }) => ({ name, count: partitions, assignments: null }));
      const { throttleTimeMs, results } = await send(
        ...([connection, requests.createPartitions, requested, patienceOf(cluster), false] as const),
      ).catch(responseOf<never>);
      return named(batch, throttleTimeMs, results);
    },
  };
  const batches = batched(topics, ({ partitions }) => partitions);
  return changeAll(cluster, batches, change, pace);
}

/** Sets and unsets configs of topics; those that are not named stay. */
export function alterTopicConfigs(
  cluster: Cluster,
  changes: readonly ConfigChange[],
  pace?: ChangePace,
): Promise<void> {
  const change: ControllerChange<ConfigChange> = {
    failed: "topics could not be changed",
    title: ({ name }) => name,
    needs: ({ name }) => `AlterConfigs on Topic ${name}`,
    async ask(connection, batch) {
      const requested = batch.map(({ name: resourceName, set, unset }) => ({
        resourceType: ConfigResourceTypes.TOPIC,
        resourceName,
        configs: [
          ...Object.entries(set).map(([name, value]) => ({
            name,
            value,
            configOperation: IncrementalAlterConfigOperationTypes.SET,
          })),
          ...unset.map((name) => ({ name, configOperation: IncrementalAlterConfigOperationTypes.DELETE })),
        ],
      }));
      const { throttleTimeMs, responses } = await send(
        ...([connection, requests.incrementalAlterConfigs, requested, false] as const),
      ).catch(responseOf<never>);
      return named(
        batch,
        throttleTimeMs,
        responses.map(({ resourceName: name, ...answer }) => ({ name, ...answer })),
      );
    },
  };
  const batches = batched(changes, ({ set, unset }) => Object.keys(set).length + unset.length);
  return changeAll(cluster, batches, change, pace);
}

type ChangePace = Pick<Pace, "now" | "pause">;

/** The answer must come before the client stops to wait for it. */
const patienceOf = ({ endpoint }: Cluster): number => Math.round(requestMilliseconds(endpoint) * 0.8);

/** Answers by topic, in the order in which the topics were asked for. */
function named(
  asked: readonly { readonly name: string }[],
  throttleTimeMs: number,
  answers: readonly (Answered & { readonly name: string })[],
) {
  const byName = new Map(answers.map((answer) => [answer.name, answer]));
  return { throttleTimeMs, answers: asked.map(({ name }) => byName.get(name)) };
}
