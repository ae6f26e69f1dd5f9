/** Conditions on what the ledger says: the source no longer grows, offsets are placed, enough time has passed. */
import type { Range } from "../brokers/log.ts";
import { partitionName } from "../brokers/partitions.ts";
import { liveEntry } from "../model/ledger-text.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import type { Move } from "../model/workloads.ts";
import { endsToRead } from "../placement/accepted-ends.ts";
import { rank, unmeasured, type Complaint } from "./problems.ts";
import { Closed, part, type Snapshot } from "./reading.ts";
import { recreatedOnSource } from "./recreated.ts";

/** The last switch of one role that is not void. Throws `Closed` if none is recorded. */
export function lastEntry(snapshot: Snapshot, what: Move): LedgerEntry {
  const entry = liveEntry(part(snapshot, "ledger"), what);
  if (entry === null) throw new Closed({ open: false, sentence: `no switch of ${what} is recorded in the ledger` });
  return entry;
}

/** What the source has beyond the ledger; a partition that is not in the ledger was empty. */
export function growth(snapshot: Snapshot, entry: LedgerEntry): Range[] {
  const ends = endsToRead(snapshot.scope, entry);
  return [...part(snapshot, "source").partitions.values()].flatMap(({ topic, partition, end }) => {
    const from = ends.get(partitionName(topic, partition)) ?? 0n;
    return end > from ? [{ topic, partition, from, to: end }] : [];
  });
}

/** What makes the ledger unusable for this source: another cluster, a missing partition, a log whose end went back. */
export function ledgerComplaints(snapshot: Snapshot, entry: LedgerEntry): Complaint[] {
  const source = part(snapshot, "source");
  const complaints = [...unmeasured(source), ...recreatedOnSource(snapshot)];
  if (entry.sourceClusterId !== source.clusterId) {
    const sentence = `ledger entry ${entry.number} is about source cluster ${entry.sourceClusterId}, but this one is ${source.clusterId}`;
    complaints.push({ rank: rank.foreign, sentence, partition: false });
  }
  const unread = new Set(source.problems.map(({ topic, partition }) => partitionName(topic, partition ?? -1)));
  // A topic that has been removed from the config is no longer measured.
  const migrated = new Set(snapshot.scope.topics);
  for (const { topic, partition, sourceEnd } of entry.partitions.filter(({ topic }) => migrated.has(topic))) {
    const name = partitionName(topic, partition);
    const log = source.partitions.get(name);
    if (log !== undefined && log.end < BigInt(sourceEnd)) {
      const sentence = `${name} on the source ends at ${log.end}, before the ${sourceEnd} of ledger entry ${entry.number}: was the topic re-created?`;
      complaints.push({ rank: rank.gone, sentence, partition: true });
    } else if (log === undefined && !unread.has(name) && !unread.has(partitionName(topic, -1))) {
      const sentence = `${name} of ledger entry ${entry.number} does not exist on the source`;
      complaints.push({ rank: rank.missing, sentence, partition: true });
    }
  }
  return complaints;
}
