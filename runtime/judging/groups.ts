/** Whether consumer groups have read all of the source, and whether they read on the target. */
import { rangeName, type Counted, type Range } from "../brokers/log.ts";
import { partitionName } from "../brokers/partitions.ts";
import type { PartitionLog } from "../brokers/positions.ts";
import type { Scope } from "../model/scope.ts";
import type { SideName } from "../model/sides.ts";
import type { Watched } from "./lag.ts";
import { groupPending, groupUnmeasured, type Complaint } from "./problems.ts";
import { part, type GroupsReading, type Snapshot } from "./reading.ts";

export type Group = Scope["groups"][number];

/** What a group has not read yet in one partition. */
export interface Unread {
  readonly group: string;
  readonly range: Range;
  readonly committed: bigint | null;
}

export function unread(
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
      // A group that has never committed has read nothing: everything in the log is left.
      const from = committed !== null && committed > start ? committed : start;
      return { group: group.name, range: { topic, partition, from, to: end(log) }, committed };
    })
    .filter(({ range }) => range.from < range.to);
}

export function advanced(snapshot: Snapshot, before: Snapshot | undefined, group: Group): Watched["advanced"] {
  if (before === undefined) return undefined;
  const offsets = committedSum(snapshot, "sourceGroups", group) - committedSum(before, "sourceGroups", group);
  return { offsets, seconds: Math.round((snapshot.takenAt - before.takenAt) / 1000) };
}

export function counted(snapshot: Snapshot, range: Range): { found: Counted | undefined; problem: string } {
  const counts = part(snapshot, "counts");
  const name = rangeName(range);
  return { found: counts.counts.get(name), problem: counts.problems.get(name) ?? "it was not counted" };
}

export function unreadable(snapshot: Snapshot, name: "sourceGroups" | "targetGroups", side: SideName): Complaint[] {
  const { committed, states } = part(snapshot, name);
  return snapshot.scope.groups.flatMap((group) => {
    const problem = committed.problems.get(group.name) ?? states.problems.get(group.name);
    if (problem === undefined) return [];
    const pending = committed.pending.has(group.name) && !states.problems.has(group.name);
    return [pending ? groupPending(group.name, side, problem) : groupUnmeasured(group.name, side, problem)];
  });
}

export function committedSum(snapshot: Snapshot, side: "sourceGroups" | "targetGroups", group: Group): bigint {
  const offsets = part(snapshot, side).committed.groups.get(group.name)?.values() ?? [];
  return [...offsets].filter(({ topic }) => group.topics.includes(topic)).reduce((sum, { offset }) => sum + offset, 0n);
}
