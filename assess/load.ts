import { isSomebodys, type ClusterReading, type LoadReading, type PartitionLoad } from "@kafka-migration/kafka";
import type { GroupFacts, TopicFacts } from "./facts.ts";

/** What the topics hold and how fast they grow, by two samples of the source. Pure. */
export function topicFacts(
  { topics }: Pick<ClusterReading, "topics">,
  [first, last]: readonly [LoadReading, LoadReading],
  migrated: readonly string[],
): TopicFacts[] {
  const seconds = Math.max((last.takenAt - first.takenAt) / 1000, 0.001);
  return topics.filter(isSomebodys).map(({ name, partitions }) => {
    const now = ofTopic(last, name);
    const before = ofTopic(first, name);
    const written = sum(now, ({ end }) => end) - sum(before, ({ end }) => end);
    const bytes = totalBytes(now);
    const grown = bytes === null ? null : bytes - (totalBytes(before) ?? bytes);
    return {
      name,
      partitions: partitions.length,
      replicationFactor: Math.min(...partitions.map(({ replicas }) => replicas.length)),
      migrated: migrated.includes(name),
      records: sum(now, ({ start, end }) => end - start),
      bytes,
      recordsPerSecond: Number(written) / seconds,
      bytesPerSecond: grown === null || grown < 0n ? null : Number(grown) / seconds,
      openTransactions: now.filter((partition) => stuck(partition, before)).length,
    };
  });
}

/** State and lag of every group that consumes. `ages` are the times of the oldest unread records. Pure. */
export function groupFacts(
  [before, now]: readonly [Pick<ClusterReading, "groups">, Pick<ClusterReading, "groups">],
  [first, load]: readonly [LoadReading, LoadReading],
  ages: ReadonlyMap<string, number>,
  locked: ReadonlySet<string>,
): GroupFacts[] {
  const seconds = Math.max((load.takenAt - first.takenAt) / 1000, 1);
  return now.groups.map((group) => {
    const former = before.groups.find(({ name }) => name === group.name);
    const offsets = (list: typeof group.committed) =>
      list.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`).sort();
    const age = ages.get(group.name);
    return {
      name: group.name,
      protocol: group.protocol,
      state: group.state,
      members: group.members.length,
      clientIds: [...new Set(group.members.map(({ clientId }) => clientId))].sort(),
      topics: [...new Set(group.committed.map(({ topic }) => topic))].sort(),
      lag: sum(unread(group, load), ({ from, to }) => to - from),
      simple: group.simple ?? false,
      ageSeconds: age === undefined ? null : Math.max(0, Math.round((load.takenAt - age) / 1000)),
      moving: offsets(former?.committed ?? []).join() !== offsets(group.committed).join(),
      readPerSecond: Number(advanced(former?.committed ?? [], group.committed)) / seconds,
      locked: locked.has(group.name),
    };
  });
}

/** Offsets by which a group is further than before; a partition without an offset before, or one that went back, counts for nothing. */
function advanced(before: ClusterReading["groups"][number]["committed"], now: typeof before): bigint {
  const former = new Map(before.map(({ topic, partition, offset }) => [`${topic}[${partition}]`, offset]));
  return sum(now, ({ topic, partition, offset }) => {
    const was = former.get(`${topic}[${partition}]`);
    return was !== undefined && offset > was ? offset - was : 0n;
  });
}

/** What each group has left to read where it lags most, by group. Pure. */
export function worstRanges({ groups }: Pick<ClusterReading, "groups">, load: LoadReading) {
  return new Map(
    groups.flatMap((group) => {
      const [worst] = unread(group, load).sort((a, b) => (b.to - b.from > a.to - a.from ? 1 : -1));
      return worst === undefined ? [] : [[group.name, worst] as const];
    }),
  );
}

function unread({ committed }: ClusterReading["groups"][number], load: LoadReading) {
  return committed.flatMap(({ topic, partition, offset }) => {
    const log = load.partitions.get(`${topic}[${partition}]`);
    if (log === undefined) return [];
    const from = offset < log.start ? log.start : offset;
    return from < log.end ? [{ topic, partition, from, to: log.end }] : [];
  });
}

const ofTopic = ({ partitions }: LoadReading, topic: string): PartitionLoad[] =>
  [...partitions.values()].filter((partition) => partition.topic === topic);

const sum = <T>(list: readonly T[], value: (one: T) => bigint): bigint =>
  list.reduce((total, one) => total + value(one), 0n);

function totalBytes(partitions: readonly PartitionLoad[]): bigint | null {
  return partitions.some(({ bytes }) => bytes === null) ? null : sum(partitions, ({ bytes }) => bytes ?? 0n);
}

function stuck(now: PartitionLoad, before: readonly PartitionLoad[]): boolean {
  const former = before.find(({ partition }) => partition === now.partition);
  return former !== undefined && former.stable === now.stable && former.stable < former.end && now.stable < now.end;
}
