/** Conditions on what the ledger says: the source no longer grows, offsets are placed, enough time has passed. */
import { partitionName } from "../runtime/brokers/partitions.ts";
import { holdsNothing, producerTitle, type Counted, type Range } from "../runtime/brokers/ranges.ts";
import { closedLogs, countedGrowth, ledgerComplaints, lastEntry, growth } from "../runtime/judging/ledger.ts";
import { open, closed, rank } from "../runtime/judging/problems.ts";
import { part, type Snapshot } from "../runtime/judging/reading.ts";
import type { LedgerEntry } from "../runtime/model/ledger.ts";
import { closedTopics } from "../runtime/model/waves.ts";
import { count } from "../runtime/model/words.ts";
import { acceptedEnds, acceptRemedy } from "../runtime/placement/accepted-ends.ts";
import { copiedBack } from "../runtime/judging/mirror.ts";
import { again, gate, ofWayBack } from "./gate.ts";

/** The source's ends are those of the last producers' switch; later records are named. */
export const sourceStill = gate({
  name: "source-still-at-ledger",
  about: "moved",
  page: {
    closedBecause: "records were written to the source after the switch",
    whatToDo: "stop the producer; accept its records under `stragglers`, see below",
  },
  params: () => ({}),
  needs: (_params, scope) => ({ source: true, ledger: true, pins: true, ...ofWayBack(scope) }),
  wants: (_params, snapshot) => ({
    side: "source",
    isolation: "read_uncommitted",
    writers: true,
    ranges: ownGrowth(snapshot, lastEntry(snapshot, "producers")),
  }),
  judge: (_params, snapshot) => {
    const entry = lastEntry(snapshot, "producers");
    const complaints = ledgerComplaints(snapshot, entry);
    for (const range of ownGrowth(snapshot, entry)) {
      const counted = countedGrowth(snapshot, range);
      // A transaction that ended late has left its marker, and nothing to read or to copy.
      if (holdsNothing(counted)) continue;
      complaints.push({
        cause: "source-grew",
        rank: rank.grown,
        weight: range.to - range.from,
        sentence: grown(range, counted, transactionalIds(snapshot)),
        partition: true,
      });
    }
    const closedTo = closedLogs(snapshot);
    const { partitions } = part(snapshot, "source");
    const accepted = acceptedEnds(snapshot.scope);
    for (const [name, to] of accepted) {
      const end = partitions.get(name)?.end;
      if (end === undefined || to <= end) continue;
      const sentence = `stragglers accepts ${name} up to ${to}, but its end on the source is ${end}; allowed: at most that`;
      complaints.push({
        cause: "straggler-past-end",
        rank: rank.left,
        sentence,
        partition: true,
        remedy: `correct its offset (to) under stragglers, then ${again}`,
      });
    }
    if (complaints.length === 0 && closedTopics(snapshot.scope).length === 0)
      return open(`no topic has closed with ledger entry ${entry.number}, so that there is nothing to compare`);
    if (closedTo.length === 0 || complaints.length > 0) return closed(complaints);
    const returning = copiedBack(snapshot);
    if (closedTo.every(({ topic }) => returning.has(topic))) {
      return open(
        `the mirror back writes to the source since ledger entry ${entry.number}; what it holds is compared with the target by ` +
          "source-as-copied, and when the way back is used or closed",
      );
    }
    const but =
      accepted.size === 0
        ? ""
        : `, except for the stragglers that the config accepts in ${[...accepted.keys()].join(", ")}`;
    return open(
      `the source has not grown since ledger entry ${entry.number} in ${count(closedTo.length, "partition")}${but}`,
    );
  },
  remedy:
    `${acceptRemedy}; then ${again}; in retire, first set the phase back to the one before validate, in which MM2 is ` +
    `allowed to read the source`,
});

/** What nobody copies back. */
const ownGrowth = (snapshot: Snapshot, entry: LedgerEntry): Range[] =>
  growth(snapshot, entry).filter(({ topic }) => !copiedBack(snapshot).has(topic));

const transactionalIds = ({ counts }: Snapshot): ReadonlyMap<bigint, string> | undefined =>
  counts !== undefined && "value" in counts ? counts.value.transactionalIds : undefined;

function grown(range: Range, counted: Counted | undefined, ids: ReadonlyMap<bigint, string> | undefined): string {
  const name = partitionName(range.topic, range.partition);
  const offsets = `offsets ${range.from}..${range.to - 1n}`;
  if (counted === undefined) return `${name} grew on the source after the switch: ${offsets}`;
  const removed =
    counted.trimmedTo === null
      ? ""
      : `; retention has removed those before ${counted.trimmedTo}, which were never counted`;
  const records = `${counted.exact ? "" : "at least "}${count(counted.records, "record")}`;
  if (counted.first === null) return `${name} grew on the source after the switch: ${offsets}, ${records}${removed}`;
  const { timestamp, producer } = counted.first;
  const by = producer === null ? "" : ` by ${producerTitle(producer, ids)}`;
  const other = counted.last?.producer ?? null;
  const last = other === null || other.id === producer?.id ? "" : `, the last by ${producerTitle(other, ids)}`;
  const time = new Date(Number(timestamp)).toISOString();
  return `${name} grew on the source after the switch: ${offsets}, ${records}, the first of ${time}${by}${last}${removed}`;
}
