import { mirrorQuota, type MigrationConfig } from "../config/migration-config.ts";
import { replicasOf, replicasOfTopics, targetTopics } from "../config/target-topics.ts";
import { plannedOf } from "../runtime/model/platforms/platforms.ts";
import { quantityOf } from "../runtime/model/quantity.ts";
import type { Facts, TopicFacts } from "./facts.ts";
import { count } from "./words.ts";

/** A disk fuller than this leaves no room for what retention, compaction and a restart need. */
const comfortableShare = 0.7;

/** Whether what moves fits on the target, with the numbers. */
export interface Capacity {
  /** One replica of every migrated topic on the source; null if sizes could not be read. */
  readonly sourceBytes: bigint | null;
  /** Replicas on the target of topics of which the config says nothing else. */
  readonly replicationFactor: number;
  /** Replicas that the migrated topics get on the target: the fewest and the most. */
  readonly replicas: readonly [fewest: number, most: number];
  /** How many times as large as on the source's disks the copies are, by the records that were read; 1 where nothing is compressed. */
  readonly uncompressedTimes: number;
  /** One replica of each topic on the source times its replicas on the target, of all of them, as large as the mirror writes them. */
  readonly neededBytes: bigint | null;
  /** Free on the target's disks, or planned if the target does not exist yet; null if neither is known. */
  readonly availableBytes: bigint | null;
  readonly availableFrom: "disks" | "config" | "unknown";
  readonly brokers: number;
  /** Bytes that a day adds to one replica at the rate of the samples; null if it could not be measured. */
  readonly growthPerDay: bigint | null;
  /** The same of all replicas on the target. */
  readonly growthPerDayOnTarget: bigint | null;
  /** Seconds that copying takes at least with the quotas of the config; null without a quota, or without sizes. */
  readonly copySeconds: number | null;
  readonly verdict: "fits" | "tight" | "does not fit" | "unknown";
}

type CapacityFacts = Pick<Facts, "config" | "inventory" | "source" | "topics" | "target" | "samples" | "migrated">;

/** Compares the source's size times the replicas on the target with the room there. Pure. */
export function capacityOf(facts: CapacityFacts): Capacity {
  const { config, target } = facts;
  const topics = facts.topics.filter(({ migrated }) => migrated);
  const sizesRead = facts.source.load.unread.length === 0;
  const sourceBytes = sizesRead ? total(topics.map(({ bytes }) => bytes)) : null;
  const { target: side, selection } = config;
  const of = { target: side, selection, inventory: facts.inventory };
  const replicas = replicasOfTopics(of);
  const most = topics.map(replicas);
  const perDay = (times: (topic: TopicFacts) => number): bigint | null => {
    const rates = topics.map((topic) => topic.bytesPerSecond && topic.bytesPerSecond * times(topic));
    return rates.includes(null) ? null : BigInt(Math.round(rates.reduce<number>((sum, one) => sum + one!, 0) * 86_400));
  };
  const { brokers, availableBytes, availableFrom } = roomOn(target, config);
  const replicationFactor = replicasOf(of);
  const times = timesOf(facts);
  const plain = topics.map((topic) => topic.bytes && BigInt(Math.ceil(Number(topic.bytes) * times(topic.name))));
  const copies = topics.map((topic, at) => plain[at]! && plain[at] * BigInt(replicas(topic)));
  const neededBytes = sizesRead ? total(copies) : null;
  const plainBytes = sizesRead ? total(plain) : null;
  return {
    sourceBytes,
    replicationFactor,
    replicas: most.length === 0 ? [replicationFactor, replicationFactor] : [Math.min(...most), Math.max(...most)],
    uncompressedTimes: plainBytes && sourceBytes ? Math.ceil((Number(plainBytes) * 10) / Number(sourceBytes)) / 10 : 1,
    neededBytes,
    availableBytes,
    availableFrom,
    brokers,
    copySeconds: copySeconds(config, sourceBytes, { source: facts.source.cluster.brokers.length, target: brokers }),
    growthPerDay: perDay(() => 1),
    growthPerDayOnTarget: perDay(replicas),
    verdict: verdictOf(neededBytes, availableBytes),
  };
}

/** Whether the mirror's producer, or the topic on the target, compresses what is written. */
export const isCompressed = ({ mirror }: MigrationConfig, topic: Readonly<Record<string, string>>): boolean =>
  (mirror.source["producer.override.compression.type"] ?? "none") !== "none" ||
  !["producer", "uncompressed", undefined].includes(topic["compression.type"]);

/** How many times as large as on the source's disk the copy of a topic is, by what was read of its records. */
function timesOf({ config, inventory, migrated, samples }: CapacityFacts): (topic: string) => number {
  const of = { inventory, topics: migrated, target: config.target, selection: config.selection };
  const written = new Map(targetTopics(of, "mirror").map((topic) => [topic.name, topic.config]));
  return (topic) => {
    const sample = samples.get(topic);
    if (sample === undefined || sample.compressed === 0 || isCompressed(config, written.get(topic) ?? {})) return 1;
    const { plain, stored } = sample.compressedBytes;
    if (stored === 0) return 1;
    // Records that are not compressed stay as large as they are.
    const share = sample.compressed / sample.records;
    return Math.max(1, 1 - share + share * (plain / stored));
  };
}

/** One replica of everything crosses each side once, where the leaders are spread evenly over the brokers. */
function copySeconds(
  { mirror }: MigrationConfig,
  bytes: bigint | null,
  brokers: { readonly source: number; readonly target: number },
): number | null {
  const rates = (["source", "target"] as const).flatMap((side) => {
    const rate = mirror.quotas[mirrorQuota[side]];
    return rate === undefined ? [] : [rate * brokers[side]];
  });
  return bytes === null || rates.length === 0 ? null : Math.ceil(Number(bytes) / Math.min(...rates));
}

function verdictOf(needed: bigint | null, available: bigint | null): Capacity["verdict"] {
  if (needed === null || available === null) return "unknown";
  if (needed > available) return "does not fit";
  return Number(needed) > Number(available) * comfortableShare ? "tight" : "fits";
}

function roomOn(
  target: Facts["target"],
  { target: { cluster } }: MigrationConfig,
): Pick<Capacity, "brokers" | "availableBytes" | "availableFrom"> {
  if (target !== null) {
    const { disks } = target.load;
    const usable = disks.length === 0 ? null : total(disks.map(({ usableBytes }) => usableBytes));
    const availableFrom = usable === null ? "unknown" : "disks";
    return { brokers: target.cluster.brokers.length, availableBytes: usable, availableFrom };
  }
  // A target that neither exists nor is made here has been refused before.
  const nodes = plannedOf(cluster)?.brokers;
  if (nodes === undefined) return { brokers: 1, availableBytes: null, availableFrom: "unknown" };
  const availableBytes = BigInt(quantityOf(nodes.storage.size) ?? 0) * BigInt(nodes.replicas);
  return { brokers: nodes.replicas, availableBytes, availableFrom: "config" };
}

function total(list: readonly (bigint | null)[]): bigint | null {
  return list.includes(null) ? null : list.reduce<bigint>((sum, one) => sum + (one ?? 0n), 0n);
}

/** `x 3 replicas`, or how many they are at least and at most. Pure. */
export const replicasText = ({ replicas: [fewest, most] }: Capacity): string =>
  fewest === most ? `x ${count(most, "replica")}` : `x ${fewest} to ${most} replicas`;
