/** Whether the mirror has copied enough of every partition. */
import { partitionName } from "../runtime/brokers/partitions.ts";
import type { PartitionLog } from "../runtime/brokers/positions.ts";
import {
  copyingPace,
  firstLeft,
  partitions,
  wants,
  noted,
  held,
  tooMuch,
  max,
  position,
  common,
} from "../runtime/judging/mirror.ts";
import { copiedAgain } from "../runtime/judging/recreated.ts";
import type { Snapshot } from "../runtime/judging/reading.ts";
import { open, closed, rank, type Complaint } from "../runtime/judging/problems.ts";
import { count } from "../runtime/model/words.ts";
import { again, gate, ofWayBack } from "./gate.ts";

const causes = ["tombstones-at-risk"] as const;
type Own = (typeof causes)[number];

interface Params {
  readonly maxLag: number;
  /** Milliseconds for which the source keeps deletions, by topic that is compacted there. @default none */
  readonly deletionsKept?: Readonly<Record<string, number>>;
}

/** Records of a compacted topic that wait for longer than deletions are kept: some may be gone before they are mirrored. */
function tombstonesAtRisk(snapshot: Snapshot, log: PartitionLog, kept: number | undefined): Complaint<Own> | null {
  const first = kept === undefined ? null : firstLeft(snapshot, log);
  if (kept === undefined || first === null) return null;
  const waiting = snapshot.takenAt - Number(first.timestamp);
  if (Number(first.timestamp) <= 0 || waiting <= kept) return null;
  const hours = (milliseconds: number) => `${(milliseconds / 3_600_000).toFixed(1)} h`;
  return {
    cause: "tombstones-at-risk",
    rank: rank.held,
    weight: BigInt(waiting),
    sentence:
      `${partitionName(log.topic, log.partition)} is compacted and its oldest record left to mirror is ${hours(waiting)} ` +
      `old, while deletions are kept for ${hours(kept)}: keys deleted meanwhile may live on at the target`,
    partition: true,
    remedy:
      "raise delete.retention.ms of the topic on the source, let the mirror catch up, and delete on the target the keys " +
      `that the source no longer has; then ${again}`,
  };
}

/** At most `maxLag` records left in each partition; differences of offsets suffice where they are small enough. */
export const mirrorWithin = gate({
  name: "mirror-within",
  causes,
  about: "moving",
  page: {
    closedBecause: "the mirror is behind, or a task has FAILED",
    whatToDo: "wait; fix the cause that the sentence quotes; raise `gates.maxLag`",
  },
  params: ({ gates }, { deletionsKept }): Params => {
    const kept = deletionsKept();
    return { maxLag: gates.maxLag, ...(Object.keys(kept).length > 0 && { deletionsKept: kept }) };
  },
  needs: (_params, scope) => ({
    source: true,
    target: true,
    mirror: true,
    ledger: true,
    pins: true,
    marks: true,
    unpositioned: true,
    ...ofWayBack(scope),
  }),
  wants: ({ maxLag, deletionsKept = {} }, snapshot) =>
    wants(snapshot, (log, next) => log.end - next > BigInt(maxLag) || log.topic in deletionsKept),
  judge: ({ maxLag, deletionsKept = {} }, snapshot, earlier) => {
    const { logs, complaints: found, stopped } = common(snapshot);
    const complaints: Complaint<Own>[] = [...found];
    complaints.push(...copiedAgain(snapshot));
    let most = 0n;
    for (const log of logs) {
      const risk = tombstonesAtRisk(snapshot, log, deletionsKept[log.topic]);
      if (risk !== null) complaints.push(risk);
      const { next, complaint, left, exact } = position(snapshot, log, BigInt(maxLag));
      if (complaint !== null) complaints.push(complaint);
      else {
        const all = left + max(log.end - max(log.stable, next), 0n);
        if (all <= BigInt(maxLag)) most = max(most, all);
        else complaints.push(left > BigInt(maxLag) ? tooMuch(log, left, exact, maxLag, stopped) : held(log));
      }
    }
    if (logs.length === 0 || complaints.length > 0) {
      const verdict = closed(complaints);
      const pace = verdict.cause === "left-to-mirror" ? copyingPace(snapshot, earlier[0]) : null;
      const sentence = pace === null ? verdict.sentence : `${verdict.sentence}; the mirror copies ${pace}`;
      return noted(snapshot, { ...verdict, sentence });
    }
    return noted(
      snapshot,
      open(`at most ${count(most, "record")} left to mirror in each of ${partitions(logs)}, ${maxLag} allowed`),
    );
  },
  remedy: `${again} once the mirror has caught up`,
});
