/** Whether the target is as large as the source, and has room for what it gets. */
import { partitionName } from "../runtime/brokers/partitions.ts";
import { closed, open, rank, type Complaint } from "../runtime/judging/problems.ts";
import { part } from "../runtime/judging/reading.ts";
import type { SideLoad } from "../runtime/model/cluster-reading.ts";
import type { CapacityKind } from "../runtime/model/capacity-kinds.ts";
import type { KafkaObjectRefs } from "../runtime/model/gates.ts";
import { sizeOf, type MachineSize } from "../runtime/model/quantity.ts";
import type { SideName } from "../runtime/model/sides.ts";
import { bytesText, count } from "../runtime/model/words.ts";
import { again, gate } from "./gate.ts";

const causes = ["target-too-small"] as const;
type Own = (typeof causes)[number];

type Machines = { readonly [Side in SideName]?: MachineSize };

interface Params {
  readonly maxDiskPercent: number;
  /** How many times as large as on the source's disks the copies are. @default as large */
  readonly uncompressedTimes?: number;
  /** Objects that say what a broker asks for. */
  readonly objects: KafkaObjectRefs;
  /** What the config says of a broker, which counts more. */
  readonly given: Machines;
  /** What may be smaller on the target, and why. @default nothing */
  readonly accepted?: { readonly reason: string; readonly what: readonly CapacityKind[] };
}

/**
 * The target has as many brokers, CPUs and as much memory as the source, and the disks of each of its brokers hold the
 * replicas that this broker gets, up to `capacity.maxDiskPercent`. CPUs and memory count where both sides' are known: by the
 * Kafka objects of a platform or by `capacity`. What is already copied is not counted again.
 */
export const targetCapacity = gate({
  name: "target-capacity",
  causes,
  page: {
    closedBecause: "the target is smaller than the source, or a broker there has no room for the replicas that it gets",
    whatToDo:
      "give the target more brokers or larger volumes; `capacity.accept` with what may be smaller and the reason, if it is meant",
  },
  params: ({ capacity: { maxDiskPercent, uncompressedTimes, source, target, accept } }, { objects }): Params => ({
    maxDiskPercent,
    ...(uncompressedTimes !== 1 && { uncompressedTimes }),
    objects: objects(),
    given: { source: sizeOf(source), target: sizeOf(target) },
    ...(accept && { accepted: accept }),
  }),
  needs: ({ objects }) => ({ sourceLoad: true, targetLoad: true, machines: objects }),
  judge: ({ maxDiskPercent, uncompressedTimes = 1, given, accepted }, snapshot) => {
    const [source, target] = [part(snapshot, "sourceLoad"), part(snapshot, "targetLoad")];
    const found = part(snapshot, "machines");
    const machines = { source: { ...found.source, ...given.source }, target: { ...found.target, ...given.target } };
    const compared = [
      compare("brokers", source.brokers.length, target.brokers.length, (number) => count(number, "broker")),
      ...inAll(source, target, machines, "cpus", (number) => `${Number(number.toFixed(1))} CPUs`),
      ...inAll(source, target, machines, "memoryBytes", (bytes) => `${bytesText(bytes)} of memory`),
      storageOf(snapshot.scope.topics, source, target, maxDiskPercent, uncompressedTimes),
    ];
    const isAccepted = ({ kind }: Compared) => accepted?.what.includes(kind) === true;
    const refused = compared.flatMap((one) =>
      one.lacks && !isAccepted(one) ? [{ ...one.lacks, kind: one.kind }] : [],
    );
    if (refused.length > 0) {
      const kinds = [...new Set(refused.map(({ kind }) => kind))].join(", ");
      const meant = `if it is meant, say why under capacity.accept, with ${kinds} under what`;
      const remedy = `give the target more brokers or larger volumes, then ${again}; ${meant}`;
      return closed(refused.map(({ kind: _, ...complaint }) => ({ ...complaint, remedy })));
    }
    const smaller = compared.flatMap(({ lacks }) => lacks ?? []);
    const enough = compared.filter(({ lacks }) => !lacks).map(({ text }) => text);
    const known = compared.length > 2 ? [] : ["CPUs and memory are not known on both sides"];
    const agreed =
      smaller.length === 0
        ? []
        : [`accepted (${accepted!.reason}): ${smaller.map(({ sentence }) => sentence).join(" and ")}`];
    return open([...agreed, ...enough, ...known].join("; "));
  },
  remedy: `give the target more brokers or larger volumes, then ${again}`,
});

interface Compared {
  readonly kind: CapacityKind;
  readonly text: string;
  readonly lacks?: Complaint<Own>;
}

const tooSmall = (sentence: string, as: Complaint<Own>["rank"] = rank.left): Complaint<Own> => ({
  cause: "target-too-small",
  rank: as,
  sentence,
  partition: false,
});

function compare(kind: CapacityKind, source: number, target: number, say: (number: number) => string): Compared {
  const text = `the target has ${say(target)}, the source ${say(source)}`;
  return { kind, text, ...(target < source && { lacks: tooSmall(text) }) };
}

