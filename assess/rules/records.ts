import type { RecordSample } from "@kafka-migration/kafka";
import { opened, targetTopics } from "../../config/target-topics.ts";
import { isCompressed } from "../capacity.ts";
import type { Facts, TopicFacts } from "../facts.ts";
import { bytesText, count } from "../words.ts";
import { about, mirrorsLargest, type AdviceRule } from "./rule.ts";

/** Kafka's own bound on a batch, where nobody sets `max.message.bytes`. */
const usualLargest = 1_048_588;
/** What a batch of one record has besides its key, value and headers, at most. */
const batchOverhead = 200;

interface Sampled {
  readonly name: string;
  readonly sample: RecordSample;
  /** What the topic sets on the target while the mirror writes it. */
  readonly mirrored: Readonly<Record<string, string>>;
  /** And once the applications do. */
  readonly own: Readonly<Record<string, string>>;
}

/** Migrated topics with what was read of their records. */
function sampled(facts: Facts): Sampled[] {
  const { config, inventory, migrated, samples } = facts;
  const of = { inventory, topics: migrated, target: config.target, selection: config.selection };
  const own = new Map(targetTopics(of, "writers").map((topic) => [topic.name, topic.config]));
  return targetTopics(of, "mirror").flatMap(({ name, config: mirrored }) => {
    const sample = samples.get(name);
    return sample === undefined ? [] : [{ name, sample, mirrored, own: own.get(name) ?? {} }];
  });
}

const text = <T extends { readonly name: string }>(topics: readonly T[], each: (topic: T) => string): string =>
  topics.map((topic) => `${topic.name} ${each(topic)}`).join(", ");

const share = ({ records }: RecordSample, some: number): string => `${some} of ${count(records, "record")} read`;

/** The largest batch that the target takes of a topic while it is mirrored. */
const largestTaken = ({ mirrored }: Sampled): number => Number(mirrored["max.message.bytes"] ?? usualLargest);

const compacted = ({ mirrored }: Sampled): boolean => (mirrored["cleanup.policy"] ?? "delete").includes("compact");

/** Whether the mirror's producer, or the topic itself, compresses what it writes. */
const compresses = ({ config }: Facts, { mirrored }: Sampled): boolean => isCompressed(config, mirrored);

