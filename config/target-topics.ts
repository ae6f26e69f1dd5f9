import { plannedOf } from "../runtime/model/platforms/platforms.ts";
import { aboutRecords, topicDefaults } from "../runtime/model/topic-defaults.ts";
import type { TopicsSetFor } from "../phases/row.ts";
import { lockedTopics, type MigrationConfig } from "./migration-config.ts";

/** A topic as it will be on the target. */
export interface TargetTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** What the topic sets itself, keys sorted. */
  readonly config: Readonly<Record<string, string>>;
}

/** What the target's topics are derived from. */
export type TargetTopicsOf = Pick<MigrationConfig, "inventory" | "topics" | "target"> & {
  readonly selection: Pick<MigrationConfig["selection"], "topics">;
};

/** How many replicas must have a record before a write with acks=all is acknowledged. MM2 never copies it. */
export const minInsync = "min.insync.replicas";

/** Configs of a topic on the source that its copy does not get, each with the reason. */
export const notCarried: Readonly<Record<string, string>> = {
  "message.format.version": "Kafka 4 has one record format and refuses the name",
  "message.timestamp.difference.max.ms": "Kafka 4 refuses the name; its value bounds both directions instead",
  "leader.replication.throttled.replicas": "names brokers of the source",
  "follower.replication.throttled.replicas": "names brokers of the source",
  "remote.storage.enable": "tiered storage is set up on the target apart, under topics.configs",
  "remote.log.copy.disable": "tiered storage is set up on the target apart, under topics.configs",
  "remote.log.delete.on.disable": "tiered storage is set up on the target apart, under topics.configs",
  "local.retention.bytes": "tiered storage is set up on the target apart, under topics.configs",
  "local.retention.ms": "tiered storage is set up on the target apart, under topics.configs",
};

/** Prefixes of configs that distributions add to Kafka's own; no other cluster accepts them. */
const ofVendor = /^(confluent|redpanda|aiven|inkless|automq)\./;

/** Whether a config of the source's topics is one that their copies get. */
export const carried = (key: string): boolean => !Object.hasOwn(notCarried, key) && !ofVendor.test(key);

/**
 * Kafka's own defaults that the target's release has changed (KIP-1030), with their former values: with the new ones a copy
 * would refuse records that the source has accepted.
 */
const changedDefaults: Readonly<Record<string, string>> = {
  "message.timestamp.after.max.ms": "9223372036854775807",
};

const anyTime = "9223372036854775807";

/** How Kafka 3 bounds both directions at once. */
const difference = "message.timestamp.difference.max.ms";

/**
 * What of a topic's configs would refuse the mirror's records, or give them other timestamps, as the mirror may have it
 * instead: its records keep the timestamps they had when they were young. Only keys that the topic has. Pure.
 */
export function opened(configs: Readonly<Record<string, string>>): Record<string, string> {
  const bounds = ["message.timestamp.before.max.ms", "message.timestamp.after.max.ms", difference];
  const bounded = bounds.filter((key) => (configs[key] ?? anyTime) !== anyTime).map((key) => [key, anyTime] as const);
  return {
    ...Object.fromEntries(bounded),
    ...(configs["message.timestamp.type"] === "LogAppendTime" && { "message.timestamp.type": "CreateTime" }),
  };
}

const smallestSegment = 1_048_576;

/**
 * The migrated topics as the target will have them: what each sets itself on the source, what the source's brokers set
 * for all, former values of defaults that Kafka has changed, and the source's values where the target's brokers set others
 * that would cost records; then what `topics.configs` says. While the mirror writes them, also what lets it copy records
 * as they are. Pure.
 */
export function targetTopics(
  config: TargetTopicsOf,
  setFor: TopicsSetFor | ((topic: string) => TopicsSetFor) = "writers",
): TargetTopic[] {
  const whose = typeof setFor === "string" ? () => setFor : setFor;
  const common = commonConfig(config);
  const replicas = replicasOfTopics(config);
  return lockedTopics(config).map((topic) => {
    const { name, partitions, configs } = topic;
    const set = Object.entries(configs).filter(([key]) => carried(key));
    const wanted = { ...common, ...timestampBounds(configs), ...Object.fromEntries(set) };
    const accepted = isFour(config) ? withLargeSegments(wanted) : wanted;
    const own = { ...accepted, ...config.selection.topics.configs[name] };
    const open = whose(name) === "mirror" ? { ...opened(own), ...config.selection.topics.whileMirroring[name] } : {};
    return { name, partitions, replicationFactor: replicas(topic), config: sorted({ ...own, ...open }) };
  });
}

/** Effective values of a source topic that sets nothing itself, without those that its copy does not get. */
export function sourceDefaults({ inventory }: Pick<MigrationConfig, "inventory">): Record<string, string> {
  const all = Object.fromEntries(Object.entries(inventory.defaults).map(([key, { value }]) => [key, value]));
  const entries = Object.entries(all).filter(([key]) => carried(key));
  return sorted({ ...timestampBounds(all), ...Object.fromEntries(entries) });
}

/**
 * Where the target's brokers give a topic something else than the source's, of what decides about records: their value
 * and the source's, by key. As far as known: by the lockfile, and by the config of brokers that are made here.
 */
