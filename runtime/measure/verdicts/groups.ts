/** Whether consumer groups have read all of the source, and whether they read on the target. */
import { rangeName, type Counted, type Range } from "../../brokers/log.ts";
import { partitionName } from "../../brokers/partitions.ts";
import type { PartitionLog } from "../../brokers/positions.ts";
import { externalsOf } from "../../model/externals.ts";
import type { Condition } from "../../model/gates.ts";
import type { Scope } from "../../model/scope.ts";
import type { SideName } from "../../model/sides.ts";
import { count } from "../../model/words.ts";
import { endsToRead } from "../../switch/stragglers.ts";
import { externalComplaints, ownersMoveIt } from "./externals.ts";
import { behind, type Lag, type Watched } from "./lag.ts";
import { growth, lastEntry, ledgerComplaints } from "./ledger.ts";
import { closed, groupUnmeasured, rank, unmeasured, type Complaint } from "./problems.ts";
import { part, type GroupsReading, type Judge, type Snapshot } from "./reading.ts";

type Drained = Extract<Condition, { kind: "groups-drained" }>;
type Active = Extract<Condition, { kind: "groups-active" }>;
type Group = Scope["groups"][number];

/** What a group has yet to read of one partition. */
interface Unread {
  readonly group: string;
  readonly range: Range;
  readonly committed: bigint | null;
}

function unread(
  group: Group,
  reading: GroupsReading,
  logs: readonly PartitionLog[],
  end: (log: PartitionLog) => bigint,
) {
  return logs
    .filter(({ topic }) => group.topics.includes(topic))
    .map((log): Unread => {
      const { topic, partition, start } = log;
      const committed = reading.committed.groups.get(group.name)?.get(partitionName(topic, partition))?.offset ?? null;
      // Never committed is never read: everything that the log still has is left.
      const from = committed !== null && committed > start ? committed : start;
      return { group: group.name, range: { topic, partition, from, to: end(log) }, committed };
    })
    .filter(({ range }) => range.from < range.to);
}

/** Every group has read every record of the source up to the last switch of producers. */
export const groupsDrained: Judge<Drained> = {
  needs: ["source", "sourceGroups", "ledger"],
  wants: (_condition, snapshot) => ({
    side: "source",
    isolation: "read_committed",
    ranges: unreadOfSource(snapshot).map(({ range }) => range),
  }),
  judge: (_condition, snapshot, earlier) => {
    const entry = lastEntry(snapshot, "producers");
    const { committed, states } = part(snapshot, "sourceGroups");
    const complaints = [...ledgerComplaints(snapshot, entry), ...unreadable(snapshot, "sourceGroups", "source")];
    for (const { topic, partition, from, to } of growth(snapshot, entry)) {
      const sentence = `the source grew past ledger entry ${entry.number} in ${partitionName(topic, partition)}: offsets ${from}..${to - 1n}`;
      complaints.push({ rank: rank.grown, weight: to - from, sentence, partition: true });
    }
    for (const group of snapshot.scope.groups) {
      if (committed.problems.has(group.name)) continue;
      const lags: Lag[] = [];
      for (const unread of unreadOfSource(snapshot).filter((one) => one.group === group.name)) {
        const { found, problem } = counted(snapshot, unread.range);
        const name = partitionName(unread.range.topic, unread.range.partition);
        if (found === undefined) {
          const sentence = `${name} could not be counted for group ${group.name}: ${problem}`;
          complaints.push({ rank: rank.uncounted, sentence, partition: true });
        } else if (found.records > 0 || !found.exact) lags.push({ ...unread, counted: found });
      }
      if (lags.length === 0) continue;
      const members = states.groups.get(group.name)?.members.length;
      complaints.push(
        behind(group.name, lags, { now: snapshot.takenAt, members, advanced: advanced(snapshot, earlier[0], group) }),
      );
    }
    const partitions = part(snapshot, "source").partitions.size;
    if (partitions === 0 || complaints.length > 0) return closed(complaints);
    const groups = count(snapshot.scope.groups.length, "group");
    const sentence = `0 records left to read for ${groups} in ${count(partitions, "partition")} up to ledger entry ${entry.number}`;
    return { open: true, sentence };
  },
};

function unreadOfSource(snapshot: Snapshot): Unread[] {
  const ends = endsToRead(snapshot.scope, lastEntry(snapshot, "producers"));
  const logs = [...part(snapshot, "source").partitions.values()];
  const reading = part(snapshot, "sourceGroups");
  return snapshot.scope.groups.flatMap((group) =>
    unread(group, reading, logs, ({ topic, partition }) => ends.get(partitionName(topic, partition)) ?? 0n),
  );
}

function advanced(snapshot: Snapshot, before: Snapshot | undefined, group: Group): Watched["advanced"] {
  if (before === undefined) return undefined;
  const offsets = committedSum(snapshot, "sourceGroups", group) - committedSum(before, "sourceGroups", group);
  return { offsets, seconds: Math.round((snapshot.takenAt - before.takenAt) / 1000) };
}

function counted(snapshot: Snapshot, range: Range): { found: Counted | undefined; problem: string } {
  const counts = part(snapshot, "counts");
  const name = rangeName(range);
  return { found: counts.counts.get(name), problem: counts.problems.get(name) ?? "it was not counted" };
}

