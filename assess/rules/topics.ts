import { unmirrorable } from "../../config/checks/selection.ts";
import { insyncOnTarget, minInsync, replicasOfTopics } from "../../config/target-topics.ts";
import { toolTopics } from "../../runtime/model/tool-topics.ts";
import type { Facts, TopicFacts } from "../facts.ts";
import { bytesText, count, someOf } from "../words.ts";
import { about, mirrorsLargest, releaseNumbers, targetRelease, type AdviceRule } from "./rule.ts";

const day = 86_400_000n;

/** Topics of Kafka and of what runs it, which begin with "__" and are made again where they are needed. */
const ofKafka =
  /^__(consumer_offsets|transaction_state|share_group_state|cluster_metadata|remote_log_metadata|CruiseControlMetrics|KafkaCruiseControl.*|amazon_msk_.*|strimzi.*|redpanda.*)$/;

const migrated = ({ topics }: Facts): TopicFacts[] => topics.filter((topic) => topic.migrated);

/** A config's value on the source, whoever set it; null where it could not be read. */
const effective = ({ source }: Facts, topic: string, key: string): string | null =>
  source.cluster.configs.get(topic)?.[key]?.value ?? null;

/** In-sync replicas that a write with acks=all needs: on the source, and on the target once the topic is there. */
function insync(facts: Facts): {
  readonly source: (topic: string) => number;
  readonly target: (topic: string) => number;
} {
  const { config, inventory, migrated: topics, target } = facts;
  const wanted = insyncOnTarget(
    { inventory, topics, target: config.target, selection: config.selection },
    target?.cluster.brokerConfig,
  );
  return {
    source: (topic) => Number(effective(facts, topic, minInsync) ?? 1),
    target: (topic) => wanted.get(topic) ?? 1,
  };
}

