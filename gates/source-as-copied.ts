/** Whether the source has got nothing since the way back opened but what was copied back; pure. */
import { copiedBack } from "../runtime/judging/mirror.ts";
import { closed, open, rank, type Complaint } from "../runtime/judging/problems.ts";
import { part } from "../runtime/judging/reading.ts";
import { count, named } from "../runtime/model/words.ts";
import { again, gate } from "./gate.ts";

/** Both sides hold equally many records since the way back opened: nobody else writes to the source, and it loses none. */
export const sourceAsCopied = gate({
  name: "source-as-copied",
  about: "moved",
  page: {
    closedBecause:
      "another client writes to the source, and its records do not reach the target; or the source has lost what came back",
    whatToDo:
      "stop that producer, or add it to `workloads`; accept its records under `stragglers`, see below; " +
      "`topics.ignore` for a topic that lost records",
  },
  params: () => ({}),
  needs: { ledger: true, wayBack: true, copiedSince: true },
  judge: (_params, snapshot) => {
    const { foreign, lacking, equal, copied, undecided, left } = part(snapshot, "copiedSince");
    if (copiedBack(snapshot).size === 0) return open("no way back is open, so there is nothing to compare");
    const complaints = [...foreign].map(([name, { records, from, to }]): Complaint => ({
      cause: "source-grew",
      rank: rank.grown,
      weight: BigInt(records),
      partition: true,
      sentence:
        `${name} has ${count(records, "record")} on the source that the mirror back has not written, among offsets ` +
        `${from}..${to - 1n}: another client writes there, and its records do not reach the target`,
    }));
    complaints.push(
      ...[...lacking].map(([name, records]): Complaint => ({
        cause: "source-shorter",
        rank: rank.missing,
        weight: BigInt(records),
        partition: true,
        sentence: `${name} lacks ${count(records, "record")} on the source that came back to it, and no retention has removed them`,
        remedy:
          "find out whether the topic was deleted and made again there, or a replica that was not in sync became leader. What " +
          "is lost there is on the target: name the topic under topics.ignore with the reason, which leaves it out of the way " +
          `back; then ${again}`,
      })),
      ...undecided.map((name): Complaint => ({
        cause: "not-measured",
        rank: rank.unmeasured,
        partition: true,
        sentence: `${name} is not compared yet: more is to be counted, or the mirror back was writing each time`,
      })),
    );
    if (complaints.length > 0) return closed(complaints);
    const but = left.length === 0 ? "" : `; not compared, for retention, compaction or stragglers: ${named(left)}`;
    return open(
      `${count(copied, "record")} came back to ${count(equal.length, "partition")}, and the source has got no other since${but}`,
    );
  },
  remedy:
    "find that producer (its id is in the log: kafka-dump-log.sh, or DescribeProducers), stop it or add it to workloads, and accept its " +
    `records under stragglers (topic, partition, to: the offset after the last one, reason): groups that go back read them there; then ${again}`,
});
