/** Whether consumer groups have read all of the source, and whether they read on the target. */
import { byTopic, partitionName } from "../brokers/partitions.ts";
import type { PartitionLog } from "../brokers/positions.ts";
import { rangeName, type Counted, type Range } from "../brokers/ranges.ts";
import { positionsOf } from "../model/own-positions.ts";
import { outside, outsideRemedy, readsPartition } from "../model/group-reads.ts";
import { once } from "../model/once.ts";
import type { Scope } from "../model/scope.ts";
import type { SideName } from "../model/sides.ts";
import type { Watched } from "./lag.ts";
import { groupPending, groupUnmeasured, rank, type Complaint } from "./problems.ts";
import { part, type GroupsReading, type Snapshot } from "./reading.ts";

export type Group = Scope["groups"][number];

/** What a group has not read yet in one partition. */
export interface Unread {
  readonly group: string;
  readonly range: Range;
  readonly committed: bigint | null;
}

/**
 * In every partition that the group reads; `committed` is null where it never committed. Only the logs of its own topics
 * are looked at: there may be a thousand groups, and ten thousand topics.
 */
export function unread(
  group: Group,
  reading: GroupsReading,
  logs: ReadonlyMap<string, PartitionLog>,
  end: (log: PartitionLog) => bigint,
): Unread[] {
  const offsets = reading.committed.groups.get(group.name);
  return logsOf(group, logs)
    .filter(({ topic, partition }) => readsPartition(group, topic, partition))
    .map((log): Unread => {
      const { topic, partition, start } = log;
      const committed = offsets?.get(partitionName(topic, partition))?.offset ?? null;
      // A group that has never committed has read nothing: everything in the log is left.
      const from = committed !== null && committed > start ? committed : start;
      return { group: group.name, range: { topic, partition, from, to: end(log) }, committed };
    })
    .filter(({ range }) => range.from < range.to);
}

/** The logs of the topics that a group reads. */
export function logsOf(group: Group, logs: ReadonlyMap<string, PartitionLog>): PartitionLog[] {
  const index = byTopic(logs);
  return group.topics.flatMap((topic) => index.get(topic) ?? []);
}

const topicsOf = once((group: Group) => new Set(group.topics));

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
  const topics = topicsOf(group);
  let sum = 0n;
  for (const { topic, offset } of part(snapshot, side).committed.groups.get(group.name)?.values() ?? []) {
    if (topics.has(topic)) sum += offset;
  }
  return sum;
}

/**
 * Groups whose offsets are committed by clients that do not join them, where the config does not say whose position
 * counts: a place on the target would mean nothing to a client that begins at its own. `earlier` readings show offsets
 * that advance while nobody is a member.
 */
export function unsaid(snapshot: Snapshot, before: Snapshot | undefined): Complaint[] {
  const { scope } = snapshot;
  // Twins begin at the beginning.
  if (scope.workloads.some(({ role }) => role === "twin")) return [];
  const { states } = part(snapshot, "sourceGroups");
  return scope.groups.flatMap((group): Complaint[] => {
    const state = states.groups.get(group.name);
    if (state === undefined || state.members.length > 0 || positionsOf(scope, group.name) !== undefined) return [];
    const sum = committedSum(snapshot, "sourceGroups", group);
    const former = before && part(before, "sourceGroups").states.groups.get(group.name);
    const alone = before !== undefined && former?.members.length === 0;
    const advances = alone && sum > committedSum(before, "sourceGroups", group);
    if (!advances && (state.simple === undefined || sum === 0n)) return [];
    const found = advances ? "advance although it has no members" : "were committed by clients that never joined it";
    const sentence = `the offsets of group ${group.name} ${found}, so its consumers may begin at positions of their own`;
    return [{ cause: "positions-unsaid", rank: rank.missing, sentence, partition: false, remedy: sayWhose }];
  });
}

const sayWhose =
  "say under workloads whose positions count for its consumer: positions: own (Flink, Spark, a sink that stores offsets) " +
  "or positions: group (assigned by hand, but begins at the group's offsets), then run pulumi up again";

/** Groups with offsets in partitions that the config says are not their own. */
export const strays = ({ scope }: Snapshot, { committed }: GroupsReading): Complaint[] =>
  outsideComplaints(scope.groups.flatMap((group) => outside(group, committed.groups.get(group.name))));

export const outsideComplaints = (sentences: readonly string[]): Complaint[] =>
  sentences.map((sentence) => ({
    cause: "partition-not-its-own",
    rank: rank.missing,
    sentence,
    partition: false,
    remedy: `${outsideRemedy}, then run pulumi up again`,
  }));
