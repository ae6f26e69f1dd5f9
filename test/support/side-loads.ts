/** What a side carries, in a few words. */
import { partitionName } from "../../runtime/brokers/partitions.ts";
import type { SideLoad } from "../../runtime/model/cluster-reading.ts";

const gib = 1024n ** 3n;

/** Brokers from 1 on. */
export interface SideWords {
  readonly clusterId?: string;
  readonly brokers?: number;
  /** Partitions by topic: leader, replicas, in-sync replicas, and GiB of each replica. */
  readonly topics?: Readonly<Record<string, readonly PartitionWords[]>>;
  /** GiB of each broker's one disk: in all, and free. @default 100 and 90 */
  readonly disk?: readonly [total: number, usable: number] | null;
  /** GiB of each broker's empty disk, where they differ. */
  readonly disks?: readonly number[];
  readonly unread?: string;
}

type PartitionWords = readonly [leader: number, replicas: readonly number[], inSync?: readonly number[], gib?: number];

export function sideLoad(words: SideWords): { readonly value: SideLoad } {
  const { clusterId = "T", brokers = 3, topics = {}, disk = [100, 90], disks, unread } = words;
  const each = Array.from({ length: brokers }, (_, at) => at + 1);
  const partitions = Object.entries(topics).flatMap(([topic, list]) =>
    list.map(([, replicas, , size = 0], at) => {
      const largestReplica = BigInt(Math.round(size * 1024)) * (gib / 1024n);
      return [
        partitionName(topic, at),
        { largestReplica, allReplicas: largestReplica * BigInt(replicas.length) },
      ] as const;
    }),
  );
  return {
    value: {
      clusterId,
      brokers: each.map((id) => ({ id, host: `broker-${id}`, port: 9092, rack: null })),
      topics: Object.entries(topics).map(([name, list]) => ({
        ...{ name, id: `id-of-${name}`, internal: false },
        partitions: list.map(([leader, replicas, inSync = replicas], partition) => ({
          ...{ partition, leader, replicas, inSync },
        })),
      })),
      bytes: unread === undefined ? new Map(partitions) : null,
      disks:
        unread !== undefined
          ? []
          : each.map((broker) => ({
              ...{ broker, directory: "/data" },
              totalBytes: disk && BigInt(disks?.[broker - 1] ?? disk[0]) * gib,
              usableBytes: disk && BigInt(disks?.[broker - 1] ?? disk[1]) * gib,
            })),
      unread: unread ?? null,
    },
  };
}