function unreadable(snapshot: Snapshot, name: "sourceGroups" | "targetGroups", side: SideName): Complaint[] {
  const { committed, states } = part(snapshot, name);
  return snapshot.scope.groups.flatMap((group) => {
    const problem = committed.problems.get(group.name) ?? states.problems.get(group.name);
    return problem === undefined ? [] : [groupUnmeasured(group.name, side, problem)];
  });
}

/**
 * Every group has members on the target, and reads: it has advanced since an earlier reading or has read it all.
 * External workloads have moved.
 */
export const groupsActive: Judge<Active> = {
  needs: ({ externals }) => ["target", "targetGroups", ...(externals ? (["sourceGroups", "ledger"] as const) : [])],
  wants: (_condition, snapshot) => ({
    side: "target",
    isolation: "read_committed",
    ranges: snapshot.scope.groups.flatMap((group) => unreadOfTarget(snapshot, group).map(({ range }) => range)),
  }),
  judge: ({ externals }, snapshot, earlier) => {
    const topics = new Set(snapshot.scope.groups.flatMap((group) => group.topics));
    const complaints = [
      ...unmeasured(part(snapshot, "target"), topics),
      ...unreadable(snapshot, "targetGroups", "target"),
      ...(externals ? externalComplaints(snapshot) : []),
    ];
    const before = earlier[0];
    if (before === undefined)
      return { open: false, sentence: "only one reading so far, two tell whether groups progress" };
    const seconds = Math.round((snapshot.takenAt - before.takenAt) / 1000);
    let advancing = 0n;
    let idle = 0;
    for (const group of snapshot.scope.groups) {
      const state = part(snapshot, "targetGroups").states.groups.get(group.name);
      if (state === undefined) continue;
      const absent = standing(snapshot, group, state);
      if (absent !== null) {
        complaints.push(absent);
        continue;
      }
      const advanced = committedSum(snapshot, "targetGroups", group) - committedSum(before, "targetGroups", group);
      if (advanced > 0n) {
        advancing += 1n;
        continue;
      }
      const complaint = stuck(snapshot, group, endSum(snapshot, group) - endSum(before, group), seconds);
      if (complaint === null) idle += 1;
      else complaints.push(complaint);
    }
    if (snapshot.scope.groups.length === 0 || complaints.length > 0) return closed(complaints);
    const parts = [
      advancing > 0n ? `${count(advancing, "group")} advanced in ${seconds} s` : "",
      idle > 0 ? `${count(idle, "group")} read all there is` : "",
    ];
    return { open: true, sentence: `on the target ${parts.filter(Boolean).join(", ")}` };
  },
};

function unreadOfTarget(snapshot: Snapshot, group: Group): Unread[] {
  const logs = [...part(snapshot, "target").partitions.values()];
  return unread(group, part(snapshot, "targetGroups"), logs, ({ stable }) => stable);
}

function standing(
  { scope }: Snapshot,
  group: Group,
  { state, members }: { state: string; members: readonly unknown[] },
): Complaint | null {
  const complain = (sentence: string): Complaint => ({ rank: rank.missing, sentence, partition: false });
  if (members.length === 0) {
    const owned = externalsOf(scope, "consumer").filter(({ groups }) => groups.includes(group.name));
    if (owned.length === 0) return complain(`group ${group.name} has no members on the target`);
    const who = owned.map(({ name }) => name).join(", ");
    const sentence = `group ${group.name} has no members on the target, where external consumer ${who} joins it`;
    return { ...complain(sentence), remedy: ownersMoveIt };
  }
  if (state === "Stable") return null;
  return complain(`group ${group.name} is in state ${state} on the target, Stable is asked for`);
}

/** Why a group that has not advanced is not fine, or null if there was nothing to read. */
function stuck(snapshot: Snapshot, group: Group, grown: bigint, seconds: number): Complaint | null {
  for (const { range, committed } of unreadOfTarget(snapshot, group)) {
    const { found, problem } = counted(snapshot, range);
    const name = partitionName(range.topic, range.partition);
    if (found === undefined)
      return { rank: rank.uncounted, sentence: `${name} could not be counted: ${problem}`, partition: true };
    const { exact } = found;
    const left = exact ? BigInt(found.records) : range.to - range.from;
    if (left === 0n) continue;
    const position = committed === null ? "nothing committed" : `committed ${committed}`;
    const traffic = grown > 0n ? ` while its topics grew by ${count(grown, "offset")}` : "";
    const sentence =
      `group ${group.name} has not advanced on the target in ${seconds} s${traffic}: ` +
      `${exact ? "" : "at most "}${count(left, "record")} left to read in ${name} (${position}, end ${range.to})`;
    return { rank: rank.left, weight: left, sentence, partition: false };
  }
  return null;
}

function committedSum(snapshot: Snapshot, side: "sourceGroups" | "targetGroups", group: Group): bigint {
  const offsets = part(snapshot, side).committed.groups.get(group.name)?.values() ?? [];
  return [...offsets].filter(({ topic }) => group.topics.includes(topic)).reduce((sum, { offset }) => sum + offset, 0n);
}

function endSum(snapshot: Snapshot, group: Group): bigint {
  return [...part(snapshot, "target").partitions.values()]
    .filter(({ topic }) => group.topics.includes(topic))
    .reduce((sum, { end }) => sum + end, 0n);
}
