/** How old the oldest record is that a group has not read. */
import type { Cluster } from "./connection.ts";
import { countRecords } from "./log.ts";
import { rangeName, type Range } from "./ranges.ts";

/** Groups whose age is looked up; each takes a fetch of one batch. */
const groupLimit = 200;
/** All of them together may take this long. */
const milliseconds = 10_000;

/**
 * Time of the first record of each group's range, in milliseconds since 1970, by group. A group is left out where the
 * record could not be read in time.
 */
export async function oldestUnread(
  cluster: Cluster,
  ranges: ReadonlyMap<string, Range>,
): Promise<ReadonlyMap<string, number>> {
  const asked = [...ranges].slice(0, groupLimit);
  const { counts } = await countRecords(
    cluster,
    asked.map(([, range]) => range),
    // One record is enough.
    { isolation: "read_uncommitted", records: 0, deadline: Date.now() + milliseconds },
  );
  const times = asked.flatMap(([group, range]): [string, number][] => {
    const first = counts.get(rangeName(range))?.first;
    return first ? [[group, Number(first.timestamp)]] : [];
  });
  return new Map(times);
}
