/** Whether the target carries what has moved: brokers, replicas, leaders and disks. */
import { partitionName } from "../runtime/brokers/partitions.ts";
import { closed, open, rank, type Complaint } from "../runtime/judging/problems.ts";
import { part } from "../runtime/judging/reading.ts";
import type { DiskReading, SideLoad, TopicReading } from "../runtime/model/cluster-reading.ts";
import { plannedOf } from "../runtime/model/platforms/platforms.ts";
import { count, listed, verb } from "../runtime/model/words.ts";
import { again, gate } from "./gate.ts";

const causes = ["broker-away", "partition-offline", "under-replicated", "disk-full"] as const;
type Own = (typeof causes)[number];

interface Params {
  readonly maxDiskPercent: number;
  /** Brokers that the config asks for. @default not known, the target is somebody else's */
  readonly brokers?: number;
}

/**
 * All of the target's brokers are there, every partition has a leader and all its replicas in sync, and no disk is fuller than
 * `capacity.maxDiskPercent`. The sentence also says how leaders and disks are spread; where the user may not read the disks
 * it says that, and the rest decides.
 */
export const targetHealthy = gate({
  name: "target-healthy",
  causes,
  page: {
    closedBecause: "on the target a broker is away, a partition lacks a leader or a replica, or a disk is too full",
    whatToDo: "what the sentence says; wait while replicas catch up; `capacity.maxDiskPercent`",
  },
  params: ({ capacity: { maxDiskPercent }, target }): Params => {
    const brokers = plannedOf(target.cluster)?.brokers.replicas;
    return { maxDiskPercent, ...(brokers !== undefined && { brokers }) };
  },
  needs: { targetLoad: true },
  judge: ({ maxDiskPercent, brokers: wanted }, snapshot) => {
    const load = part(snapshot, "targetLoad");
    const complaints = [
      ...brokersAway(load, wanted),
      ...load.topics.flatMap(partitionsOf).flatMap(({ name, leader, missing }) => {
        if (leader < 0) return [offline(name)];
        return missing.length > 0 ? [behind(name, missing)] : [];
      }),
      ...load.disks.flatMap((disk) => tooFull(disk, maxDiskPercent)),
    ];
    if (complaints.length > 0) return closed(complaints);
    const partitions = load.topics.reduce((sum, topic) => sum + topic.partitions.length, 0);
    const inSync = `${count(partitions, "partition")} on ${count(load.brokers.length, "broker")} of the target, each with a leader and all its replicas in sync`;
    return open([inSync, leadersText(load), disksText(load)].join("; "));
  },
  remedy: `look at the brokers that the sentence names, then ${again}`,
});

interface Replicated {
  readonly name: string;
  readonly leader: number;
  /** Brokers whose replica is not in sync. */
  readonly missing: readonly number[];
}

const partitionsOf = ({ name, partitions }: TopicReading): Replicated[] =>
  partitions.map(({ partition, leader, replicas, inSync }) => {
    const synced = new Set(inSync);
    return { name: partitionName(name, partition), leader, missing: replicas.filter((id) => !synced.has(id)) };
  });

function brokersAway({ brokers }: SideLoad, wanted: number | undefined): Complaint<Own>[] {
  if (wanted === undefined || brokers.length >= wanted) return [];
  const there = brokers.map(({ id }) => id).join(", ");
  return [
    {
      cause: "broker-away",
      rank: rank.missing,
      sentence: `${brokers.length} of ${count(wanted, "broker")} of the target ${verb(brokers.length, "is", "are")} there (${there || "none"})`,
      partition: false,
      remedy: `find out why the others are away (their pods, their logs), then ${again}`,
    },
  ];
}

const offline = (name: string): Complaint<Own> => ({
  cause: "partition-offline",
  rank: rank.missing,
  sentence: `${name} has no leader on the target: no client can read or write it`,
  partition: true,
  remedy: `bring back a broker that holds an in-sync replica of it, then ${again}`,
});

const behind = (name: string, missing: readonly number[]): Complaint<Own> => ({
  cause: "under-replicated",
  rank: rank.held,
  weight: BigInt(missing.length),
  sentence: `${name} is under-replicated on the target: ${missing.length > 1 ? "the replicas of brokers" : "the replica of broker"} ${listed(missing.map(String), "and")} ${verb(missing.length, "is", "are")} not in sync`,
  partition: true,
  remedy: `wait until the replicas have caught up, or look at the named brokers (disk, network, restarts), then ${again}`,
});

/** A disk's used share in percent; null where the broker does not say. */
function usedPercent({ totalBytes, usableBytes }: DiskReading): number | null {
  if (totalBytes === null || usableBytes === null || totalBytes === 0n) return null;
  return Number(((totalBytes - usableBytes) * 1000n) / totalBytes) / 10;
}

function tooFull(disk: DiskReading, most: number): Complaint<Own>[] {
  const used = usedPercent(disk);
  if (used === null || used <= most) return [];
  return [
    {
      cause: "disk-full",
      rank: rank.left,
      weight: BigInt(Math.round(used)),
      sentence: `the disk ${disk.directory} of broker ${disk.broker} on the target is ${used} % full, ${most} % allowed`,
      partition: false,
      remedy: `give the brokers larger volumes, or shorten retention, then ${again}; capacity.maxDiskPercent allows more`,
    },
  ];
}

function leadersText({ brokers, topics }: SideLoad): string {
  const led = new Map(brokers.map(({ id }) => [id, 0]));
  for (const { partitions } of topics) for (const { leader } of partitions) led.set(leader, (led.get(leader) ?? 0) + 1);
  const each = [...led].sort(([, a], [, b]) => b - a);
  const [most, least] = [each[0], each.at(-1)];
  if (most === undefined || least === undefined || each.length === 1) return "one broker leads all of them";
  return `leaders from ${least[1]} (broker ${least[0]}) to ${most[1]} (broker ${most[0]})`;
}

function disksText({ disks, unread }: SideLoad): string {
  if (unread !== null) return `how full the disks are is not known: ${unread}`;
  const known = disks.map((disk) => ({ disk, used: usedPercent(disk) }));
  const [fullest] = known.filter(({ used }) => used !== null).sort((a, b) => b.used! - a.used!);
  if (fullest === undefined) return "the brokers do not say how full their disks are";
  return `disks at most ${fullest.used} % full (broker ${fullest.disk.broker})`;
}
