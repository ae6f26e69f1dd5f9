/** Whether what is written on the target is on the source, but for a few records; pure. */
import { partitionName } from "../runtime/brokers/partitions.ts";
import type { PartitionLog } from "../runtime/brokers/positions.ts";
import { rangeName } from "../runtime/brokers/ranges.ts";
import { copiedBack, connectorComplaint, max } from "../runtime/judging/mirror.ts";
import { entryOf } from "../runtime/judging/ledger.ts";
import { closed, open, rank, unmeasured, type Complaint } from "../runtime/judging/problems.ts";
import { part, type Snapshot } from "../runtime/judging/reading.ts";
import { count } from "../runtime/model/words.ts";
import { again, gate } from "./gate.ts";

const rangeOf = ({ topic, partition, stable }: PartitionLog, next: bigint) => ({
  topic,
  partition,
  from: next,
  to: stable,
});

/** First offset that was not copied back; null where the mirror back has no position. */
function nextBack(snapshot: Snapshot, { topic, partition, start }: PartitionLog): bigint | null {
  const last = part(snapshot, "returned").copied.get(partitionName(topic, partition));
  return last === undefined ? null : max(last + 1n, start);
}

/** The mirror back runs and is at most `maxLag` records behind in each partition. */
export const wayBackWithin = gate({
  name: "way-back-within",
  page: {
    closedBecause: "the mirror back is behind, has FAILED, or was never begun",
    whatToDo: "wait; fix the cause that the sentence quotes; raise `gates.maxLag`",
  },
  params: ({ gates }) => ({ maxLag: gates.maxLag }),
  needs: { target: true, ledger: true, wayBack: true, returned: true },
  wants: ({ maxLag }, snapshot) => ({
    side: "target",
    isolation: "read_committed",
    ranges: [...part(snapshot, "target").partitions.values()].flatMap((log) => {
      const next = nextBack(snapshot, log);
      return next !== null && log.stable - next > BigInt(maxLag) ? [rangeOf(log, next)] : [];
    }),
  }),
  judge: ({ maxLag }, snapshot) => {
    const target = part(snapshot, "target");
    const complaints: Complaint[] = [...unmeasured(target)];
    const closing = entryOf(snapshot, "producers");
    // An update that was killed once it had closed it asks again.
    if (closing?.closing) return open(`the way back is closed since ledger entry ${closing.number}`);
    if (!copiedBack(snapshot)) {
      complaints.push({
        ...{ cause: "way-back-not-open", rank: rank.mirrorState, partition: false },
        sentence: "the mirror back has not begun since the producers moved",
        remedy: `set the phase back to the one that is reached and run pulumi up, which begins it; then ${again}`,
      });
      return closed(complaints);
    }
    const { connector } = part(snapshot, "returned");
    const state = connectorComplaint(...connector);
    // Whoever closes the way back stops it; killed then, the next update must not wait for it to run.
    const stopped = connector[1]?.connector.state === "STOPPED";
    if (state !== null && !stopped) complaints.push(state);
    let most = 0n;
    for (const log of target.partitions.values()) {
      const name = partitionName(log.topic, log.partition);
      const next = nextBack(snapshot, log);
      if (next === null) {
        complaints.push({
          ...{ cause: "not-measured", rank: rank.unmeasured, partition: true },
          sentence: `the mirror back has no position in ${name}`,
        });
        continue;
      }
      const left = leftOf(snapshot, log, next, maxLag);
      if (left <= BigInt(maxLag)) most = max(most, left);
      else {
        complaints.push({
          ...{ cause: "left-to-mirror", rank: rank.left, weight: left, partition: true },
          sentence: `${name} has ${count(left, "record")} left to copy back, ${maxLag} allowed`,
        });
      }
    }
    if (state !== null && stopped && complaints.length > 0) complaints.push(state);
    if (target.partitions.size === 0 || complaints.length > 0) return closed(complaints);
    const all = count(target.partitions.size, "partition");
    return open(
      `at most ${count(most, "record")} left to copy back to the source in each of ${all}, ${maxLag} allowed`,
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
