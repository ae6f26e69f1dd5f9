/** What a group reads, and where it begins in a partition that it has never committed. Pure. */
import { count, listed, some } from "./words.ts";

/** Where a group begins in a partition in which it has no offset, although records are there. */
export type Beginning = "earliest" | "latest";

/** What of a group's reading its topics alone do not say. */
export interface GroupReads {
  /** Where it begins without an offset; it commits nothing where nothing was written since. @default it is refused */
  readonly unread?: Beginning;
  /** Partitions that it reads of a topic whose other partitions are not its own, by topic. @default all */
  readonly partitions?: Readonly<Record<string, readonly number[]>>;
}

/** Whether a partition of one of the group's topics is the group's. */
export const readsPartition = ({ partitions = {} }: GroupReads, topic: string, partition: number): boolean =>
  // A topic may have the name of something that every object has.
  !Object.hasOwn(partitions, topic) || partitions[topic]!.includes(partition);

/** One partition in which a group begins. */
export interface Begun {
  readonly group: string;
  readonly unread: Beginning;
}

const where: Readonly<Record<Beginning, string>> = {
  earliest: "at the beginning of",
  latest: "at the end of",
};

/**
 * Where groups begin in partitions that they have never committed, as a clause: `group g begins at the end of 2
 * partitions that it has never committed, as unread says`. Empty where there are none.
 */
export function beginnings(begun: readonly Begun[]): string {
  return [...Map.groupBy(begun, ({ group }) => group)]
    .map(([group, found]) => {
      const places = [...Map.groupBy(found, ({ unread }) => unread)].map(
        ([unread, there]) => `${where[unread]} ${count(there.length, "partition")}`,
      );
      return `group ${group} begins ${listed(places, "and")} that it has never committed, as unread says`;
    })
    .join("; ");
}

/**
 * Sentences about offsets of a group in partitions that the config says are not its own: nobody would place it there.
 * None where there are none.
 */
export function outside(
  group: GroupReads & { readonly name: string; readonly topics: readonly string[] },
  committed: Iterable<readonly [string, { readonly topic: string; readonly partition: number }]> = [],
): string[] {
  const found = [...committed]
    .filter(([, { topic, partition }]) => !readsPartition(group, topic, partition) && group.topics.includes(topic))
    .map(([name]) => name);
  if (found.length === 0) return [];
  return [`group ${group.name} has committed in ${some(found)}, which its partitions in groups.migrate leave out`];
}

export const outsideRemedy =
  "name these partitions there too, or delete the offsets (kafka-consumer-groups --delete-offsets)";
