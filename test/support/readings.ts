import type {
  ClusterReading,
  ConfigReading,
  GroupReading,
  LoadReading,
  RecordSample,
  TopicReading,
} from "@kafka-migration/kafka";
import { parseAssessConfig } from "../../assess/config.ts";
import type { Facts, SideFacts } from "../../assess/facts.ts";
import { groupFacts, topicFacts } from "../../assess/load.ts";
import { toInventory } from "../../assess/lock.ts";
import { selectTopics } from "../../config/migration-config.ts";
import { stackInput, type StackInput } from "./stack.ts";

/** A topic in a few words; brokers are numbered from 1. */
export interface TopicWords {
  readonly partitions?: number;
  readonly replicas?: number;
  /** Replicas in sync; default: all. */
  readonly inSync?: number;
  readonly internal?: boolean;
  readonly id?: string;
  /** What the topic sets itself. */
  readonly configs?: Readonly<Record<string, string>>;
  /** What it gets from its broker. */
  readonly broker?: Readonly<Record<string, string>>;
}

const inherited: Readonly<Record<string, string>> = {
  "cleanup.policy": "delete",
  "max.message.bytes": "1048588",
  "min.insync.replicas": "1",
  "retention.ms": "604800000",
};

const range = (length: number): number[] => Array.from({ length }, (_, index) => index + 1);

function topic(name: string, words: TopicWords): TopicReading {
  const { partitions = 3, replicas = 3, inSync = replicas, internal = false, id = `id-of-${name}` } = words;
  return {
    name,
    id,
    internal,
    partitions: range(partitions).map((number) => ({
      partition: number - 1,
      leader: 1,
      replicas: range(replicas),
      inSync: range(inSync),
    })),
  };
}

function configsOf({ configs = {}, broker = {} }: TopicWords): Record<string, ConfigReading> {
  const kafka = Object.entries(inherited).map(([key, value]) => [key, { value, from: "kafka" as const }] as const);
  const brokers = Object.entries(broker).map(([key, value]) => [key, { value, from: "broker" as const }] as const);
  const without = new Map<string, { value: string; from: "kafka" | "broker" }>([...kafka, ...brokers]);
  const all = [...without].map(([key, otherwise]): [string, ConfigReading] => [key, { ...otherwise, otherwise }]);
  const own = Object.entries(configs).map(([key, value]): [string, ConfigReading] => [
    key,
    { value, from: "topic", otherwise: without.get(key) ?? null },
  ]);
  return Object.fromEntries([...all, ...own]);
}

/** A group with its committed offsets, as `orders[0]: 12`. */
export function group(
  name: string,
  offsets: Readonly<Record<string, number>>,
  more: Partial<GroupReading> = {},
): GroupReading {
  const committed = Object.entries(offsets).map(([partition, offset]) => {
    const [, topicName = "", number = "0"] = /^(.*)\[(\d+)\]$/.exec(partition) ?? [];
    return { topic: topicName, partition: Number(number), offset: BigInt(offset) };
  });
  const members = [{ clientId: `${name}-client`, host: "10.0.0.1" }];
  return { name, protocol: "classic", assignor: "range", state: "Stable", members, committed, ...more };
}

/** A cluster of three brokers and three controllers with these topics. */
export function cluster(
  topics: Readonly<Record<string, TopicWords>>,
  more: Partial<ClusterReading> = {},
): ClusterReading {
  return {
    clusterId: "source-id",
    kafka: "3.9",
    speaks: "3.9",
    mode: "kraft",
    brokers: range(3).map((id) => ({ id, host: `broker-${id}.example`, port: 9092, rack: null })),
    controllers: [1, 2, 3],
    brokerConfig: { "auto.create.topics.enable": "false", "log.retention.hours": "168" },
    topics: Object.entries(topics).map(([name, words]) => topic(name, words)),
    configs: new Map(Object.entries(topics).map(([name, words]) => [name, configsOf(words)])),
    groups: [],
    shareGroups: [],
    acls: [],
    users: [],
    quotas: [],
    unread: [],
    ...more,
  };
}

