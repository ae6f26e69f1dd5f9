/** Ids that topics had when the mirror began: a topic with another id is another topic, whatever its name. */
import { withCluster, type Cluster } from "../brokers/connection.ts";
import { logs, type Logs } from "../brokers/positions.ts";
import { readRecord, recordName, recordOf, writeRecord, type RecordRef, type Subjects } from "../ledger/record.ts";
import type { TopicMarksInputs } from "../model/inputs.ts";
import type { Scope } from "../model/scope.ts";
import type { KafkaEndpoint } from "../model/sides.ts";
import { unknownTopicId } from "../model/topic-ids.ts";
import { named } from "../model/words.ts";
import { recreatedRemedy, recreatedTopics } from "./recreated.ts";
import { parseMarks, readTopicMarks, type Marks } from "./topic-ownership.ts";

/** What is pinned, by a topic's name. */
export interface Pins {
  /** The migrated topics on the source. */
  readonly source: Marks;
  /** Topics that MirrorMaker 2 and Connect keep for themselves on the target. */
  readonly own: Marks;
  /**
   * Ends of the target's partitions of adopted topics from before they were this migration's, as `12,0,7`; absent where
   * all were 0. What lies behind them in a partition was copied.
   */
  readonly before: Marks;
}

const subjectOf = {
  source: "source-topics.json",
  own: "mirror-topics.json",
  before: "target-before.json",
} as const;

/** What is pinned; nothing before the mirror began. Rejects if it cannot be read or is not what was written. */
export async function readPins(ref: RecordRef): Promise<Pins> {
  return pinsIn(await readRecord(ref), ref);
}

function pinsIn(subjects: Subjects, { kubernetes, configMap }: RecordRef): Pins {
  const read = (what: keyof Pins): Marks => {
    const text = subjects[subjectOf[what]];
    const marks = text === undefined ? {} : parseMarks(text);
    if (marks !== null) return marks;
    throw new Error(
      `ConfigMap ${kubernetes.namespace}/${configMap} has no ids of topics under ${subjectOf[what]}; restore it, or ` +
        `delete that key if every topic is the one that the mirror began with`,
    );
  };
  return { source: read("source"), own: read("own"), before: read("before") };
}

/** Pins what is not pinned yet; an id that is pinned stays. Pure. */
export function pinned(before: Marks, ids: Marks): Marks {
  const fresh = Object.entries(ids).filter(([topic, id]) => before[topic] === undefined && id !== unknownTopicId);
  if (fresh.length === 0) return before;
  return Object.fromEntries([...Object.entries(before), ...fresh].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Pins the ids of the migrated topics on the source, before the mirror copies on. Rejects, with nothing changed, if one
 * of them was made again since it was pinned.
 */
export async function pinSource(scope: Scope): Promise<void> {
  const ids = await topicIds(scope.source, scope.topics);
  const ref = recordOf(scope);
  const { source: known } = await readPins(ref);
  const again = recreatedTopics(known, ids, scope.recreated).map((topic) => `${topic} (id ${ids[topic]})`);
  if (again.length > 0) {
    throw new Error(`deleted and made again on the source since the mirror began: ${named(again)}; ${recreatedRemedy}`);
  }
  await pin(ref, "source", ids);
}

/**
 * Pins what the target holds of topics that are adopted, before they are marked for the first time. Any other topic
 * was empty when it was marked.
 */
export async function pinAdopted(inputs: TopicMarksInputs, former: Marks = {}): Promise<void> {
  const { kubernetes, configMap, adopted, topics, target } = inputs;
  const marked = await readTopicMarks(kubernetes, configMap);
  const fresh = topics.filter((topic) => adopted.includes(topic) && !marked.has(topic) && former[topic] === undefined);
  if (fresh.length === 0) return;
  const ref = { migration: inputs.migration, kubernetes, configMap: recordName(inputs.migration) };
  await pin(ref, "before", endsBefore(await withCluster(target, (cluster) => logs(cluster, fresh))));
}

/** Ends of topics in which any partition has one. Pure. */
export function endsBefore({ partitions }: Pick<Logs, "partitions">): Marks {
  const topics = Map.groupBy(partitions.values(), ({ topic }) => topic);
  const filled = [...topics].filter(([, found]) => found.some(({ end }) => end > 0n));
  return Object.fromEntries(
    filled.map(([topic, found]) => [
      topic,
      found
        .toSorted((a, b) => a.partition - b.partition)
        .map(({ end }) => end)
        .join(),
    ]),
  );
}

/** Pins what MirrorMaker 2 and Connect have made for themselves. */
export async function pinOwn(ref: RecordRef, target: KafkaEndpoint, topics: readonly string[]): Promise<void> {
  await pin(ref, "own", await topicIds(target, topics));
}

async function pin(ref: RecordRef, what: keyof Pins, ids: Marks): Promise<void> {
  await writeRecord(ref, (subjects) => {
    const before = pinsIn(subjects, ref)[what];
    const after = pinned(before, ids);
    return after === before ? subjects : { ...subjects, [subjectOf[what]]: `${JSON.stringify(after, null, 1)}\n` };
  });
}

/** Ids of the topics that exist, by name. */
export async function topicIds(endpoint: KafkaEndpoint, topics: readonly string[]): Promise<Marks> {
  return withCluster(endpoint, (cluster) => topicIdsIn(cluster, topics));
}

/** As `topicIds`, over an open connection. */
export async function topicIdsIn(cluster: Cluster, topics: readonly string[]): Promise<Marks> {
  if (topics.length === 0) return {};
  const { topics: found } = await cluster.describe(topics);
  return Object.fromEntries(
    [...found].filter(([, { errorCode }]) => errorCode === 0).map(([topic, { id }]) => [topic, id]),
  );
}