/** What all brokers together have; nothing where one side is not known. */
function inAll(
  source: SideLoad,
  target: SideLoad,
  machines: Machines,
  key: keyof MachineSize,
  say: (number: number) => string,
): Compared[] {
  const [ofSource, ofTarget] = [machines.source?.[key], machines.target?.[key]];
  if (ofSource === undefined || ofTarget === undefined) return [];
  const kind = key === "cpus" ? "cpus" : "memory";
  return [compare(kind, ofSource * source.brokers.length, ofTarget * target.brokers.length, say)];
}

/** How full the target's disks would be with everything copied: in all, and of the broker that would be fullest. */
function storageOf(
  topics: readonly string[],
  source: SideLoad,
  target: SideLoad,
  most: number,
  times: number,
): Compared {
  const unread = [["source", source] as const, ["target", target] as const].find(([, load]) => load.bytes === null);
  if (unread !== undefined) {
    const text = `sizes could not be read on the ${unread[0]}: ${unread[1].unread ?? "no answer"}`;
    // Said first: what could not be read may be worse than what was.
    return { kind: "sizes", text, lacks: tooSmall(text, rank.unmeasured) };
  }
  const { once, needed, added } = growthOf(topics, source, target, times);
  const larger = times === 1 ? "" : `, ${times} times as large as on the source`;
  const volume = `${bytesText(once)} move and take ${bytesText(needed)} with all replicas${larger}`;
  const rooms = roomsOf(target);
  const without = [...added.keys()].filter((broker) => !rooms?.has(broker));
  if (rooms === null || without.length > 0) {
    const text = `${volume}, but the target's brokers do not say how large their disks are`;
    return { kind: "sizes", text, lacks: tooSmall(text) };
  }
  const full = [...rooms].map(([broker, { total, usable }]) => {
    const used = total - usable + (added.get(broker) ?? 0n);
    return { broker, total, used, percent: percentOf(used, total) };
  });
  const [total, used] = [sum(full.map((one) => one.total)), sum(full.map((one) => one.used))];
  const inAllPercent = percentOf(used, total);
  const [worst] = full.toSorted((a, b) => b.percent - a.percent);
  const which =
    worst!.percent > inAllPercent ? `, broker ${worst!.broker} (${bytesText(worst!.total)}) ${worst!.percent} %` : "";
  const text = `${volume}; the target's disks (${bytesText(total)}) would be ${inAllPercent} % full${which}, ${most} % allowed`;
  return { kind: "storage", text, ...(worst!.percent > most && { lacks: tooSmall(text) }) };
}

const percentOf = (used: bigint, total: bigint): number => Number((used * 1000n) / total) / 10;
const sum = (all: readonly bigint[]): bigint => all.reduce((one, other) => one + other, 0n);

/** One replica of what moves, all its replicas on the target, and what is yet to come to each broker there. */
function growthOf(topics: readonly string[], source: SideLoad, target: SideLoad, times: number) {
  const [onSource, onTarget] = [source.bytes!, target.bytes!];
  const migrated = new Set(topics);
  const there = new Map(target.topics.map((topic) => [topic.name, topic]));
  let [once, needed, anywhere] = [0n, 0n, 0n];
  const added = new Map(target.brokers.map(({ id }) => [id, 0n]));
  for (const { name, partitions } of source.topics.filter((topic) => migrated.has(topic.name))) {
    const placed = new Map(there.get(name)?.partitions.map(({ partition, replicas }) => [partition, replicas]));
    for (const { partition, replicas } of partitions) {
      const of = partitionName(name, partition);
      const brokers = placed.get(partition);
      const bytes = onSource.get(of)?.largestReplica ?? 0n;
      const copy = times === 1 ? bytes : BigInt(Math.ceil(Number(bytes) * times));
      const copies = BigInt((brokers ?? replicas).length);
      once += bytes;
      needed += copy * copies;
      if (brokers === undefined) {
        anywhere += copy * copies;
        continue;
      }
      // Replicas of a partition hold the same, but for those that lag.
      const already = copies === 0n ? 0n : (onTarget.get(of)?.allReplicas ?? 0n) / copies;
      const left = already < copy ? copy - already : 0n;
      for (const broker of brokers) added.set(broker, (added.get(broker) ?? 0n) + left);
    }
  }
  // Kafka spreads partitions that are yet to be made over all brokers.
  const share = anywhere / BigInt(Math.max(added.size, 1));
  for (const [broker, bytes] of added) added.set(broker, bytes + share);
  return { once, needed, added };
}

/** What the disks of each broker have; null if one does not say. */
function roomsOf({ disks }: SideLoad): Map<number, { readonly total: bigint; readonly usable: bigint }> | null {
  const rooms = new Map<number, { readonly total: bigint; readonly usable: bigint }>();
  for (const { broker, totalBytes, usableBytes } of disks) {
    if (totalBytes === null || usableBytes === null) return null;
    const { total = 0n, usable = 0n } = rooms.get(broker) ?? {};
    rooms.set(broker, { total: total + totalBytes, usable: usable + usableBytes });
  }
  return rooms.size === 0 || [...rooms.values()].some(({ total }) => total === 0n) ? null : rooms;
}
