/** Whether what is written on the target is on the source, but for a few records; pure. */
import { partitionName } from "../runtime/brokers/partitions.ts";
import type { PartitionLog } from "../runtime/brokers/positions.ts";
import { rangeName } from "../runtime/brokers/ranges.ts";
import { isUntold, type StatusReading } from "../runtime/connect/connect.ts";
import { copiedBack, connectorComplaint, max, untoldNotes } from "../runtime/judging/mirror.ts";
import { closed, open, rank, unmeasured, type Complaint } from "../runtime/judging/problems.ts";
import { part, type Snapshot } from "../runtime/judging/reading.ts";
import { mirrorOf } from "../runtime/model/mirror-ref.ts";
import { count } from "../runtime/model/words.ts";
import { acceptedGaps, gapRemedy, isPurged, overtaken } from "../runtime/placement/gaps.ts";
import { again, gate } from "./gate.ts";

const causes = ["way-back-not-open"] as const;
type Own = (typeof causes)[number];

const rangeOf = ({ topic, partition, stable }: PartitionLog, next: bigint) => ({
  topic,
  partition,
  from: next,
  to: stable,
});

/** The target's logs of the topics that come back; others may have another mirror, or none. */
function returningLogs(snapshot: Snapshot): PartitionLog[] {
  const topics = new Set(part(snapshot, "wayBack").flatMap((one) => one.topics));
  return [...part(snapshot, "target").partitions.values()].filter(({ topic }) => topics.has(topic));
}

/** First offset that was not copied back; null where the mirror back has no position. */
function nextBack(snapshot: Snapshot, { topic, partition, start }: PartitionLog): bigint | null {
  const name = partitionName(topic, partition);
  const last = part(snapshot, "returned")
    .find(({ copied }) => copied.has(name))
    ?.copied.get(name);
  if (last === undefined) return null;
  const missesNothing = () =>
    isPurged(mirrorOf(snapshot.scope), topic) ||
    start <= (acceptedGaps(snapshot.scope.mirror, "target").get(name) ?? 0n);
  return last + 1n < start && missesNothing() ? start : max(last + 1n, 0n);
}

const isStopped = (status: StatusReading): boolean =>
  status !== null && !isUntold(status) && status.connector.state === "STOPPED";

/** The mirror back runs and is at most `maxLag` records behind in each partition. */
export const wayBackWithin = gate({
  name: "way-back-within",
  causes,
  about: "moved",
  page: {
    closedBecause: "the mirror back is behind, has FAILED, or was never begun",
    whatToDo: "wait; fix the cause that the sentence quotes; raise `gates.maxLag`",
  },
  params: ({ gates }) => ({ maxLag: gates.maxLag }),
  needs: { target: true, ledger: true, wayBack: true, returned: true },
  wants: ({ maxLag }, snapshot) => ({
    side: "target",
    isolation: "read_committed",
    ranges: returningLogs(snapshot).flatMap((log) => {
      const next = nextBack(snapshot, log);
      return next !== null && next >= log.start && log.stable - next > BigInt(maxLag) ? [rangeOf(log, next)] : [];
    }),
  }),
  judge: ({ maxLag }, snapshot) => {
    const [target, written] = [part(snapshot, "target"), part(snapshot, "wayBack")];
    if (written.length === 0) return open("no topic has closed yet, so there is nothing to copy back");
    const complaints: Complaint<Own>[] = [...unmeasured(target)];
    // An update that was killed once it had closed it asks again.
    const closing = part(snapshot, "ledger").findLast((entry) => entry.closing);
    if (closing !== undefined) return open(`the way back is closed since ledger entry ${closing.number}`);
    const begun = copiedBack(snapshot);
    const waiting = written.filter(({ topics }) => !topics.every((topic) => begun.has(topic)));
    if (waiting.length > 0) {
      const waves = waiting.flatMap(({ wave }) => wave ?? []);
      complaints.push({
        cause: "way-back-not-open",
        rank: rank.mirrorState,
        partition: false,
        sentence: `the mirror back ${waves.length === 0 ? "" : `of ${waves.map((wave) => `wave ${wave}`).join(", ")} `}has not begun since the writers moved`,
        remedy: `set the phase back to the one that is reached and run pulumi up, which begins it; then ${again}`,
      });
      return closed(complaints);
    }
    const states = part(snapshot, "returned").map(({ connector }) => ({
      complaint: connectorComplaint(...connector),
      // Whoever closes the way back stops it; killed then, the next update must not wait for it to run.
      stopped: isStopped(connector[1]),
    }));
    const wrong = (stopped: boolean): Complaint<Own>[] =>
      states.flatMap((state) => (state.stopped === stopped && state.complaint !== null ? state.complaint : []));
    complaints.push(...wrong(false));
    let most = 0n;
    const logs = returningLogs(snapshot);
    for (const log of logs) {
      const name = partitionName(log.topic, log.partition);
      const next = nextBack(snapshot, log);
      if (next === null) {
        complaints.push({
          cause: "not-measured",
          rank: rank.unmeasured,
          partition: true,
          sentence: `the mirror back has no position in ${name}`,
          remedy:
            "if its owners have added the partition, give the source's topic as many, set the phase back to the one that is reached " +
            `and run pulumi up, which takes it along; then ${again}`,
        });
        continue;
      }
      if (next < log.start) {
        complaints.push({
          cause: "overtaken",
          rank: rank.gone,
          weight: log.start - next,
          partition: true,
          sentence: overtaken(name, next, log.start),
          remedy: `${gapRemedy("target")} and run pulumi up again`,
        });
        continue;
      }
      const left = leftOf(snapshot, log, next, maxLag);
      if (left <= BigInt(maxLag)) most = max(most, left);
      else {
        complaints.push({
          cause: "left-to-mirror",
          rank: rank.left,
          weight: left,
          partition: true,
          sentence: `${name} has ${count(left, "record")} left to copy back, ${maxLag} allowed`,
        });
      }
    }
    if (complaints.length > 0) complaints.push(...wrong(true));
    if (logs.length === 0 || complaints.length > 0) return closed(complaints);
    const all = count(logs.length, "partition");
    const notes = untoldNotes(part(snapshot, "returned").map(({ connector }) => connector));
    return open(
      `at most ${count(most, "record")} left to copy back to the source in each of ${all}, ${maxLag} allowed` +
        (notes.length === 0 ? "" : ` (${notes.join("; ")})`),
    );
  },
  remedy: `${again} once the mirror back has caught up`,
});

/** Exact where it was counted; the difference of offsets else. */
function leftOf(snapshot: Snapshot, log: PartitionLog, next: bigint, maxLag: number): bigint {
  const distance = max(log.stable - next, 0n);
  if (distance <= BigInt(maxLag)) return distance;
  const counted = part(snapshot, "counts").counts.get(rangeName(rangeOf(log, next)));
  return counted?.exact ? BigInt(counted.records) : distance;
}
