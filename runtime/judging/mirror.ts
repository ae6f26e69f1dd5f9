/** Whether the mirror has copied enough of every partition. */
import { partitionName } from "../brokers/partitions.ts";
import type { PartitionLog } from "../brokers/positions.ts";
import { rangeName, type Range, type RecordHead } from "../brokers/ranges.ts";
import { isUntold, type StatusReading } from "../connect/connect.ts";
import { openSince, writersMove } from "../topics/way-back.ts";
import { overRestNote } from "../connect/offsets-topic/note.ts";
import type { Verdict } from "../model/gates.ts";
import { mirrorOf } from "../model/mirror-ref.ts";
import { once } from "../model/once.ts";
import { count } from "../model/words.ts";
import { acceptedEnds } from "../placement/accepted-ends.ts";
import { gapRemedy, isPurged, nothingLeftBefore, overtaken } from "../placement/gaps.ts";
import { paceText } from "./pace.ts";
import { rank, unmeasured, type Complaint } from "./problems.ts";
import { part, type Snapshot } from "./reading.ts";
import { recreatedOnSource, recreatedOnTarget } from "./recreated.ts";

/** Says where the positions come from, if not from Connect's own topic, and which states Connect has not told. */
export function noted<Own extends string>(snapshot: Snapshot, verdict: Verdict<Own>): Verdict<Own> {
  const { overRest, connectors } = part(snapshot, "mirror");
  const notes = [...(overRest === undefined ? [] : [overRestNote(overRest)]), ...untoldNotes([...connectors])];
  return notes.length === 0 ? verdict : { ...verdict, sentence: `${verdict.sentence} (${notes.join("; ")})` };
}

/** What is to be said of connectors whose states Connect has not told: nobody knows whether they run. */
export const untoldNotes = (connectors: readonly (readonly [name: string, status: StatusReading])[]): string[] =>
  connectors.flatMap(([name, status]) =>
    isUntold(status) ? [`whether connector ${name} runs is not known: ${status.untold}`] : [],
  );

export const partitions = (logs: readonly PartitionLog[]) => count(logs.length, "partition");

export const max = (a: bigint, b: bigint) => (a > b ? a : b);

export function wants(snapshot: Snapshot, wanted: (log: PartitionLog, next: bigint) => boolean) {
  const ranges = [...part(snapshot, "source").partitions.values()]
    .map((log) => ({ log, next: nextOffset(snapshot, log) }))
    .filter(({ log, next }) => next >= log.start && next < log.stable && wanted(log, next))
    .map(({ log, next }) => range(log, next));
  return { side: "source" as const, isolation: "read_committed" as const, ranges };
}

const range = ({ topic, partition, stable }: PartitionLog, next: bigint): Range => ({
  topic,
  partition,
  from: next,
  to: stable,
});

/** How fast the mirror copies since an earlier reading, and what it has left, of all partitions together. */
export function copyingPace(snapshot: Snapshot, before: Snapshot | undefined): string | null {
  if (before === undefined) return null;
  const former = part(before, "source").partitions;
  let [left, done, added] = [0n, 0n, 0n];
  for (const [name, log] of part(snapshot, "source").partitions) {
    const earlier = former.get(name);
    if (earlier === undefined) continue;
    const next = nextOffset(snapshot, log);
    left += max(log.end - next, 0n);
    done += max(next - nextOffset(before, earlier), 0n);
    added += max(log.end - earlier.end, 0n);
  }
  return paceText(left, { seconds: (snapshot.takenAt - before.takenAt) / 1000, done, added });
}

function nextOffset(snapshot: Snapshot, { topic, partition, start, end }: PartitionLog): bigint {
  const name = partitionName(topic, partition);
  const last = part(snapshot, "mirror").mirrored.get(name);
  const copied = last === undefined ? start : last + 1n;
  const missesNothing = () =>
    isPurged(mirrorOf(snapshot.scope), topic) || start <= (emptyBefore(snapshot).get(name) ?? 0n);
  const next = copied < start && missesNothing() ? start : copied;
  // Groups that have yet to move read stragglers where they are; what came back is on the target already.
  return max(copiedBack(snapshot).has(topic) ? max(next, end) : next, acceptedIn(snapshot).get(name) ?? 0n);
}

/**
 * Topics that a mirror back has begun to copy since their writers moved: what the source has of them beyond the ledger is
 * its copies. None where nothing of it was asked.
 */
export const copiedBack = once(({ wayBack, ledger }: Snapshot): ReadonlySet<string> => {
  if (wayBack === undefined || "error" in wayBack || ledger === undefined || "error" in ledger) return new Set();
  const open = wayBack.value.filter((one) => openSince(one.wayBack, writersMove(ledger.value, one)) !== null);
  return new Set(open.flatMap(({ topics }) => topics));
});

// Both are asked for once per partition.
const acceptedIn = once(({ scope }: Snapshot) => acceptedEnds(scope));

const emptyBefore = once((snapshot: Snapshot): ReadonlyMap<string, bigint> => {
  const { ledger, scope } = snapshot;
  const entries = ledger !== undefined && "value" in ledger ? ledger.value : [];
  return nothingLeftBefore(mirrorOf(scope), entries, part(snapshot, "source").clusterId);
});

/**
 * State of the connectors and topics that are missing. A STOPPED connector alone is
 * no complaint: a switch stops it, and the update that resumes a switch must not wait for it to run.
 */