/** A sample: `[start, last stable offset, end, bytes]` of every partition of each topic. */
export function load(
  { topics }: ClusterReading,
  logs: Readonly<Record<string, readonly [number, number, number, number]>>,
  more: Partial<LoadReading> = {},
): LoadReading {
  const partitions = topics.flatMap(({ name, partitions: list }) =>
    list.map(({ partition }) => {
      const [start, stable, end, bytes] = logs[name] ?? [0, 0, 0, 0];
      const offsets = { start: BigInt(start), stable: BigInt(stable), end: BigInt(end), bytes: BigInt(bytes) };
      return [`${name}[${partition}]`, { topic: name, partition, ...offsets }] as const;
    }),
  );
  const disks = range(3).map((broker) => ({
    broker,
    directory: "/data",
    totalBytes: 200n * 1024n ** 3n,
    usableBytes: 100n * 1024n ** 3n,
  }));
  return { takenAt: 10_000, partitions: new Map(partitions), disks, unread: [], ...more };
}

export function side(reading: ClusterReading, sample: LoadReading = load(reading, {})): SideFacts {
  const network = reading.brokers.map(({ id, host, port }) => ({
    broker: id,
    address: `${host}:${port}`,
    milliseconds: 3,
    problem: null,
  }));
  return { cluster: reading, load: sample, network };
}

const usualRecords: RecordSample = {
  records: 100,
  largestBytes: 1_000,
  oldest: Date.parse("2026-11-01T00:00:00Z"),
  newest: Date.parse("2026-11-21T00:00:00Z"),
  withoutTimestamp: 0,
  before1970: 0,
  withoutKey: 0,
  appendTime: 0,
  compressed: 0,
  compressedBytes: { plain: 0, stored: 0 },
  formerFormat: 0,
};

/** What a test's facts are made of; everything else is as nobody would complain about. */
export interface FactsWords {
  readonly source: ClusterReading;
  readonly samples?: readonly [LoadReading, LoadReading];
  readonly target?: SideFacts | null;
  readonly existing?: NonNullable<Facts["inventory"]["target"]>["topics"];
  readonly ages?: ReadonlyMap<string, number>;
  /** Groups of the source before the samples. @default as after them */
  readonly before?: ReturnType<typeof cluster>;
  /** What was read of the records, where it is not as usual, by topic. */
  readonly records?: Readonly<Record<string, Partial<RecordSample>>>;
  /** Topics of which no record was read. */
  readonly unsampled?: readonly string[];
  readonly connect?: Facts["connect"];
  readonly registry?: Facts["registry"];
  readonly dependents?: readonly string[];
  readonly latency?: NonNullable<Facts["latency"]>;
  /** Edits the config that begins as Pulumi.prod.yaml, with every topic and group migrated. */
  readonly edit?: (input: StackInput) => void;
}

export function facts(words: FactsWords): Facts {
  const { source, target = side(cluster({}, { clusterId: "target-id", kafka: "4.2" })) } = words;
  const input = stackInput("prod");
  input.topics = {};
  input.groups = {};
  words.edit?.(input);
  const parsed = parseAssessConfig(input, "prod");
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  const samples = words.samples ?? [load(source, {}, { takenAt: 0 }), load(source, {})];
  const inventory = toInventory(source, target && { cluster: target.cluster, topics: words.existing ?? [] });
  const migrated = selectTopics(parsed.config.selection, inventory);
  const locked = new Set(inventory.groups.map(({ name }) => name));
  return {
    stack: "prod",
    takenAt: Date.parse("2026-11-21T12:00:00Z"),
    config: parsed.config,
    inventory,
    migrated,
    source: side(source, samples[1]),
    target,
    topics: topicFacts(source, samples, migrated),
    samples: new Map(
      source.topics
        .filter(({ name }) => words.unsampled?.includes(name) !== true)
        .map(({ name }) => [name, { ...usualRecords, ...words.records?.[name] }] as const),
    ),
    groups: groupFacts([words.before ?? source, source], samples, words.ages ?? new Map(), locked),
    connect: words.connect ?? { state: "away", reason: "it does not stand" },
    registry: words.registry ?? { state: "none" },
    ...(words.dependents && { dependents: words.dependents }),
    ...(words.latency && { latency: words.latency }),
  };
}
