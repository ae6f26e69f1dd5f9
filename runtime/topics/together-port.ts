/** Topics that are declared together, on a real cluster. */
import { withCluster, type Cluster } from "../brokers/connection.ts";
import { emptyTopics } from "../brokers/empty-topics.ts";
import { logs } from "../brokers/positions.ts";
import { reassign } from "../brokers/reassign.ts";
import { effectiveConfigs } from "../brokers/topic-configs.ts";
import { addPartitions, alterTopicConfigs, createTopics } from "../brokers/topic-changes.ts";
import { readDocument, writeDocument } from "../kubernetes/documents.ts";
import type { TogetherInputs, TopicSpec } from "../model/inputs.ts";
import { plainPace } from "../model/pace.ts";
import { declareTopics, planTopics, type TopicsPlan, type TopicsPort } from "./together.ts";
import { readTopicMarks } from "./topic-ownership.ts";

/** A preview waits this long for a target that may not exist yet. */
const glanceMilliseconds = 20_000;
/** A large partition takes long to be copied; after so long without one being done an update ends, and the next one goes on. */
const copySeconds = 15 * 60;
const askedKey = "topics.json";
/** Topics that were about to be made by an update which has not made them all yet. */
const begunKey = "begun.json";

/** What an update would do; null where the target cannot be asked from here, or does not exist yet. */
export async function glanceTopics(inputs: TogetherInputs): Promise<TopicsPlan | null> {
  const signal = AbortSignal.timeout(glanceMilliseconds);
  return withCluster(inputs.target, (cluster) => planTopics(portOf(cluster, inputs), inputs), signal).catch(() => null);
}

/** Makes and changes topics; see `declareTopics`. */
export const keepTopics = (inputs: TogetherInputs) =>
  withCluster(inputs.target, (cluster) => declareTopics(portOf(cluster, inputs), inputs, plainPace));

/**
 * Topics of the target that were declared together by an update of this migration, complete or not; none where there was no
 * such update. Rejects if that cannot be read.
 */
export async function topicsBegun({
  migration,
  kubernetes,
  target,
}: Pick<TogetherInputs, "migration" | "kubernetes" | "target">): Promise<ReadonlySet<string>> {
  const { texts } = await readDocument(declaredIn(migration, kubernetes));
  const names = [...new Set([...namesIn(texts[begunKey]), ...Object.keys(parsed(texts[askedKey]))])];
  if (names.length === 0) return new Set();
  const { topics } = await withCluster(target, (cluster) => cluster.describe(names));
  return new Set([...topics].flatMap(([name, { errorCode }]) => (errorCode === 0 ? [name] : [])));
}

const declaredIn = (migration: string, kubernetes: TogetherInputs["kubernetes"]) => ({
  migration,
  kubernetes,
  configMap: `${migration}-declared`,
});

const parsed = (text = "{}") => JSON.parse(text) as Record<string, TopicSpec>;
const namesIn = (text = "[]") => JSON.parse(text) as string[];

function portOf(cluster: Cluster, inputs: TogetherInputs): TopicsPort {
  const { migration, kubernetes, marks } = inputs;
  const asked = declaredIn(migration, kubernetes);
  return {
    async memory() {
      const [{ texts }, marked] = await Promise.all([readDocument(asked), readTopicMarks(kubernetes, marks)]);
      return { marked: new Set(marked.keys()), asked: new Map(Object.entries(parsed(texts[askedKey]))) };
    },
    async begin(topics) {
      const { texts, resourceVersion } = await readDocument(asked);
      const begun = [...new Set([...namesIn(texts[begunKey]), ...topics])].sort();
      await writeDocument(asked, { ...texts, [begunKey]: JSON.stringify(begun) }, resourceVersion);
    },
    async remember(topics) {
      const { texts, resourceVersion } = await readDocument(asked);
      const text = JSON.stringify(topics);
      if (texts[askedKey] !== text) await writeDocument(asked, { [askedKey]: text }, resourceVersion);
    },
    async existing(topics) {
      const found = (await cluster.describe(topics)).topics;
      return new Map(
        [...found]
          .filter(([, { errorCode }]) => errorCode === 0)
          .map(([name, { replicas, leaders }]) => [
            name,
            {
              partitions: replicas.length,
              replicationFactor: Math.min(...replicas),
              settled: leaders.length > 0 && leaders.every((leader) => leader >= 0),
            },
          ]),
      );
    },
    async configs(topics) {
      if (topics.length === 0) return new Map();
      const { topics: found, problems } = await effectiveConfigs(cluster, topics);
      for (const [topic, problem] of problems) throw new Error(`configs of topic ${topic} on the target: ${problem}`);
      return new Map(
        [...found].map(([name, configs]) => [
          name,
          new Map([...configs].flatMap(([key, { value, from }]) => (from === "topic" ? [[key, value] as const] : []))),
        ]),
      );
    },
    async filled(topics) {
      if (topics.length === 0) return [];
      const empty = new Set(emptyTopics(await logs(cluster, topics), topics));
      return topics.filter((topic) => !empty.has(topic));
    },
    create: (topics) => createTopics(cluster, topics),
    addPartitions: (topics) => addPartitions(cluster, topics),
    reassign: (topics) => reassign(cluster, topics, copySeconds),
    alter: (changes) => alterTopicConfigs(cluster, changes),
  };
}