/** Advice about what is migrated. */
export const topicRules: readonly AdviceRule[] = [
  {
    id: "partitions-below-three",
    severity: "info",
    kind: "topic",
    reason: "a group can have at most as many working consumers as partitions, and adding partitions later moves keys",
    remedy: "add partitions on the source before the mirror starts, if the order of keys allows it",
    find: (facts) =>
      about(
        migrated(facts).filter(({ partitions }) => partitions < 3),
        (topics) =>
          `${topics.map(({ name, partitions }) => `${name} has ${partitions}`).join(", ")}; 3 or more are usual`,
      ),
  },
  {
    id: "replication-factor-one",
    severity: "warning",
    kind: "topic",
    reason:
      "while its only broker is down, the topic cannot be read, mirrored or drained; if that broker's disk fails, the topic is lost",
    remedy: "raise the replication factor on the source before the migration; the target gets topics.replicationFactor",
    find: (facts) =>
      about(
        migrated(facts).filter(({ replicationFactor }) => replicationFactor === 1),
        (topics) => `${count(topics.length, "topic")} of ${migrated(facts).length} with 1 replica on the source`,
      ),
  },
  {
    id: "fewer-replicas-on-target",
    severity: "warning",
    kind: "topic",
    reason: "the target survives the loss of fewer brokers than the source does",
    remedy: "set topics.replicationFactor (source: as many as on the source), and give the target as many brokers",
    find: (facts) => {
      const replicas = replicasThere(facts);
      return about(
        migrated(facts).filter((topic) => topic.replicationFactor > replicas(topic)),
        (topics) => {
          const [worst] = topics.toSorted((a, b) => b.replicationFactor - a.replicationFactor);
          return `${worst!.replicationFactor} replicas on the source, ${replicas(worst!)} on the target`;
        },
      );
    },
  },
  {
    id: "weaker-durability-on-target",
    severity: "warning",
    kind: "topic",
    reason: "the target acknowledges a write with fewer in-sync replicas than the source requires",
    remedy: "raise min.insync.replicas under topics.configs; MirrorMaker 2 never copies it",
    find: (facts) => {
      const { source, target } = insync(facts);
      return about(
        migrated(facts).filter(({ name }) => source(name) > target(name)),
        (topics) =>
          topics
            .map(({ name }) => `${name} requires ${source(name)} in sync on the source, ${target(name)} on the target`)
            .join(", "),
      );
    },
  },
  {
    id: "writes-stop-with-one-broker",
    severity: "warning",
    kind: "topic",
    reason: "as soon as one broker restarts, writes with acks=all are refused, including the mirror's",
    remedy: "keep min.insync.replicas below the replication factor on the target",
    find: (facts) => {
      const replicas = replicasThere(facts);
      const { target } = insync(facts);
      return about(
        migrated(facts).filter((topic) => target(topic.name) >= replicas(topic) && replicas(topic) > 1),
        (topics) =>
          topics
            .map((topic) => `${topic.name}: ${target(topic.name)} of ${replicas(topic)} replicas must be in sync`)
            .join(", "),
      );
    },
  },
  {
    id: "renamed-or-skipped-by-mm2",
    severity: "error",
    kind: "topic",
    reason: "MirrorMaker 2 silently treats some names as its own, whatever its configuration says",
    remedy:
      "name the topic under topics.ignore with the reason and move its records in another way, or rename it first",
    find: (facts) => {
      const old = (releaseNumbers(facts.config.connect?.version ?? "")?.[0] ?? 4) < 4;
      const problems = new Map(
        migrated(facts).flatMap(({ name }): [string, string][] => {
          const [problem] = unmirrorable(name);
          if (problem !== undefined) return [[name, problem.message]];
          const skipped = old && /[-.]internal$/.test(name);
          return skipped
            ? [[name, `"${name}" is skipped by a Connect before 4.0, because it ends with "internal"`]]
            : [];
        }),
      );
      return about(
        migrated(facts).filter(({ name }) => problems.has(name)),
        () => [...problems.values()].join("; "),
      );
    },
  },
  {
    id: "config-refused-by-target",
    severity: "warning",
    kind: "topic",
    reason:
      "Kafka 4 does not know message.format.version and message.timestamp.difference.max.ms, and refuses segments below 1 MiB",
    remedy: "remove the config on the source, or give another value under topics.configs",
    find: (facts) => {
      if ((releaseNumbers(targetRelease(facts))?.[0] ?? 0) < 4) return null;
      const refused = ({ name }: TopicFacts): string[] =>
        Object.entries(facts.source.cluster.configs.get(name) ?? {})
          .filter(
            ([key, { from }]) => from === "topic" && facts.config.selection.topics.configs[name]?.[key] === undefined,
          )
          .filter(
            ([key, { value }]) =>
              ["message.format.version", "message.timestamp.difference.max.ms"].includes(key) ||
              (key === "segment.bytes" && Number(value) < 1024 * 1024),
          )
          .map(([key, { value }]) => `${name} sets ${key}=${value}`);
      return about(
        migrated(facts).filter((topic) => refused(topic).length > 0),
        (topics) => topics.flatMap(refused).join(", "),
      );
    },
  },
  {
    id: "short-retention",
    severity: "warning",
    kind: "topic",
    reason:
      "records that expire on the source before they are mirrored or read are lost, and MirrorMaker 2 does not report a gap in the copy",
    remedy: "raise retention.ms on the source for the days of the migration",
    find: (facts) => {
      const hours = ({ name }: TopicFacts): number | null => {
        const retention = BigInt(effective(facts, name, "retention.ms") ?? "-1");
        const deletes = (effective(facts, name, "cleanup.policy") ?? "delete").includes("delete");
        return deletes && retention >= 0n && retention < day ? Number(retention) / 3_600_000 : null;
      };
      return about(
        migrated(facts).filter((topic) => hours(topic) !== null),
        (topics) =>
          `${topics.map((topic) => `${topic.name} keeps ${hours(topic)!.toFixed(1)} h`).join(", ")}; 24 h or more are advised`,
      );
    },
  },
  {
    id: "tombstones-before-the-mirror",
    severity: "warning",
    kind: "topic",
    reason:
      "a deletion that compaction removes from the source before the mirror has read it leaves its key on the target for ever, and no offset shows it",
    remedy:
      "raise delete.retention.ms on the source for the days of the migration, beyond what the first copy takes and any time in which the mirror stands",
    find: (facts) => {
      const hours = ({ name }: TopicFacts): number | null => {
        const compacts = (effective(facts, name, "cleanup.policy") ?? "delete").includes("compact");
        const kept = BigInt(effective(facts, name, "delete.retention.ms") ?? day);
        return compacts && kept < 7n * day ? Number(kept) / 3_600_000 : null;
      };
      return about(
        migrated(facts).filter((topic) => hours(topic) !== null),
        (topics) =>
          `${topics.map((topic) => `${topic.name} keeps deletions ${hours(topic)!.toFixed(1)} h`).join(", ")}; 7 days are advised`,
      );
    },
  },
  {
    id: "records-larger-than-the-mirror-takes",
    severity: "error",
    kind: "topic",
    reason: "a record above max.request.size fails the mirror's task permanently; its uncompressed size counts",
    remedy: 'raise mirror.source["producer.override.max.request.size"] above the largest max.message.bytes',
    find: (facts) => {
      const limit = mirrorsLargest(facts);
      const allowed = (name: string) => Number(effective(facts, name, "max.message.bytes") ?? 0);
      return about(
        migrated(facts).filter(({ name }) => allowed(name) > limit),
        (topics) =>
          `${topics.map(({ name }) => `${name} allows ${bytesText(allowed(name))}`).join(", ")}; the mirror accepts ${bytesText(limit)}`,
      );
    },
  },
  {
    id: "open-transaction",
    severity: "error",
    kind: "topic",
    reason: "the mirror only reads committed records and stops before a transaction that is never ended",
    remedy: "find it with kafka-transactions.sh find-hanging and abort it, or wait for its transaction.timeout.ms",
    find: (facts) =>
      about(
        migrated(facts).filter(({ openTransactions }) => openTransactions > 0),
        (topics) =>
          `the last stable offset did not advance in ${topics.map((topic) => `${count(topic.openTransactions, "partition")} of ${topic.name}`).join(", ")}`,
      ),
  },
  {
    id: "left-out-tools",
    severity: "info",
    kind: "topic",
    reason:
      "what a tool keeps in a topic of its own names offsets, ids or addresses of its cluster, so that a copy of the records would be wrong",
    remedy: "move it as the finding says; to mirror one nevertheless, list the topics under topics.migrate",
    find: (facts) => {
      const tools = toolTopics(facts.inventory.topics);
      const ignored = new Set(facts.config.selection.topics.ignore.map(({ name }) => name));
      const left = [...tools].filter(([name]) => !facts.migrated.includes(name) && !ignored.has(name));
      const byKeeper = Map.groupBy(left, ([, { whose, instead }]) => `${whose}: ${instead}`);
      return about(
        left.map(([name]) => ({ name })),
        () => [...byKeeper].map(([why, topics]) => `${someOf(topics.map(([name]) => name))}, ${why}`).join("; "),
      );
    },
  },
  {
    id: "left-out-tools-written",
    severity: "warning",
    kind: "topic",
    reason:
      "by its name the topic is a tool's own and stays on the source, and a client writes to it: a tool that is still in use there, or an application whose topic only has such a name",
    remedy:
      "if it is the application's, list it under topics.migrate beside the others; if it is the tool's, move the tool as left-out-tools says, and name the topic under topics.ignore",
    find: (facts) => {
      const tools = toolTopics(facts.inventory.topics);
      const ignored = new Set(facts.config.selection.topics.ignore.map(({ name }) => name));
      return about(
        facts.topics.filter(
          ({ name, migrated: moves, recordsPerSecond }) =>
            tools.has(name) && !moves && !ignored.has(name) && recordsPerSecond > 0,
        ),
        (topics) =>
          topics
            .map(({ name, recordsPerSecond }) => `${name} takes ${recordsPerSecond.toFixed(1)} records a second`)
            .join(", "),
      );
    },
  },
  {
    id: "tools-among-the-migrated",
    severity: "warning",
    kind: "topic",
    reason: "what a tool keeps in a topic of its own names offsets, ids or addresses of its cluster",
    remedy: "remove it from topics.migrate, unless the tool itself moves and reads the copy",
    find: (facts) => {
      const tools = toolTopics(facts.inventory.topics);
      return about(
        migrated(facts).filter(({ name }) => tools.has(name)),
        (topics) => topics.map(({ name }) => `${name} is ${tools.get(name)!.whose}`).join(", "),
      );
    },
  },
  {
    id: "hidden-from-the-mirror",
    severity: "warning",
    kind: "topic",
    reason:
      'MirrorMaker 2 never copies a topic whose name begins with "__": they are neither recorded nor on the target',
    remedy:
      "create those that an application needs on the target before it moves, because a target that makes no topics by itself refuses what is written to them; a topic of heartbeats may begin empty",
    find: ({ source }) =>
      about(
        source.cluster.topics.filter(({ name, internal }) => !internal && name.startsWith("__") && !ofKafka.test(name)),
        (topics) =>
          topics.map(({ name, partitions }) => `${name} (${count(partitions.length, "partition")})`).join(", "),
      ),
  },
  {
    id: "stands-on-target",
    severity: "error",
    kind: "topic",
    reason:
      "mirroring into a topic that this migration did not create mixes the mirrored records with those already there",
    remedy: "remove it from the target, or name it under topics.adopt with the reason",
    find: (facts) => {
      const adopted = new Set(facts.config.selection.topics.adopt.map(({ name }) => name));
      const existing = (facts.inventory.target?.topics ?? []).filter(
        ({ name, empty }) => facts.migrated.includes(name) && !empty && !adopted.has(name),
      );
      return about(
        existing,
        (topics) =>
          `${count(topics.length, "topic")} on the target already ${topics.length === 1 ? "holds" : "hold"} records`,
      );
    },
  },
  {
    id: "named-but-not-on-source",
    severity: "error",
    kind: "topic",
    reason: "the config migrates topics that do not exist, or that the runner's user is not allowed to see",
    remedy: "correct topics.migrate, or grant the user Describe on the topic",
    find: (facts) => {
      const there = new Set(facts.topics.map(({ name }) => name));
      const absent = facts.migrated.filter((name) => !there.has(name)).map((name) => ({ name }));
      return about(
        absent,
        (topics) =>
          `${count(topics.length, "topic")} under topics.migrate ${topics.length === 1 ? "is" : "are"} not on the source`,
      );
    },
  },
];

/** Replicas of a topic on the target. */
const replicasThere = ({ config: { target, selection }, inventory }: Facts) =>
  replicasOfTopics({ target, selection, inventory });
