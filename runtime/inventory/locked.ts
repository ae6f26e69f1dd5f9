/** What of a cluster an inventory records: nothing that traffic, tools or the cluster's own business changes. Pure. */
import type { ClusterReading, GroupReading, TopicReading } from "../model/cluster-reading.ts";
import { streamsGroups } from "./streams.ts";

/** A topic as an inventory has it; `configs` holds only what the topic sets itself. */
export interface TopicToLock {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs: Readonly<Record<string, string>>;
}

export interface GroupToLock {
  readonly name: string;
  readonly protocol: GroupReading["protocol"];
  /** Present on a group that is a Kafka Streams application. */
  readonly streams?: true;
  /** Topics in which it has committed an offset. */
  readonly topics: readonly string[];
}

/** KubeDB's health checks write to a topic of this name on every cluster. */
const healthTopic = "kafka-health";
/** Topics that MirrorMaker 2 keeps for itself, and never mirrors. */
const mirrorTopics = /^mm2.*\.internal$|\.checkpoints\.internal$/;
/** Groups of Kafka's own tools. */
const toolGroups = /^(console-consumer-|perf-consumer-)/;

/** Whether a topic belongs to users: not Kafka's or MirrorMaker 2's own, not one of KubeDB's health checks. */
export function isSomebodys({ name, internal }: Pick<TopicReading, "name" | "internal">): boolean {
  return !internal && !name.startsWith("__") && name !== healthTopic && !mirrorTopics.test(name);
}

/** Topics to record, sorted by name. */
export function topicsToLock({ topics, configs }: Pick<ClusterReading, "topics" | "configs">): TopicToLock[] {
  return topics
    .filter(isSomebodys)
    .map(({ name, partitions }) => ({
      name,
      partitions: partitions.length,
      // While partitions are being moved some have replicas to spare.
      replicationFactor: Math.min(...partitions.map(({ replicas }) => replicas.length)),
      configs: Object.fromEntries(
        Object.entries(configs.get(name) ?? {})
          .filter(([, { from }]) => from === "topic")
          .map(([key, { value }]) => [key, value])
          .sort(([a], [b]) => (a! < b! ? -1 : 1)),
      ),
    }))
    .sort(byName);
}

/**
 * Groups to record, sorted by name: those that have committed offsets in recorded topics. Groups that commit nothing
 * come and go with their members.
 */
export function groupsToLock({ groups, topics }: Pick<ClusterReading, "groups" | "topics">): GroupToLock[] {
  const streams = streamsGroups({ groups, topics });
  const recorded = new Set(topics.filter(isSomebodys).map(({ name }) => name));
  return groups
    .filter(({ name }) => !toolGroups.test(name))
    .map(({ name, protocol, committed }) => ({
      name,
      protocol,
      ...(streams.has(name) && { streams: true as const }),
      topics: [...new Set(committed.map(({ topic }) => topic).filter((topic) => recorded.has(topic)))].sort(),
    }))
    .filter((group) => group.topics.length > 0)
    .sort(byName);
}

const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1);
