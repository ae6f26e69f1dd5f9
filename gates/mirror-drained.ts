/** Whether the mirror has copied enough of every partition. */
import { partitionName } from "../runtime/brokers/partitions.ts";
import type { PartitionLog } from "../runtime/brokers/positions.ts";
import { copiedBack, partitions, wants, noted, held, tooMuch, position, common } from "../runtime/judging/mirror.ts";
import { open, closed, rank, type Complaint } from "../runtime/judging/problems.ts";
import type { Snapshot } from "../runtime/judging/reading.ts";
import { acceptRemedy } from "../runtime/placement/accepted-ends.ts";
import { again, gate, ofWayBack } from "./gate.ts";

const causes = ["source-grows"] as const;
type Own = (typeof causes)[number];

/** Nothing left but markers in any partition, nothing held back by a transaction, and a source that no longer grows. */
export const mirrorDrained = gate({
  name: "mirror-drained",
  causes,
  page: {
    closedBecause: "records are left to mirror after the switch",
    whatToDo: "a producer still writes to the source: stop it and accept its records, see `source-still-at-ledger`",
  },
  params: () => ({}),
  needs: (_params, scope) => ({
    source: true,
    target: true,
    mirror: true,
    ledger: true,
    pins: true,
    marks: true,
    ...ofWayBack(scope),
  }),
  wants: (_params, snapshot) => wants(snapshot, (log, next) => log.stable > next),
  judge: (_params, snapshot, earlier) => {
    const { logs, complaints: found, stopped } = common(snapshot);
    const complaints: Complaint<Own>[] = [...found];
    const beyond: Complaint<Own>[] = [];
    // An update that was killed once the way back was open finds its copies there, which are on the target already.
    const returning = copiedBack(snapshot);
    for (const log of logs) {
      const { next, complaint, left, exact } = position(snapshot, log, 0n);
      if (complaint !== null) complaints.push(complaint);
      else if (next > log.end) beyond.push(ahead(log, next));
      else if (left > 0n) complaints.push(late(tooMuch(log, left, exact, 0, stopped)));
      else if (log.stable < log.end && !returning.has(log.topic)) complaints.push(late(held(log)));
    }
    const before = earlier.at(-1);
    const own = logs.filter(({ topic }) => !returning.has(topic));
    const growing = complaints.length === 0 && before !== undefined ? grown(before, own) : [];
    // A source that grows explains a mirror past the ends that were read a moment earlier.
    const all = complaints.concat(growing.length > 0 ? growing : beyond);
    if (logs.length === 0 || all.length > 0) return noted(snapshot, closed(all));
    return noted(snapshot, open(`0 records left to mirror in ${partitions(logs)}`));
  },
  remedy: `${again} once the mirror has caught up`,
});

/** The switch of producers left nothing to mirror, and stopped the mirror: what is left came later. */
const late = (complaint: Complaint<Own>): Complaint<Own> => ({
  ...complaint,
  remedy: `${acceptRemedy}; end a transaction that stays open with kafka-transactions.sh; then ${again}`,
});

function ahead({ topic, partition, end }: PartitionLog, next: bigint): Complaint<Own> {
  const sentence = `the mirror is at offset ${next} of ${partitionName(topic, partition)}, past its end ${end}: it is being written to right now, or the topic was re-created`;
  return late({ cause: "past-the-end", rank: rank.gone, sentence, partition: true });
}

function grown(before: Snapshot, logs: readonly PartitionLog[]): Complaint<Own>[] {
  const earlier = before.source;
  if (earlier === undefined || "error" in earlier) return [];
  return logs.flatMap(({ topic, partition, end }) => {
    const name = partitionName(topic, partition);
    const was = earlier.value.partitions.get(name)?.end ?? 0n;
    if (was === end) return [];
    const sentence = `the source still grows: the end of ${name} went from ${was} to ${end} between two readings`;
    return [late({ cause: "source-grows", rank: rank.grown, weight: end - was, sentence, partition: true })];
  });
}
