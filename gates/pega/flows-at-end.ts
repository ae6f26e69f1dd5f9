import type { PegaConfig } from "../../config/pega/schema.ts";
import { partitionName } from "../../runtime/brokers/partitions.ts";
import { rangeName } from "../../runtime/brokers/ranges.ts";
import { begun, vouched } from "../../runtime/judging/attested.ts";
import { unmeasured, shut } from "../../runtime/judging/problems.ts";
import { part } from "../../runtime/judging/reading.ts";
import type { Attestation } from "../../runtime/model/attestation.ts";
import type { FlowConvention, PegaFlow } from "../../runtime/model/pega.ts";
import { some, count } from "../../runtime/model/words.ts";
import { behind, positionsIn, type FlowPosition } from "../../runtime/pega/flow-positions.ts";
import type { FlowsReading } from "../../runtime/pega/flows.ts";
import { switchBegun } from "../../runtime/pega/history.ts";
import { again, pegaGate } from "../gate.ts";

/** Every data flow has processed its topics to the end of the embedded stream. */
export const flowsAtEnd = pegaGate({
  name: "flows-at-end",
  causes: ["flow-behind"],
  page: {
    closedBecause: "a data flow has records left, or neither a measurement nor an attestation says that none has",
    whatToDo: "wait, read the last IDs again, then `drain.flows`",
  },
  params: known,
  needs: ({ flows, convention }, { embedded }) => ({
    history: true,
    ...(flows.length > 0 && embedded !== undefined && { flows: { flows, convention } }),
  }),
  judge: ({ flows, convention, attested }, snapshot) => {
    const revision = switchBegun(part(snapshot, "history"));
    if (revision !== null) return begun(revision);
    const names = flows.map(({ name }) => name).join(", ");
    if (flows.length > 0 && snapshot.scope.embedded !== undefined) {
      const reading = part(snapshot, "flows");
      const reasons = problems(flows, reading, positionsIn(flows, convention, reading.logs));
      if (reasons.length > 0) return shut("flow-behind", some(reasons, "partitions"));
      const partitions = positionsIn(flows, convention, reading.logs).length;
      const meaning = convention === "next" ? "the next offset" : "the last one processed";
      const sentence = `${names} processed ${count(partitions, "partition")} to the end (a last ID is ${meaning})`;
      return { open: true, sentence };
    }
    const what = flows.length === 0 ? "no data flow reads the embedded stream" : `${names} processed everything`;
    if (attested !== undefined) return vouched(attested, snapshot, what);
    const sentence =
      flows.length === 0
        ? "no data flow is named, and no attestation says that there is none"
        : `${names} cannot be measured without embedded.runnerBootstrap, and no attestation says that all is processed`;
    return shut("unattested", sentence);
  },
  remedy: `read the last IDs again once the flows have processed the rest, set drain.flows and ${again}`,
});

interface Known {
  readonly flows: readonly PegaFlow[];
  readonly convention: FlowConvention;
  /** Without flows: that there is none, or that they are at the end where the stream cannot be measured. */
  readonly attested?: Attestation;
}

function known({ drain: { flows } }: PegaConfig): Known {
  const none = { flows: [], convention: "next" } as const;
  if (flows === undefined) return none;
  if ("attested" in flows) return { ...none, attested: flows.attested };
  return { flows: flows.runs, convention: flows.convention };
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