export function differingDefaults(
  config: Pick<MigrationConfig, "inventory" | "target">,
): Record<string, { readonly source: string; readonly target: string }> {
  const { inventory, target } = config;
  const there = { ...inventory.target?.defaults, ...topicDefaults(plannedOf(target.cluster)?.configuration ?? {}) };
  const here = sourceDefaults(config);
  // Only brokers before Kafka 4 still know it, and bound by it whatever the two newer ones say.
  const former = inventory.defaults[difference]?.value;
  if (!isFour(config) && former !== undefined) here[difference] = former;
  const both = Object.entries(there).flatMap(([key, value]) => {
    const wanted = here[key];
    if (wanted === undefined || wanted === value || !aboutRecords(key)) return [];
    return [[key, { source: wanted, target: value }] as const];
  });
  return Object.fromEntries(both);
}

/** For how long the source keeps deletions, in milliseconds, by topic that is compacted there. */
export function deletionsKept({
  inventory,
  topics,
}: Pick<MigrationConfig, "inventory" | "topics">): Record<string, number> {
  const effective = (configs: Readonly<Record<string, string>>, key: string, otherwise: string) =>
    configs[key] ?? inventory.defaults[key]?.value ?? otherwise;
  const moving = new Set(topics);
  const found = inventory.topics.filter(
    ({ name, configs }) => moving.has(name) && effective(configs, "cleanup.policy", "delete").includes("compact"),
  );
  return Object.fromEntries(
    found.map(({ name, configs }) => [name, Number(effective(configs, "delete.retention.ms", "86400000"))]),
  );
}

/**
 * Replicas on the target of topics that are not the source's, and of those of which the config says nothing else: three
 * where there are three brokers, because the broker's default is one.
 */
export function replicasOf(config: Omit<TargetTopicsOf, "topics">): number {
  const { replicationFactor } = config.selection.topics;
  return typeof replicationFactor === "number" ? replicationFactor : Math.min(3, brokersOf(config));
}

/** Replicas on the target of each topic of the source: what `replicationFactors` says of it, else of all. */
export function replicasOfTopics(
  config: Omit<TargetTopicsOf, "topics">,
): (topic: { readonly name: string; readonly replicationFactor: number }) => number {
  const usual = replicasOf(config);
  const { replicationFactor, replicationFactors } = config.selection.topics;
  return ({ name, replicationFactor: onSource }) =>
    replicationFactors[name] ?? (replicationFactor === "source" ? onSource : usual);
}

/**
 * In-sync replicas that a write with acks=all needs on the target, by topic: what the topic sets there, else what the
 * target's brokers set (`existing`, or the config of brokers that do not exist yet), else Kafka's default of one.
 */
export function insyncOnTarget(
  config: TargetTopicsOf,
  existing: Readonly<Record<string, string>> | undefined,
): ReadonlyMap<string, number> {
  const planned = plannedOf(config.target.cluster)?.configuration[minInsync];
  const brokers = existing?.[minInsync] ?? planned ?? "1";
  return new Map(targetTopics(config).map((topic) => [topic.name, Number(topic.config[minInsync] ?? brokers)]));
}

/** Number of the target's brokers; for an existing target from the inventory, or three if it has no count. */
export function brokersOf({ target, inventory }: Pick<MigrationConfig, "target" | "inventory">): number {
  return plannedOf(target.cluster)?.brokers.replicas ?? inventory.target?.brokers ?? 3;
}

function commonConfig(config: TargetTopicsOf): Record<string, string> {
  const { defaults } = config.inventory;
  const fromBrokers = Object.fromEntries(
    Object.entries(defaults).flatMap(([key, { value, from }]) => (from === "broker" ? [[key, value]] : [])),
  ) as Record<string, string>;
  const changed = isFour(config)
    ? Object.entries(changedDefaults).map(([key, before]) => [key, defaults[key]?.value ?? before] as const)
    : [];
  const own = Object.entries(fromBrokers).filter(([key]) => carried(key));
  const differing = Object.entries(differingDefaults(config)).map(([key, { source }]) => [key, source] as const);
  return {
    ...Object.fromEntries(differing),
    ...Object.fromEntries(changed),
    ...timestampBounds(fromBrokers),
    ...Object.fromEntries(own),
  };
}

/** Kafka 3 bounds a timestamp in both directions by one config, unless the newer two are set. */
function timestampBounds(configs: Readonly<Record<string, string>>): Record<string, string> {
  const both = configs[difference];
  return both === undefined ? {} : { "message.timestamp.after.max.ms": both, "message.timestamp.before.max.ms": both };
}

/** Kafka 4 refuses segments below 1 MiB. */
function withLargeSegments(wanted: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const found = wanted["segment.bytes"];
  return found === undefined || Number(found) >= smallestSegment
    ? wanted
    : { ...wanted, "segment.bytes": String(smallestSegment) };
}

/** Whether the target is of release 4 or later; assumed for one that does not exist yet. */
function isFour({ target, inventory }: Pick<MigrationConfig, "target" | "inventory">): boolean {
  const release = plannedOf(target.cluster)?.version ?? inventory.target?.kafka;
  return Number.parseInt(release ?? "4", 10) >= 4;
}

const sorted = (map: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
