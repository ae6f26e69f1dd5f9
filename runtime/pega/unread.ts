/** What nobody has read in the embedded stream: lost if Pega is switched now. */
import { everyTopic, firstBroker } from "../brokers/cluster.ts";
import type { Cluster } from "../brokers/connection.ts";
import { listGroups } from "../brokers/every-group.ts";
import { committedIn, type Committed } from "../brokers/groups.ts";
import { countRecords } from "../brokers/log.ts";
import { logs, type Logs } from "../brokers/positions.ts";
import { rangeName, type Range } from "../brokers/ranges.ts";
import type { Unread } from "../model/cluster-reading.ts";

/** Records counted one by one; beyond this "at least" has to do. */
const countedRecords = 100_000;
const countedTotal = 300_000;
const reserveMilliseconds = 200;

/** One partition with records that were not read. */
export interface UnreadPartition {
  readonly topic: string;
  readonly partition: number;
  readonly records: number;
  /** False if counting stopped: there may be more. */
  readonly exact: boolean;
  /** Whether any group reads the topic; without one all of its records count. */
  readonly read: boolean;
}

export interface UnreadReading {
  /** Topics that were looked at. */
  readonly topics: number;
  /** Partitions with at least one record. */
  readonly partitions: readonly UnreadPartition[];
  /** What could not be counted, each with the reason. */
  readonly problems: readonly string[];
}

/** Counts the records behind the slowest group of each topic. */
export async function readUnread(cluster: Cluster, deadline: number): Promise<UnreadReading> {
  const refused: Unread[] = [];
  const { topics } = await everyTopic(await firstBroker(cluster));
  const names = topics.filter(({ internal }) => !internal).map(({ name }) => name);
  const groups = (await listGroups(cluster, refused)).map(({ name }) => name);
  const [found, committed] = await Promise.all([logs(cluster, names), committedIn(cluster, groups)]);
  const ranges = unreadRanges(found, committed);
  const limits = { records: countedRecords, total: countedTotal, deadline: deadline - reserveMilliseconds };
  const counted = await countRecords(
    cluster,
    ranges.map(({ range }) => range),
    { isolation: "read_committed", ...limits },
  );
  return {
    topics: names.length,
    partitions: ranges.flatMap(({ range, read }) => {
      const count = counted.counts.get(rangeName(range));
      if (count === undefined || (count.records === 0 && count.exact)) return [];
      const { topic, partition } = range;
      return [{ topic, partition, records: count.records, exact: count.exact, read }];
    }),
    problems: [
      ...refused.map(({ what, reason }) => `${what}: ${reason}`),
      ...[...committed.problems].map(([group, reason]) => `group ${group}: ${reason}`),
      ...found.problems.map(({ sentence }) => sentence),
      ...counted.problems.values(),
    ],
  };
}

/** From the position of the slowest group, or the log's start, to the end of each partition. Pure. */
export function unreadRanges(
  found: Logs,
  { groups }: Pick<Committed, "groups">,
): readonly { readonly range: Range; readonly read: boolean }[] {
  return [...found.partitions].flatMap(([name, { topic, partition, start, end }]) => {
    const readers = [...groups.values()].filter((offsets) => [...offsets.values()].some((one) => one.topic === topic));
    const positions = readers.map((offsets) => offsets.get(name)?.offset ?? start);
    const slowest = positions.reduce((least, one) => (one < least ? one : least), positions[0] ?? start);
    const from = slowest > start ? slowest : start;
    return from < end ? [{ range: { topic, partition, from, to: end }, read: readers.length > 0 }] : [];
  });
}
