/** From many problems to one sentence, the worst first. */
import type { Logs, Problem } from "../brokers/positions.ts";
import type { Cause } from "../model/causes.ts";
import type { ClosedVerdict, Verdict } from "../model/gates.ts";
import type { SideName } from "../model/sides.ts";
import { count } from "../model/words.ts";

/** One reason for a closed gate. `Own` are causes that only one gate has. */
export interface Complaint<Own extends string = never> {
  readonly cause: Cause | Own;
  /** Lower is worse: what could not be measured comes before everything else. */
  readonly rank: number;
  /** Among equals more is worse, for example records left. */
  readonly weight?: bigint;
  readonly sentence: string;
  /** Whether the sentence is about one partition. */
  readonly partition: boolean;
  /** Whether the sentence is about one consumer group. */
  readonly group?: boolean;
  /** What to do, if it is not the gate's usual remedy. */
  readonly remedy?: string;
}

/** Ranks of complaints, worst first. */
export const rank = {
  foreign: 0,
  mirrorState: 0,
  unmeasured: 1,
  uncounted: 2,
  missing: 3,
  gone: 4,
  grown: 5,
  held: 6,
  left: 7,
} as const;

/** Open, and what was found. */
export const open = (sentence: string): Verdict => ({ open: true, sentence });

/** Closed for one reason. */
export const shut = <const Of extends string>(cause: Of, sentence: string): ClosedVerdict<Exclude<Of, Cause>> => ({
  open: false,
  cause: cause as Cause | Exclude<Of, Cause>,
  sentence,
});

/** Closed with the worst complaint and the number of the others. */
export function closed<Own extends string = never>(complaints: readonly Complaint<Own>[]): ClosedVerdict<Own> {
  const [worst, ...others] = [...complaints].sort(
    (a, b) => a.rank - b.rank || Number((b.weight ?? 0n) - (a.weight ?? 0n)),
  );
  const groups = others.every(({ group }) => group) ? "group" : "problem";
  const what = others.every(({ partition }) => partition) ? "partition" : groups;
  const more = others.length === 0 ? "" : `; and ${count(others.length, `more ${what}`)}`;
  return {
    open: false,
    cause: worst?.cause ?? "nothing-measured",
    sentence: `${worst?.sentence ?? "nothing was measured"}${more}`,
    ...(worst?.rank === rank.unmeasured && { unmeasured: true }),
    ...(worst?.remedy !== undefined && { remedy: worst.remedy }),
  };
}

/** A group that could not be measured, with the reason. */
export const groupUnmeasured = (group: string, side: SideName, reason: string): Complaint => ({
  cause: "not-measured",
  rank: rank.unmeasured,
  sentence: `group ${group} on the ${side} could not be measured: ${reason}`,
  partition: false,
});

/** A group whose offset is part of a transaction: not yet an answer, and no fault either. */
export const groupPending = (group: string, side: SideName, reason: string): Complaint => ({
  cause: "group-pending",
  rank: rank.held,
  sentence: `it is not known yet where group ${group} is on the ${side}: ${reason}`,
  partition: false,
  group: true,
  remedy:
    "wait until the transaction ends, at the latest after its producer's transaction.timeout.ms; one that stays is found " +
    "and aborted with kafka-transactions.sh; then run pulumi up again",
});

/** What to do about a topic that a side does not have. */
const missingRemedy =
  "if it was deleted on purpose, run npm run assess and commit the lockfile without it; if not, make it again: on the " +
  "target, set the phase back to the one before and run pulumi up --refresh";

/** What could not be measured of a side's logs; a broker's partitions are one complaint. */
export function unmeasured(logs: Logs, topics?: ReadonlySet<string>): Complaint[] {
  const relevant = logs.problems.filter(({ topic }) => topics === undefined || topics.has(topic));
  return [...Map.groupBy(relevant, ({ sentence }) => sentence)].map(([sentence, alike]) => {
    const [{ kind }] = alike as [Problem];
    const partitions = alike.filter(({ partition }) => partition !== undefined).length;
    const broker = kind === "broker";
    return {
      cause: kind === "missing" ? "topic-missing" : "not-measured",
      rank: kind === "missing" ? rank.missing : rank.unmeasured,
      sentence: broker ? `${sentence}; ${count(partitions, "partition")} could not be measured` : sentence,
      partition: partitions > 0 && !broker,
      ...(kind === "missing" && { remedy: missingRemedy }),
    };
  });
}
