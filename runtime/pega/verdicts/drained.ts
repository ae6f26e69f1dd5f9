/** Whether queue processors and data flows have taken everything from the embedded stream. */
import { rangeName } from "../../brokers/log.ts";
import { partitionName } from "../../brokers/partitions.ts";
import { unmeasured } from "../../judging/problems.ts";
import type { Verdict } from "../../model/gates.ts";
import type { Attestation, PegaFlow } from "../../model/pega.ts";
import { some, count } from "../../model/words.ts";
import { behind, positionsIn, type FlowPosition, type FlowsReading } from "../flows.ts";
import { switchBegun } from "../history.ts";
import { partOf, type Of, type PegaJudge, type PegaSnapshot } from "../reading.ts";
import { doubt, drainedBy, wordsOf } from "./attested.ts";
import { begun } from "./begun.ts";

export const queuesEmpty: PegaJudge<Of<"queues-empty">> = {
  needs: ({ probe }) => ["history", ...(probe ? (["queues"] as const) : [])],
  judge({ probe, attested }, snapshot) {
    const revision = switchBegun(partOf(snapshot, "history"));
    if (revision !== null) return begun(revision);
    if (probe !== undefined) return empty(snapshot, probe.counts);
    if (attested !== undefined)
      return vouched(attested, snapshot, "every queue processor has 0 records ready to process");
    return { open: false, sentence: "neither a probe nor a person says that no queue processor has records left" };
  },
};

function empty(snapshot: PegaSnapshot, counts: string): Verdict {
  const queues = partOf(snapshot, "queues");
  if (queues.length === 0) return { open: false, sentence: `the queue probe finds no queue at ${counts}` };
  const waiting = queues.filter(({ records }) => records > 0).sort((a, b) => b.records - a.records);
  if (waiting.length === 0) {
    return { open: true, sentence: `0 records ready to process in ${count(queues.length, "queue")}` };
  }
  const words = waiting.map(({ name, records }) => `queue ${name} has ${count(records, "record")} ready to process`);
  return { open: false, sentence: `${some(words, "queues")}, 0 allowed` };
}

export const flowsAtEnd: PegaJudge<Of<"flows-at-end">> = {
  needs: ({ flows }, { embedded }) => [
    "history",
    ...(flows.length > 0 && embedded !== undefined ? (["flows"] as const) : []),
  ],
  judge({ flows, convention, attested }, snapshot) {
    const revision = switchBegun(partOf(snapshot, "history"));
    if (revision !== null) return begun(revision);
    const names = flows.map(({ name }) => name).join(", ");
    if (flows.length > 0 && snapshot.scope.embedded !== undefined) {
      const reading = partOf(snapshot, "flows");
      const reasons = problems(flows, reading, positionsIn(flows, convention, reading.logs));
      if (reasons.length > 0) return { open: false, sentence: some(reasons, "partitions") };
      const partitions = positionsIn(flows, convention, reading.logs).length;
      const meaning = convention === "next" ? "the next offset" : "the last one processed";
      const sentence = `${names} processed ${count(partitions, "partition")} to the end (a last ID is ${meaning})`;
      return { open: true, sentence };
    }
    const what = flows.length === 0 ? "no data flow reads the embedded stream" : `${names} processed everything`;
    if (attested !== undefined) return vouched(attested, snapshot, what);
    const sentence =
      flows.length === 0
        ? "no data flow is named, and nobody has attested that there is none"
        : `${names} cannot be measured without embedded.runnerBootstrap, and nobody has attested that all is processed`;
    return { open: false, sentence };
  },
};

function vouched(attested: Attestation, snapshot: PegaSnapshot, what: string): Verdict {
  const doubted = doubt(attested, drainedBy(snapshot), snapshot.takenAt);
  if (doubted !== null) return { open: false, sentence: doubted };
  return { open: true, sentence: `${what}, says ${wordsOf(attested)}` };
}

function problems(flows: readonly PegaFlow[], reading: FlowsReading, positions: readonly FlowPosition[]): string[] {
  const absent = flows.flatMap(({ name, topic, lastIds }) =>
    Object.keys(lastIds)
      .filter((partition) => !reading.logs.partitions.has(partitionName(topic, Number(partition))))
      .map((partition) => `flow ${name} has a last ID of ${topic}[${partition}], which was not found`),
  );
  const unread = unmeasured(reading.logs).map(({ sentence }) => sentence);
  return [...unread, ...(unread.length > 0 ? [] : absent), ...positions.flatMap((one) => left(one, reading) ?? [])];
}

/** Why a flow is not at the end of a partition, or null. */
function left(position: FlowPosition, { left }: FlowsReading): string | null {
  const { flow, log, next } = position;
  const name = partitionName(log.topic, log.partition);
  if (next !== null && next > log.end) {
    return (
      `flow ${flow} is at ${next} of ${name}, past its end ${log.end}: ` +
      `see whether drain.flows says what a last ID means (convention), and of which topic it is`
    );
  }
  // Compared with the end, never with the start: a log that retention has emptied has both at one offset.
  if (next !== null && next < log.start) {
    return `flow ${flow} is at ${next} of ${name}, which begins at ${log.start} and ends at ${log.end}: what is between is gone`;
  }
  const range = behind(position);
  if (range === null) return null;
  const counted = left.counts.get(rangeName(range));
  if (counted === undefined) {
    return `flow ${flow} could not be compared: ${left.problems.get(rangeName(range)) ?? `${name} was not counted`}`;
  }
  if (counted.records === 0 && counted.exact) return null;
  const records = `${counted.exact ? "" : "at least "}${count(counted.records, "record")}`;
  return next === null
    ? `flow ${flow} has no last ID of ${name}, which holds ${records}`
    : `flow ${flow} has ${records} of ${name} left (at ${next}, its end is ${log.end}), 0 allowed`;
}
