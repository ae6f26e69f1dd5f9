/** Conditions on the migrated topics of the target: whose they are, and whether they are what the lock says. */
import { rangeName, type Range } from "../../brokers/log.ts";
import { partitionName } from "../../brokers/partitions.ts";
import { emptyTopics } from "../../brokers/positions.ts";
import type { Condition, Verdict, WantedTopics } from "../../model/gates.ts";
import { named, count } from "../../model/words.ts";
import { closed, rank, unmeasured, type Complaint } from "./problems.ts";
import { part, type Judge, type Snapshot, type StandingTopic } from "./reading.ts";

type EmptyOrOurs = Extract<Condition, { kind: "target-empty-or-ours" }>;
type Empty = Extract<Condition, { kind: "target-empty" }>;
type AsLocked = Extract<Condition, { kind: "topics-as-locked" }>;

/** Every migrated topic on the target is one that this migration made or adopted, or it is empty. */
export const targetEmptyOrOurs: Judge<EmptyOrOurs> = {
  needs: ["target", "targetTopics", "marks"],
  judge: (_condition, snapshot) => {
    const { topics } = snapshot.scope;
    const [logs, standing, marks] = [part(snapshot, "target"), part(snapshot, "targetTopics"), part(snapshot, "marks")];
    const empty = new Set(emptyTopics(logs, topics));
    const unread = new Map(logs.problems.map(({ topic, sentence }) => [topic, sentence]));
    const missing: string[] = [];
    const again: string[] = [];
    const foreign: string[] = [];
    const complaints: Complaint[] = [];
    for (const topic of topics) {
      const found = standing.topics.get(topic);
      const mark = marks.get(topic);
      if (found === undefined) missing.push(topic);
      else if (mark !== undefined && mark !== found.id) again.push(topic);
      else if (mark === undefined && unread.has(topic)) {
        complaints.push({ rank: rank.unmeasured, sentence: unread.get(topic)!, partition: false });
      } else if (mark === undefined && !empty.has(topic)) foreign.push(topic);
    }
    const complain = (names: string[], worse: number, sentence: (what: string) => string): void => {
      if (names.length === 0) return;
      const what = `${count(names.length, "topic")} on the target`;
      complaints.push({ rank: worse, sentence: `${sentence(what)}: ${named(names)}`, partition: false });
    };
    complain(foreign, rank.foreign, (what) => `${what} with records that are not of this migration`);
    complain(again, rank.gone, (what) => `${what} deleted and made again by somebody else`);
    complain(missing, rank.missing, (what) => `${what} missing`);
    if (topics.length === 0 || complaints.length > 0) return closed(complaints);
    return open(`${count(topics.length, "topic")} on the target are this migration's or empty`);
  },
};

/**
 * No migrated topic on the target holds a record, for whoever begins there at the beginning. After the first switch
 * of producers records there are theirs.
 */
export const targetEmpty: Judge<Empty> = {
  needs: ["target", "ledger"],
  wants: (_condition, snapshot) => ({
    side: "target",
    isolation: "read_uncommitted",
    ranges: filled(snapshot),
  }),
  judge: (_condition, snapshot) => {
    const first = part(snapshot, "ledger").find((entry) => entry.switch === "producers");
    if (first !== undefined) {
      return open(`what the target holds was written after ledger entry ${first.number}, by producers that had moved`);
    }
    const logs = part(snapshot, "target");
    const complaints = unmeasured(logs);
    const ranges = filled(snapshot);
    const counts = ranges.length === 0 ? null : part(snapshot, "counts").counts;
    for (const range of ranges) {
      const counted = counts?.get(rangeName(range));
      // Markers alone, of producers that wrote nothing else, are no records.
      if (counted?.exact && counted.records === 0) continue;
      const name = partitionName(range.topic, range.partition);
      const sentence = `${name} of the target holds ${counted ? count(counted.records, "record") : "records"} already`;
      complaints.push({ rank: rank.foreign, weight: range.to - range.from, sentence, partition: true });
    }
    const topics = new Set([...logs.partitions.values()].map(({ topic }) => topic)).size;
    if (topics === 0 || complaints.length > 0) return closed(complaints);
    return open(`${count(topics, "topic")} on the target hold no record`);
  },
};

const filled = (snapshot: Snapshot): Range[] =>
  [...part(snapshot, "target").partitions.values()]
    .filter(({ start, end }) => start < end)
    .map(({ topic, partition, start, end }) => ({ topic, partition, from: start, to: end }));

/**
 * Where a copy may differ from its source by design: none of these can lose a record or keep one longer or shorter.
 * Whoever set the value on the target is asked for, too, so that a slip in a topic's own config is none.
 */
const exceptions: Readonly<
  Record<string, { readonly reason: string; readonly allows: (wanted: string, found: Found) => boolean }>
> = {
  "min.insync.replicas": {
    reason: "the target's brokers may ask for more than a source that leaves it at Kafka's default",
    allows: (wanted, { value, from }) => from !== "topic" && Number(value) > Number(wanted),
  },
  "unclean.leader.election.enable": {
    reason: "the target's brokers may forbid what the source's allow",
    allows: (_wanted, { value, from }) => from !== "topic" && value === "false",
  },
};

type Found = { readonly value: string; readonly from: string };

/** Partitions, replicas and every effective config of each topic on the target are what the lock says. */
export const topicsAsLocked: Judge<AsLocked> = {
  needs: ["targetTopics"],
  judge: ({ wanted, defaults }, snapshot) => {
    const standing = part(snapshot, "targetTopics");
    const complaints = wanted.flatMap((group) =>
      Object.entries(group.topics).flatMap(([topic, partitions]): Complaint[] => {
        const found = standing.topics.get(topic);
        if (found === undefined) {
          const sentence = standing.problems.get(topic) ?? `topic ${topic} does not exist on the target`;
          return [{ rank: rank.missing, sentence, partition: false }];
        }
        return topicDifferences(topic, { partitions, ...group }, defaults, found).map((sentence) => ({
          rank: rank.left,
          sentence,
          partition: false,
        }));
      }),
    );
    const topics = wanted.reduce((sum, group) => sum + Object.keys(group.topics).length, 0);
    if (topics === 0 || complaints.length > 0) return closed(complaints);
    return open(`${count(topics, "topic")} on the target have the partitions, replicas and configs of the lock`);
  },
};

/** What differs between a topic and the lock, a sentence for each. Pure. */
function topicDifferences(
  topic: string,
  wanted: Omit<WantedTopics, "topics"> & { readonly partitions: number },
  defaults: Readonly<Record<string, string>>,
  found: StandingTopic,
): string[] {
  const differs = (what: string, value: string | number, ask: string | number) =>
    `${topic}: ${what} is ${value} on the target, ${ask} is wanted`;
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
    return [differs(key, now.value === "" ? "empty" : now.value, value === "" ? "empty" : value)];
  });
  return [...shape, ...configs];
}

const open = (sentence: string): Verdict => ({ open: true, sentence });
