import { mirrorQuota, type MigrationConfig } from "../config/migration-config.ts";
import { replicasOf, replicasOfTopics } from "../config/target-topics.ts";
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
  /** One replica of each topic on the source times its replicas on the target, of all of them. */
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

/** Compares the source's size times the replicas on the target with the room there. Pure. */
export function capacityOf(facts: Pick<Facts, "config" | "inventory" | "source" | "topics" | "target">): Capacity {
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
  const copies = topics.map((topic) => topic.bytes && topic.bytes * BigInt(replicas(topic)));
  const neededBytes = sizesRead ? total(copies) : null;
  return {
    sourceBytes,
    replicationFactor,
    replicas: most.length === 0 ? [replicationFactor, replicationFactor] : [Math.min(...most), Math.max(...most)],
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
