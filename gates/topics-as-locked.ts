/** Conditions on the migrated topics of the target: whose they are, and whether they match the lockfile. */
import { verb, count } from "../runtime/model/words.ts";
import { open, closed, rank, type Complaint } from "../runtime/judging/problems.ts";
import { part, type ExistingTopic } from "../runtime/judging/reading.ts";
import { recreatedOnTarget } from "../runtime/judging/recreated.ts";
import type { WantedTopics } from "../runtime/model/gates.ts";
import { aboutRecords, takesLess } from "../runtime/model/topic-defaults.ts";
import { gate } from "./gate.ts";

/** Partitions, replicas and every effective config of each topic on the target match the lockfile. */
export const topicsAsLocked = gate({
  name: "topics-as-locked",
  about: "moving",
  page: {
    closedBecause: "partitions, replicas or configs of a topic on the target differ from the lockfile",
    whatToDo: "back to the phase before and `up --refresh`; `topics.configs` for intended differences",
  },
  params: (_config, { wanted, defaults }) => ({ wanted: wanted(), defaults: defaults() }),
  needs: { targetTopics: true, marks: true },
  judge: ({ wanted, defaults }, snapshot) => {
    const existing = part(snapshot, "targetTopics");
    const complaints = wanted.flatMap((group) =>
      Object.entries(group.topics).flatMap(([topic, partitions]): Complaint[] => {
        const found = existing.topics.get(topic);
        if (found === undefined) {
          const problem = existing.problems.get(topic);
          if (problem !== undefined)
            return [{ cause: "not-measured", rank: rank.unmeasured, sentence: problem, partition: false }];
          const sentence = `topic ${topic} does not exist on the target`;
          return [{ cause: "target-topic-missing", rank: rank.missing, sentence, partition: false }];
        }
        return topicDifferences(topic, { partitions, ...group }, defaults, found).map((sentence) => ({
          cause: "topic-differs",
          rank: rank.left,
          sentence,
          partition: false,
        }));
      }),
    );
    const all = complaints.concat(recreatedOnTarget(snapshot));
    const topics = wanted.reduce((sum, group) => sum + Object.keys(group.topics).length, 0);
    if (topics === 0 || all.length > 0) return closed(all);
    return open(
      `${count(topics, "topic")} on the target ${verb(topics, "has", "have")} the partitions, replicas and configs of the lockfile`,
    );
  },
  remedy:
    "set the phase back to the one before and run pulumi up --refresh, which aligns the declared topics; if the target's brokers set another value, put the wanted one under topics.configs",
});

/**
 * Where a copy is allowed to differ from its source by design: none of these can lose a record or keep one longer or shorter.
 * It also matters who set the value on the target, so that a mistake in a topic's own config is no exception.
 */
const exceptions: Readonly<
  Record<string, { readonly reason: string; readonly allows: (wanted: string, found: Found) => boolean }>
> = {
  "min.insync.replicas": {
    reason: "the target's brokers are allowed to require more than a source that leaves it at Kafka's default",
    allows: (wanted, { value, from }) => from !== "topic" && Number(value) > Number(wanted),
  },
  "unclean.leader.election.enable": {
    reason: "the target's brokers are allowed to forbid what the source's allow",
    allows: (_wanted, { value, from }) => from !== "topic" && value === "false",
  },
};

type Found = { readonly value: string; readonly from: string };

/** What differs between a topic and the lockfile, a sentence for each. Pure. */
function topicDifferences(
  topic: string,
  wanted: Omit<WantedTopics, "topics"> & { readonly partitions: number },
  defaults: Readonly<Record<string, string>>,
  found: ExistingTopic,
): string[] {
  const differs = (what: string, value: string | number, ask: string | number) =>
    `${topic}: ${what} is ${value} on the target, expected ${ask}`;
  const shape: string[] = [];
  if (found.partitions !== wanted.partitions) shape.push(differs("partitions", found.partitions, wanted.partitions));
  if (found.replicas.some((replicas) => replicas !== wanted.replicationFactor)) {
    shape.push(differs("the replication factor", [...new Set(found.replicas)].join(" or "), wanted.replicationFactor));
  }
  const configs = Object.entries({ ...defaults, ...wanted.config }).flatMap(([key, value]) => {
    const now = found.configs.get(key);
    // A default that the target's release does not have changes nothing there.
    if (now === undefined) return Object.hasOwn(wanted.config, key) ? [differs(key, "not known", value)] : [];
    const declared = Object.hasOwn(wanted.config, key);
    if (now.value === value || (!declared && exceptions[key]?.allows(value, now))) return [];
    const sentence = differs(key, now.value === "" ? "empty" : now.value, value === "" ? "empty" : value);
    const costs = now.from !== "topic" && aboutRecords(key) && takesLess(key, value, now.value);
    return [costs ? `${sentence}; records that this has removed or changed are not copied again` : sentence];
  });
  return [...shape, ...configs];
}
