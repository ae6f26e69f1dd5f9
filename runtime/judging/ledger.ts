/** Conditions on what the ledger says: the source no longer grows, offsets are placed, enough time has passed. */
import { partitionName } from "../brokers/partitions.ts";
import type { PartitionLog } from "../brokers/positions.ts";
import { rangeName, type Counted, type Range } from "../brokers/ranges.ts";
import type { Cause } from "../model/causes.ts";
import type { ClosedVerdict } from "../model/gates.ts";
import { liveEntry } from "../model/ledger-text.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import type { Move } from "../model/workloads.ts";
import { endsToRead } from "../placement/accepted-ends.ts";
import { rank, shut, unmeasured, type Complaint } from "./problems.ts";
import { Closed, part, type Snapshot } from "./reading.ts";
import { recreatedOnSource } from "./recreated.ts";

/** What to do about a topic that is not on the source any more as its producers left it. */
const endedRemedy = (topic: string): string =>
  `if a group has yet to read what it held there, restore it; otherwise list ${topic} under topics.ignore with the reason: ` +
  "it stays on the target, and nothing is compared with it any more";

/** Closed, because the ledger has no entry. */
export const notRecorded = (sentence: string): ClosedVerdict => ({
  ...shut("no-switch-recorded", sentence),
  remedy:
    "set the phase back to the one that is reached and run pulumi up, which writes the ledger's ConfigMap again from the " +
    "stack's state",
});

/** The last switch of one role that is not void, as far as the scope's own moves go; null if none is recorded. */
export const entryOf = (snapshot: Snapshot, what: Move): LedgerEntry | null =>
  liveEntry(part(snapshot, "ledger"), what, snapshot.scope);

/** The same. Throws `Closed` if none is recorded. */
export function lastEntry(snapshot: Snapshot, what: Move): LedgerEntry {
  const entry = entryOf(snapshot, what);
  if (entry === null) throw new Closed(notRecorded(`no switch of ${what} is recorded in the ledger`));
  return entry;
}

/** The source's logs of the topics that have closed with the scope's moves; others may grow. */
export function closedLogs(snapshot: Snapshot): PartitionLog[] {
  const every = [...part(snapshot, "source").partitions.values()];
  const { closes } = snapshot.scope;
  if (closes === undefined) return every;
  const closed = new Set(closes);
  return every.filter(({ topic }) => closed.has(topic));
}

/** What the source has beyond the ledger; a partition that is not in the ledger was empty. */
export function growth(snapshot: Snapshot, entry: LedgerEntry): Range[] {
  const ends = endsToRead(snapshot.scope, entry);
  return closedLogs(snapshot).flatMap(({ topic, partition, end }) => {
    const from = ends.get(partitionName(topic, partition)) ?? 0n;
    return end > from ? [{ topic, partition, from, to: end }] : [];
  });
}

/** What was counted of it; growth is reported even where nothing could be. */
export const countedGrowth = ({ counts }: Snapshot, range: Range): Counted | undefined =>
  counts !== undefined && "value" in counts ? counts.value.counts.get(rangeName(range)) : undefined;

/** What makes the ledger unusable for this source: another cluster, a missing partition, a log whose end went back. */
export function ledgerComplaints(snapshot: Snapshot, entry: LedgerEntry): Complaint[] {
  const source = part(snapshot, "source");
  const complaints = [...unmeasured(source), ...recreatedOnSource(snapshot)];
  const complain = (cause: Cause, worse: number, sentence: string, partition: boolean, remedy: string): void =>
    void complaints.push({ cause, rank: worse, sentence, partition, remedy: `${remedy}, then run pulumi up again` });
  if (entry.sourceClusterId !== source.clusterId) {
    const sentence = `ledger entry ${entry.number} is about source cluster ${entry.sourceClusterId}, but this one is ${source.clusterId}`;
    complain("other-source-cluster", rank.foreign, sentence, false, "correct the source's address in the config");
  }
  const unread = new Set(source.problems.map(({ topic, partition }) => partitionName(topic, partition ?? -1)));
  // A topic that has been removed from the config is no longer measured.
  const migrated = new Set(snapshot.scope.topics);
  for (const { topic, partition, sourceEnd } of entry.partitions.filter(({ topic }) => migrated.has(topic))) {
    const name = partitionName(topic, partition);
    const log = source.partitions.get(name);
    if (log !== undefined && log.end < BigInt(sourceEnd)) {
      const sentence = `${name} on the source ends at ${log.end}, before the ${sourceEnd} of ledger entry ${entry.number}: was the topic re-created?`;
      complain("source-shorter", rank.gone, sentence, true, endedRemedy(topic));
    } else if (log === undefined && !unread.has(name) && !unread.has(partitionName(topic, -1))) {
      const sentence = `${name} of ledger entry ${entry.number} does not exist on the source`;
      complain("gone-from-source", rank.missing, sentence, true, endedRemedy(topic));
    }
  }
  return complaints;
}
