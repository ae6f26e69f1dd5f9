import { withCluster } from "../brokers/connection.ts";
import type { TopicsGuardInputs } from "../model/inputs.ts";
import { hurried } from "../model/patience.ts";
import { raisedTopics, shrunkTopics } from "../topics/shrinking.ts";
import type { Reconciled } from "./reconciled.ts";

/** Time that a look at the target in a preview may take. */
const glanceMilliseconds = 4_000;

export const topicsGuard: Reconciled<TopicsGuardInputs> = {
  id: () => "topics",
  async check(news, olds) {
    const shrunk = shrunkTopics(olds.topics ?? {}, news.topics);
    // Before the first update there may be no target.
    const raised =
      shrunk.length > 0 || olds.topics === undefined ? [] : raisedTopics(await partitionsOf(news), news.topics);
    const failures = [...shrunk, ...raised].map((reason) => ({ property: "topics", reason }));
    return { inputs: news, failures };
  },
  apply: async () => ({}),
  changes: (olds, news) => ({ changes: JSON.stringify(olds.topics) !== JSON.stringify(news.topics) }),
};

/** Partitions of the topics on the target, by name; none where it cannot be asked from here. */
async function partitionsOf({ target, topics }: TopicsGuardInputs): Promise<Record<string, number>> {
  if (target === undefined) return {};
  try {
    return await withCluster(hurried(target, Date.now() + glanceMilliseconds), async (cluster) => {
      const { topics: found } = await cluster.describe(Object.keys(topics));
      return Object.fromEntries([...found].map(([topic, { replicas }]) => [topic, replicas.length]));
    });
  } catch {
    return {};
  }
}