export function common(snapshot: Snapshot) {
  const [source, target, mirror] = [part(snapshot, "source"), part(snapshot, "target"), part(snapshot, "mirror")];
  const logs = [...source.partitions.values()];
  const complaints: Complaint[] = [
    ...unmeasured(source),
    ...unmeasured(target),
    ...recreatedOnSource(snapshot),
    ...recreatedOnTarget(snapshot),
  ];
  const missing = new Set(target.problems.filter(({ partition }) => partition === undefined).map(({ topic }) => topic));
  const unread = new Set(target.problems.map(({ topic, partition }) => partitionName(topic, partition ?? -1)));
  for (const { topic, partition } of logs) {
    const name = partitionName(topic, partition);
    if (target.partitions.has(name) || missing.has(topic) || unread.has(name)) continue;
    complaints.push({
      cause: "topic-missing",
      rank: rank.missing,
      sentence: `${name} does not exist on the target`,
      partition: true,
      remedy:
        "run npm run assess and commit the lockfile if the source has got more partitions, set the phase back to the one " +
        "before and run pulumi up, which makes them on the target",
    });
  }
  const states = [...mirror.connectors].map(([name, status]) => connectorState(name, status));
  for (const { sentence, stopped } of states) {
    if (sentence === null || stopped) continue;
    complaints.push(notRunning(sentence, "the one before"));
  }
  if (states.length === 0) {
    complaints.push({
      cause: "no-connector",
      rank: rank.mirrorState,
      sentence: "there is no source connector to measure",
      partition: false,
    });
  }
  return { logs, complaints, stopped: states.find(({ stopped }) => stopped)?.sentence ?? null };
}

const notRunning = (sentence: string, phase: string): Complaint => ({
  cause: "mirror-not-running",
  rank: rank.mirrorState,
  sentence,
  partition: false,
  remedy:
    `fix the cause (Connect's logs name it), then set the phase back to ${phase} and run pulumi up, which restarts what has ` +
    "failed and resumes what is paused",
});

/** What is wrong with a connector that is to run, or null. */
export function connectorComplaint(name: string, status: StatusReading): Complaint | null {
  const { sentence } = connectorState(name, status);
  return sentence === null ? null : notRunning(sentence, "the one that is reached");
}

function connectorState(name: string, status: StatusReading): { sentence: string | null; stopped: boolean } {
  const said = (sentence: string | null, stopped = false) => ({ sentence, stopped });
  if (status === null) return said(`connector ${name} does not exist in Connect`);
  // How far it is says what matters, and a move asks again before anybody is stopped.
  if (isUntold(status)) return said(null);
  const { connector, tasks } = status;
  if (connector.state !== "RUNNING") {
    return said(`connector ${name} is ${connector.state}${firstLine(connector.trace)}`, connector.state === "STOPPED");
  }
  const bad = tasks.find(({ state }) => state === "FAILED") ?? tasks.find(({ state }) => state !== "RUNNING");
  if (bad !== undefined) return said(`task ${bad.id} of connector ${name} is ${bad.state}${firstLine(bad.trace)}`);
  return said(tasks.length === 0 ? `connector ${name} has no task` : null);
}

function firstLine(trace: string | undefined): string {
  const line = trace?.split("\n")[0]?.trim() ?? "";
  return line === "" ? "" : `: ${line}`;
}

/** How far the mirror is in one partition; `left` is exact or an upper bound, from `within` records on. */
export function position(snapshot: Snapshot, log: PartitionLog, within: bigint) {
  const next = nextOffset(snapshot, log);
  const name = partitionName(log.topic, log.partition);
  const distance = max(log.stable - next, 0n);
  const found = (complaint: Complaint | null, left = 0n, exact = true) => ({ next, complaint, left, exact });
  if (next < log.start) {
    const sentence = overtaken(name, next, log.start);
    const remedy = `${gapRemedy()} and run pulumi up again`;
    return found({ cause: "overtaken", rank: rank.gone, weight: log.start - next, sentence, partition: true, remedy });
  }
  if (distance === 0n || log.end - next <= within) return found(null, distance);
  const counts = part(snapshot, "counts");
  const counted = counts.counts.get(rangeName(range(log, next)));
  if (counted === undefined) {
    const reason = counts.problems.get(rangeName(range(log, next))) ?? "it was not counted";
    return found({
      cause: "not-counted",
      rank: rank.uncounted,
      sentence: `${name} could not be counted: ${reason}`,
      partition: true,
    });
  }
  return found(null, counted.exact ? BigInt(counted.records) : distance, counted.exact);
}

/** The first record that is left to mirror, where records were counted. */
export function firstLeft(snapshot: Snapshot, log: PartitionLog): RecordHead | null {
  const next = nextOffset(snapshot, log);
  const { counts } = snapshot;
  if (next >= log.stable || counts === undefined || "error" in counts) return null;
  return counts.value.counts.get(rangeName(range(log, next)))?.first ?? null;
}

export function tooMuch(
  log: PartitionLog,
  left: bigint,
  exact: boolean,
  allowed: number,
  stopped: string | null,
): Complaint {
  const name = partitionName(log.topic, log.partition);
  const sentence =
    `${name} has ${exact ? "" : "at most "}${count(left, "record")} left to mirror, ${allowed} allowed` +
    (stopped === null ? "" : `, and ${stopped}`);
  const remedy = { remedy: "set the phase back to the one before and run pulumi up, which resumes the mirror" };
  return {
    cause: "left-to-mirror",
    rank: rank.left,
    weight: left,
    sentence,
    partition: true,
    ...(stopped !== null && remedy),
  };
}

export function held({ topic, partition, stable, end }: PartitionLog): Complaint {
  const name = partitionName(topic, partition);
  const sentence = `open transaction since offset ${stable} holds records back in ${name}, whose end is ${end}`;
  return { cause: "held-back", rank: rank.held, weight: end - stable, sentence, partition: true };
}