/** Advice about records that the target would refuse, or change. */
export const recordRules: readonly AdviceRule[] = [
  {
    id: "records-too-large-for-the-target",
    severity: "error",
    kind: "topic",
    reason:
      "the mirror writes uncompressed, and the target refuses a batch above max.message.bytes: its task fails for good with RecordTooLargeException",
    remedy:
      'set a larger max.message.bytes for the topic under topics.whileMirroring, or mirror.source["producer.override.compression.type"]',
    find: (facts) =>
      about(
        sampled(facts).filter(
          (topic) => topic.sample.largestBytes + batchOverhead > largestTaken(topic) && !compresses(facts, topic),
        ),
        (topics) =>
          text(
            topics,
            (topic) =>
              `has a record of ${bytesText(topic.sample.largestBytes)} uncompressed, the target takes ${bytesText(largestTaken(topic))}`,
          ),
      ),
  },
  {
    id: "records-too-large-for-the-mirror",
    severity: "error",
    kind: "topic",
    reason: "a record above max.request.size fails the mirror's task for good, whatever its compression",
    remedy:
      'raise mirror.source["producer.override.max.request.size"], and max.message.bytes under topics.whileMirroring',
    find: (facts) =>
      about(
        sampled(facts).filter(({ sample }) => sample.largestBytes + batchOverhead > mirrorsLargest(facts)),
        (topics) =>
          text(
            topics,
            ({ sample }) =>
              `has a record of ${bytesText(sample.largestBytes)}, the mirror accepts ${bytesText(mirrorsLargest(facts))}`,
          ),
      ),
  },
  {
    id: "records-without-key-in-a-compacted-topic",
    severity: "error",
    kind: "topic",
    reason:
      "a topic that was not always compacted keeps records without a key, and a compacted topic refuses them: the mirror's task fails for good with InvalidRecordException",
    remedy:
      "set cleanup.policy: delete with retention.ms: -1 for the topic under topics.whileMirroring; from the row after the producers' switch on it is compacted again, and its cleaner removes those records",
    find: (facts) =>
      about(
        sampled(facts).filter((topic) => topic.sample.withoutKey > 0 && compacted(topic)),
        (topics) => text(topics, ({ sample }) => `has ${share(sample, sample.withoutKey)} without a key`),
      ),
  },
  {
    id: "records-before-1970",
    severity: "error",
    kind: "topic",
    reason: "MirrorMaker 2 refuses a negative timestamp: its task fails for good with Invalid record timestamp",
    remedy:
      "let these records expire or delete them (kafka-delete-records.sh) before the mirror starts, or name the topic under topics.ignore and move its records in another way",
    find: (facts) =>
      about(
        sampled(facts).filter(({ sample }) => sample.before1970 > 0),
        (topics) => text(topics, ({ sample }) => `has ${share(sample, sample.before1970)} from before 1970`),
      ),
  },
  {
    id: "records-without-timestamp",
    severity: "warning",
    kind: "topic",
    reason:
      "MirrorMaker 2 gives such a record the time of the copy, from which the target's retention then counts, and in an order that moves groups before producers no exact place can be proved among them",
    remedy: "nothing where readers do not use timestamps and producers move first; else let the records expire first",
    find: (facts) =>
      about(
        sampled(facts).filter(({ sample }) => sample.withoutTimestamp > 0),
        (topics) => text(topics, ({ sample }) => `has ${share(sample, sample.withoutTimestamp)} without a timestamp`),
      ),
  },
  {
    id: "records-in-former-formats",
    severity: "info",
    kind: "topic",
    reason:
      "the target writes them in today's format; clients that only read the former ones (before Kafka 0.11) no longer find any",
    remedy: "nothing, if every client is of Kafka 2.1 or later",
    find: (facts) =>
      about(
        sampled(facts).filter(({ sample }) => sample.formerFormat > 0),
        (topics) =>
          text(
            topics,
            ({ sample }) => `has ${share(sample, sample.formerFormat)} in the format of Kafka 0.10 or older`,
          ),
      ),
  },
  {
    id: "topics-open-for-the-mirror",
    severity: "info",
    kind: "topic",
    reason:
      "a bound on timestamps would refuse records that were young when they were written, and message.timestamp.type=LogAppendTime would give all of them the time of the copy",
    remedy:
      "nothing: the topics have these configs until the row after the producers' switch, and the source's own from then on",
    find: (facts) => {
      const { config, inventory, migrated } = facts;
      const of = { inventory, topics: migrated, target: config.target, selection: config.selection };
      return about(
        targetTopics(of).filter((topic) => Object.keys(opened(topic.config)).length > 0),
        (topics) =>
          text(topics, (topic) =>
            Object.entries(opened(topic.config))
              .map(([key, value]) => `${key}=${value} instead of ${topic.config[key]}`)
              .join(" and "),
          ),
      );
    },
  },
  {
    id: "retention-by-size-of-compressed-records",
    severity: "warning",
    kind: "topic",
    reason:
      "retention.bytes counts what lies on the disk, and the mirror writes uncompressed: the target keeps fewer records, and removes some that a group may not have read",
    remedy:
      'set mirror.source["producer.override.compression.type"], or retention.bytes: -1 under topics.whileMirroring and a larger one under topics.configs',
    find: (facts) =>
      about(
        sampled(facts).filter(
          (topic) =>
            topic.sample.compressed > 0 &&
            Number(topic.mirrored["retention.bytes"] ?? -1) >= 0 &&
            !compresses(facts, topic),
        ),
        (topics) =>
          text(
            topics,
            ({ sample, mirrored }) =>
              `keeps ${bytesText(Number(mirrored["retention.bytes"]))} and has ${share(sample, sample.compressed)} compressed`,
          ),
      ),
  },
  {
    id: "records-not-read",
    severity: "info",
    kind: "topic",
    reason: "what its records would meet on the target is only known from its configs",
    remedy: "give the reading more time: npm run assess -- --sample-seconds 300",
    find: (facts) => {
      const unread = (topic: TopicFacts) => topic.migrated && topic.records > 0n && !facts.samples.has(topic.name);
      return about(
        facts.topics.filter(unread),
        (topics) => `no record of ${count(topics.length, "topic")} was read in time`,
      );
    },
  },
];
