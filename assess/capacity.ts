import type { MigrationConfig } from "../config/migration-config.ts";
import { replicasOf } from "../config/target-topics.ts";
import { plannedOf } from "../runtime/model/platforms/platforms.ts";
import type { Facts } from "./facts.ts";

/** A disk fuller than this leaves no room for what retention, compaction and a restart need. */
const comfortableShare = 0.7;

/** Whether what moves fits on the target, with the numbers. */
export interface Capacity {
  /** One replica of every migrated topic on the source; null if sizes could not be read. */
  readonly sourceBytes: bigint | null;
  readonly replicationFactor: number;
  /** `sourceBytes` times `replicationFactor`. */
  readonly neededBytes: bigint | null;
  /** Free on the target's disks, or planned if the target does not exist yet; null if neither is known. */
  readonly availableBytes: bigint | null;
  readonly availableFrom: "disks" | "config" | "unknown";
  readonly brokers: number;
  /** Bytes that a day adds to one replica at the rate of the samples; null if it could not be measured. */
  readonly growthPerDay: bigint | null;
  readonly verdict: "fits" | "tight" | "does not fit" | "unknown";
}

/** Compares the source's size times the replication factor with the room on the target. Pure. */
export function capacityOf(facts: Pick<Facts, "config" | "inventory" | "source" | "topics" | "target">): Capacity {
  const { config, target } = facts;
  const topics = facts.topics.filter(({ migrated }) => migrated);
  const sizesRead = facts.source.load.unread.length === 0;
  const sourceBytes = sizesRead ? total(topics.map(({ bytes }) => bytes)) : null;
  const rates = topics.map(({ bytesPerSecond }) => bytesPerSecond);
  const rate = rates.includes(null) ? null : rates.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  const { brokers, availableBytes, availableFrom } = roomOn(target, config);
  const { target: side, selection } = config;
  const replicationFactor = replicasOf({ target: side, selection, inventory: facts.inventory });
  const neededBytes = sourceBytes === null ? null : sourceBytes * BigInt(replicationFactor);
  return {
    sourceBytes,
    replicationFactor,
    neededBytes,
    availableBytes,
    availableFrom,
    brokers,
    growthPerDay: rate === null ? null : BigInt(Math.round(rate * 86_400)),
    verdict: verdictOf(neededBytes, availableBytes),
  };
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
  // A target that is neither standing nor made here has been refused before.
  const nodes = plannedOf(cluster)?.brokers;
  if (nodes === undefined) return { brokers: 1, availableBytes: null, availableFrom: "unknown" };
  const availableBytes = quantityBytes(nodes.storage.size) * BigInt(nodes.replicas);
  return { brokers: nodes.replicas, availableBytes, availableFrom: "config" };
}

/** Bytes of a Kubernetes quantity as the config allows it: `20Gi`. Pure. */
export function quantityBytes(quantity: string): bigint {
  const [, number = "0", unit = "Mi"] = /^(\d+)(Mi|Gi|Ti)$/.exec(quantity) ?? [];
  return BigInt(number) * 1024n ** BigInt({ Mi: 2, Gi: 3, Ti: 4 }[unit as "Mi" | "Gi" | "Ti"]);
}

function total(list: readonly (bigint | null)[]): bigint | null {
  return list.includes(null) ? null : list.reduce<bigint>((sum, one) => sum + (one ?? 0n), 0n);
}
