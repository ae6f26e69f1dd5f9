/** Whether producers that have moved write on the target. */
import { byTopic, partitionName } from "../runtime/brokers/partitions.ts";
import { lastEntry } from "../runtime/judging/ledger.ts";
import { closed, open, rank, unmeasured, type Complaint } from "../runtime/judging/problems.ts";
import { part, type Snapshot } from "../runtime/judging/reading.ts";
import { recreatedOnTarget } from "../runtime/judging/recreated.ts";
import type { LedgerEntry } from "../runtime/model/ledger.ts";
import type { WorkloadRef } from "../runtime/model/scope.ts";
import { soleTopics } from "../runtime/model/waves.ts";
import { count, listed, verb } from "../runtime/model/words.ts";
import { runsAtTimes } from "../runtime/model/workload-kinds/index.ts";
import { writes } from "../runtime/model/workloads.ts";
import { again, gate } from "./gate.ts";

const causes = ["producer-silent"] as const;
type Own = (typeof causes)[number];

/**
 * Every producer has written to one of its topics on the target since the ledger's entry of its move. Of producers whose
 * topics the config does not name, one topic has to have grown for all of them together. Those that say `writesRarely`,
 * and CronJobs, are not waited for. `groups-active` looks at external producers.
 */
export const producersActive = gate({
  name: "producers-active",
  causes,
  about: "moved",
  page: {
    closedBecause: "a producer has written nothing on the target since it moved",
    whatToDo: "look at its pods and logs; `workloads[].writesRarely` with the reason if it writes only now and then",
  },
  applies: ({ workloads }) => workloads.some(({ role, kind }) => writes(role) && kind !== "external"),
  params: () => ({}),
  needs: { target: true, ledger: true, marks: true },
  judge: (_params, snapshot) => {
    const { scope } = snapshot;
    const all = scope.workloads.filter(({ role }) => writes(role));
    const expected = all.filter((one) => !runsAtTimes(one.kind) && one.writesRarely !== true);
    const excused = all.filter((one) => !expected.includes(one));
    if (all.length === 0) return open("no producer moves, so there is none to wait for");
    if (expected.length === 0)
      return open(`${names(excused)} ${verb(excused.length, "writes", "write")} only now and then: not waited for`);
    const entry = lastEntry(snapshot, "producers");
    const topics = soleTopics(scope);
    const sole = new Set(topics);
    const grown = grownSince(snapshot, entry, topics);
    const [told, untold] = [
      expected.filter((one) => topicsOf(one, sole).length > 0),
      expected.filter(({ topics: own }) => own === undefined),
    ];
    const complaints = [
      ...unmeasured(part(snapshot, "target"), sole),
      ...recreatedOnTarget(snapshot),
      ...told
        .filter((one) => !topicsOf(one, sole).some((topic) => grown.has(topic)))
        .map((one) => silent([one], topicsOf(one, sole), entry)),
      ...(untold.length > 0 && grown.size === 0 && topics.length > 0 ? [silent(untold, [], entry)] : []),
    ];
    if (complaints.length > 0) return closed(complaints);
    const since = `since ledger entry ${entry.number} ${grown.size} of ${count(topics.length, "topic")} ${verb(grown.size, "has", "have")} grown on the target`;
    const parts = [
      told.length > 0
        ? `${count(told.length, "producer")} ${verb(told.length, "has written to its", "have written to their")} topics`
        : "",
      untold.length > 0
        ? `the config does not say which of them ${names(untold)} ${verb(untold.length, "writes", "write")} to`
        : "",
      excused.length > 0 ? `${names(excused)} ${verb(excused.length, "writes", "write")} only now and then` : "",
    ];
    return open([since, ...parts.filter(Boolean)].join("; "));
  },
  remedy: `look at the producers' pods and logs, then ${again}`,
});

const names = (workloads: readonly WorkloadRef[]): string =>
  listed(
    workloads.map(({ name }) => name),
    "and",
  );

/** Its topics that nobody wrote to on the target before it moved: growth of others says nothing of it. */
const topicsOf = ({ topics = [] }: WorkloadRef, sole: ReadonlySet<string>): string[] =>
  topics.filter((topic) => sole.has(topic));

/** Topics with more on the target than when the producers' switch wrote the ledger; a partition that it does not have was empty. */
function grownSince(snapshot: Snapshot, entry: LedgerEntry, topics: readonly string[]): ReadonlySet<string> {
  const ends = new Map(
    entry.partitions.map(({ topic, partition, targetEnd }) => [partitionName(topic, partition), BigInt(targetEnd)]),
  );
  const logs = byTopic(part(snapshot, "target").partitions);
  return new Set(
    topics.filter((topic) =>
      (logs.get(topic) ?? []).some(({ partition, end }) => end > (ends.get(partitionName(topic, partition)) ?? 0n)),
    ),
  );
}

function silent(workloads: readonly WorkloadRef[], topics: readonly string[], { number }: LedgerEntry): Complaint<Own> {
  const where = topics.length === 0 ? "any migrated topic" : listed(topics, "and");
  const [who, it] = workloads.length === 1 ? ["producer", "it writes"] : ["producers", "they write"];
  return {
    cause: "producer-silent",
    rank: rank.missing,
    sentence: `${who} ${names(workloads)} ${verb(workloads.length, "has", "have")} written nothing to ${where} on the target since ledger entry ${number}`,
    partition: false,
    remedy: `look at the pods and logs there; if ${it} only now and then, say so under workloads with writesRarely (the reason); then ${again}`,
  };
}
