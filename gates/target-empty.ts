/** Conditions on the migrated topics of the target: whose they are, and whether they match the lockfile. */
import { verb, count } from "../runtime/model/words.ts";
import { partitionName } from "../runtime/brokers/partitions.ts";
import { rangeName, type Range } from "../runtime/brokers/ranges.ts";
import { open, closed, rank, unmeasured } from "../runtime/judging/problems.ts";
import { part, type Snapshot } from "../runtime/judging/reading.ts";
import { again, gate } from "./gate.ts";

/**
 * No migrated topic on the target holds a record, so groups can begin there at the beginning. After the first producers'
 * switch, the records there are theirs.
 */
export const targetEmpty = gate({
  name: "target-empty",
  page: {
    closedBecause: "a topic on the target already holds records",
    whatToDo: "find out what writes there, delete what is there",
  },
  params: () => ({}),
  needs: { target: true, ledger: true },
  wants: (_params, snapshot) => ({
    side: "target",
    isolation: "read_uncommitted",
    ranges: filled(snapshot),
  }),
  judge: (_params, snapshot) => {
    const first = part(snapshot, "ledger").find((entry) => entry.switch === "producers");
    if (first !== undefined) {
      return open(`the target's records were written after ledger entry ${first.number}, by producers that had moved`);
    }
    const logs = part(snapshot, "target");
    const complaints = unmeasured(logs);
    const ranges = filled(snapshot);
    const counts = ranges.length === 0 ? null : part(snapshot, "counts").counts;
    for (const range of ranges) {
      const counted = counts?.get(rangeName(range));
      // Transaction markers alone are not records.
      if (counted?.exact && counted.records === 0) continue;
      const name = partitionName(range.topic, range.partition);
      const sentence = `${name} on the target already holds ${counted ? count(counted.records, "record") : "records"}`;
      complaints.push({
        cause: "target-holds-records",
        rank: rank.foreign,
        weight: range.to - range.from,
        sentence,
        partition: true,
      });
    }
    const topics = new Set([...logs.partitions.values()].map(({ topic }) => topic)).size;
    if (topics === 0 || complaints.length > 0) return closed(complaints);
    return open(`${count(topics, "topic")} on the target ${verb(topics, "holds", "hold")} no record`);
  },
  remedy: `find out what writes to the target, delete what is there and ${again}`,
});

const filled = (snapshot: Snapshot): Range[] =>
  [...part(snapshot, "target").partitions.values()]
    .filter(({ start, end }) => start < end)
    .map(({ topic, partition, start, end }) => ({ topic, partition, from: start, to: end }));
