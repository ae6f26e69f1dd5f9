/** Whether the target is as large as the source, and has room for what it gets. */
import { partitionName } from "../runtime/brokers/partitions.ts";
import { closed, open, rank, type Complaint } from "../runtime/judging/problems.ts";
import { part } from "../runtime/judging/reading.ts";
import type { SideLoad } from "../runtime/model/cluster-reading.ts";
import type { KafkaObjectRefs } from "../runtime/model/gates.ts";
import { sizeOf, type MachineSize } from "../runtime/model/quantity.ts";
import type { SideName } from "../runtime/model/sides.ts";
import { bytesText, count } from "../runtime/model/words.ts";
import { again, gate } from "./gate.ts";

type Machines = { readonly [Side in SideName]?: MachineSize };

interface Params {
  readonly maxDiskPercent: number;
  /** Objects that say what a broker asks for. */
  readonly objects: KafkaObjectRefs;
  /** What the config says of a broker, which counts more. */
  readonly given: Machines;
  /** Why it opens although the target is smaller. @default it does not */
  readonly accepted?: string;
}

/**
 * The target has as many brokers, CPUs and as much memory as the source, and its disks hold one replica of each migrated topic
 * times its replicas there, up to `capacity.maxDiskPercent`. CPUs and memory count where both sides' are known: by the Kafka
 * objects of a platform or by `capacity`. What is already copied is not counted again.
 */
export const targetCapacity = gate({
  name: "target-capacity",
  page: {
    closedBecause: "the target is smaller than the source, or has no room for its topics with all their replicas",
    whatToDo: "give the target more brokers or larger volumes; `capacity.accept` with the reason if it is meant",
  },
  params: ({ capacity: { maxDiskPercent, source, target, accept } }, { objects }): Params => ({
    maxDiskPercent,
    objects: objects(),
    given: { source: sizeOf(source), target: sizeOf(target) },
    ...(accept && { accepted: accept.reason }),
  }),
  needs: ({ objects }) => ({ sourceLoad: true, targetLoad: true, machines: objects }),
  judge: ({ maxDiskPercent, given, accepted }, snapshot) => {
    const [source, target] = [part(snapshot, "sourceLoad"), part(snapshot, "targetLoad")];
    const found = part(snapshot, "machines");
    const machines = { source: { ...found.source, ...given.source }, target: { ...found.target, ...given.target } };
    const storage = storageOf(snapshot.scope.topics, source, target, maxDiskPercent);
    const compared = [
      compare(source.brokers.length, target.brokers.length, (number) => count(number, "broker")),
      ...inAll(source, target, machines, "cpus", (number) => `${Number(number.toFixed(1))} CPUs`),
      ...inAll(source, target, machines, "memoryBytes", (bytes) => `${bytesText(bytes)} of memory`),
    ];
    const complaints = [...compared.flatMap(({ lacks }) => lacks ?? []), ...(storage.lacks ? [storage.lacks] : [])];
    if (complaints.length > 0) {
      const verdict = closed(complaints);
      return accepted === undefined ? verdict : open(`accepted (${accepted}): ${verdict.sentence}`);
    }
    const known = compared.length > 1 ? "" : "; CPUs and memory are not known on both sides";
    return open([...compared.map(({ text }) => text), storage.text].join("; ") + known);
  },
  remedy: `give the target more brokers or larger volumes, then ${again}; if it is meant, say why under capacity.accept`,
});

interface Compared {
  readonly text: string;
  readonly lacks?: Complaint;
}

const tooSmall = (sentence: string, as: Complaint["rank"] = rank.left): Complaint => ({
  cause: "target-too-small",
  rank: as,
  sentence,
  partition: false,
});

function compare(source: number, target: number, say: (number: number) => string): Compared {
  const text = `the target has ${say(target)}, the source ${say(source)}`;
  return { text, ...(target < source && { lacks: tooSmall(text) }) };
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
  return [compare(ofSource * source.brokers.length, ofTarget * target.brokers.length, say)];
}

/** How full the target's disks would be with everything copied. */
function storageOf(topics: readonly string[], source: SideLoad, target: SideLoad, most: number): Compared {
  const unread = [["source", source] as const, ["target", target] as const].find(([, load]) => load.bytes === null);
  if (unread !== undefined) {
    const text = `sizes could not be read on the ${unread[0]}: ${unread[1].unread ?? "no answer"}`;
    // Said first: what could not be read may be worse than what was.
    return { text, lacks: tooSmall(text, rank.unmeasured) };
  }
  const [onSource, onTarget] = [source.bytes!, target.bytes!];
  const migrated = new Set(topics);
  const there = new Map(target.topics.map((topic) => [topic.name, topic]));
  let [once, needed, copied] = [0n, 0n, 0n];
  for (const { name, partitions } of source.topics.filter((topic) => migrated.has(topic.name))) {
    for (const { partition, replicas } of partitions) {
      const of = partitionName(name, partition);
      const existing = there.get(name)?.partitions.find((one) => one.partition === partition);
      const bytes = onSource.get(of)?.largestReplica ?? 0n;
      const wanted = bytes * BigInt((existing?.replicas ?? replicas).length);
      const already = onTarget.get(of)?.allReplicas ?? 0n;
      once += bytes;
      needed += wanted;
      copied += already < wanted ? already : wanted;
    }
  }
  const sums = target.disks.reduce<readonly [total: bigint, usable: bigint] | null>(
    (sum, { totalBytes, usableBytes }) =>
      sum === null || totalBytes === null || usableBytes === null ? null : [sum[0] + totalBytes, sum[1] + usableBytes],
    [0n, 0n],
  );
  const volume = `${bytesText(once)} move and take ${bytesText(needed)} with all replicas`;
  if (sums === null || sums[0] === 0n) {
    const text = `${volume}, but the target's brokers do not say how large their disks are`;
    return { text, lacks: tooSmall(text) };
  }
  const [total, usable] = sums;
  const used = total - usable + (needed - copied);
  const percent = Number((used * 1000n) / total) / 10;
  const text = `${volume}; the target's disks (${bytesText(total)}) would be ${percent} % full, ${most} % allowed`;
  return { text, ...(percent > most && { lacks: tooSmall(text) }) };
}
