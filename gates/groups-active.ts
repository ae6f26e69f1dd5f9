/** Whether consumer groups have read all of the source, and whether they read on the target. */
import { recreatedOnTarget } from "../runtime/judging/recreated.ts";
import { open, closed, rank, shut, unmeasured, type Complaint } from "../runtime/judging/problems.ts";
import { partitionName } from "../runtime/brokers/partitions.ts";
import { externalComplaints, ownersMoveIt } from "../runtime/judging/externals.ts";
import {
  unreadable,
  type Unread,
  counted,
  unread,
  logsOf,
  type Group,
  committedSum,
} from "../runtime/judging/groups.ts";
import { entryOf } from "../runtime/judging/ledger.ts";
import { part, type Snapshot } from "../runtime/judging/reading.ts";
import { externalsOf, externalTitle } from "../runtime/model/externals.ts";
import { heldBack, keepers, positionsOf } from "../runtime/model/own-positions.ts";
import type { Cause } from "../runtime/model/causes.ts";
import { count, verb } from "../runtime/model/words.ts";
import { reads } from "../runtime/model/workloads.ts";
import { again, gate } from "./gate.ts";

const causes = ["no-members", "group-rebalances", "group-stuck", "external-consumer-absent"] as const;
type Own = (typeof causes)[number];

/**
 * Every group has members on the target, and reads: it has advanced since an earlier reading or has read it all. Of a group
 * that may have no members none is waited for.
 * External workloads have moved.
 */
export const groupsActive = gate({
  name: "groups-active",
  causes,
  about: "moved",
  page: {
    closedBecause: "a group has no members or does not advance",
    whatToDo: "look at its pods",
  },
  params: ({ workloads }): { readonly externals?: true; readonly own?: true } => ({
    ...(workloads.some(({ kind }) => kind === "external") && { externals: true }),
    ...(workloads.some((one) => one.role !== "producer" && one.positions === "own") && { own: true }),
  }),
  movement: {},
  needs: ({ externals, own }) => ({
    target: true,
    targetGroups: true,
    marks: true,
    ...(externals && { sourceGroups: true, ledger: true }),
    ...(own && { ledger: true }),
  }),
  wants: (_params, snapshot) => ({
    side: "target",
    isolation: "read_committed",
    ranges: snapshot.scope.groups.flatMap((group) => unreadOfTarget(snapshot, group).map(({ range }) => range)),
  }),
  judge: ({ externals, own }, snapshot, earlier) => {
    const topics = new Set(snapshot.scope.groups.flatMap((group) => group.topics));
    const complaints = [
      ...unmeasured(part(snapshot, "target"), topics),
      ...recreatedOnTarget(snapshot),
      ...unreadable(snapshot, "targetGroups", "target"),
      ...(externals ? externalComplaints(snapshot) : []),
      ...(own ? unapplied(snapshot) : []),
    ];
    if (snapshot.scope.groups.length === 0 && complaints.length === 0) {
      return open("no group moves, so there is no group to wait for");
    }
    const before = earlier[0];
    if (before === undefined)
      return shut("one-reading", "only one reading so far; it takes two to see whether groups progress");
    const seconds = Math.round((snapshot.takenAt - before.takenAt) / 1000);
    let advancing = 0n;
    let idle = 0;
    let resting = 0;
    for (const group of snapshot.scope.groups) {
      const state = part(snapshot, "targetGroups").states.groups.get(group.name);
      if (state === undefined) continue;
      const keeping = positionsOf(snapshot.scope, group.name);
      if (group.idle && state.members.length === 0 && keeping === undefined) {
        resting += 1;
        continue;
      }
      // Clients that are assigned partitions by hand are members of nothing.
      const absent = keeping === undefined ? notReading(snapshot, group, state) : null;
      if (absent !== null) {
        complaints.push(absent);
        continue;
      }
      const advanced = committedSum(snapshot, "targetGroups", group) - committedSum(before, "targetGroups", group);
      // One that commits beside its own positions may do so every few minutes.
      if (advanced > 0n || (keeping === "own" && committedSince(snapshot, group))) {
        advancing += 1n;
        continue;
      }
      const complaint = stuck(snapshot, group, endSum(snapshot, group) - endSum(before, group), seconds);
      if (complaint === null) idle += 1;
      else complaints.push(complaint);
    }
    if (complaints.length > 0) return closed(complaints);
    const parts = [
      advancing > 0n ? `${count(advancing, "group")} advanced in ${seconds} s` : "",
      idle > 0 ? `${count(idle, "group")} ${verb(idle, "has", "have")} read everything` : "",
      resting > 0 ? `${count(resting, "group")} ${verb(resting, "has", "have")} no members, as is expected` : "",
    ];
    return { open: true, sentence: `on the target ${parts.filter(Boolean).join(", ")}` };
  },
  remedy: `look at the consumers on the target, raise gates.movementSeconds if they commit more rarely, then ${again}`,
});

/** Consumers that keep their own positions and of which nobody has said that they have got the new ones. */
function unapplied(snapshot: Snapshot): Complaint<Own>[] {
  const held = heldBack(keepers(snapshot.scope), part(snapshot, "ledger"), snapshot.takenAt);
  return held.map(({ consumer, entry, reason }) => ({
    cause: "positions-unapplied",
    rank: rank.missing,
    sentence: `consumer ${consumer.name} keeps its own positions, and has to be given those of ledger entry ${entry.number}: ${reason}`,
    partition: false,
    remedy: `put them into its own store, say so under workloads with positionsApplied (by, at, words), then ${again}`,
  }));
}

/** Whether a group has committed anything on the target since it was placed there. */
function committedSince(snapshot: Snapshot, group: Group): boolean {
  const entry = entryOf(snapshot, "consumers");
  const at = part(snapshot, "targetGroups").committed.groups.get(group.name);
  return (entry?.groups ?? []).some(({ group: name, topic, partition, placed }) => {
    const offset = at?.get(partitionName(topic, partition))?.offset;
    return name === group.name && offset !== undefined && offset > BigInt(placed);
  });
}

function unreadOfTarget(snapshot: Snapshot, group: Group): Unread[] {
  const { partitions } = part(snapshot, "target");
  return unread(group, part(snapshot, "targetGroups"), partitions, ({ stable }) => stable);
}

const startOrRest =
  "start its consumers there, or see why they do not join; a group that has none at times, of a workload that is scaled to " +
  `zero or a sink that its owners have stopped, goes under groups.idle with the reason; then ${again}`;

function notReading(
  { scope }: Snapshot,
  group: Group,
  { state, members }: { state: string; members: readonly unknown[] },
): Complaint<Own> | null {
  const complain = (cause: Cause | Own, sentence: string): Complaint<Own> => ({
    cause,
    rank: rank.missing,
    sentence,
    partition: false,
  });
  if (members.length === 0) {
    const owned = externalsOf(scope, reads).filter(({ groups }) => groups.includes(group.name));
    if (owned.length === 0) {
      const sentence = `group ${group.name} has no members on the target`;
      return { ...complain("no-members", sentence), remedy: startOrRest };
    }
    const who = owned.map(({ name }) => name).join(", ");
    const sentence = `group ${group.name} has no members on the target; external ${externalTitle(owned)} ${who} has to join it there`;
    return { ...complain("external-consumer-absent", sentence), remedy: ownersMoveIt };
  }
  if (state === "Stable") return null;
  return complain("group-rebalances", `group ${group.name} is in state ${state} on the target; it must be Stable`);
}

/** What is wrong with a group that has not advanced, or null if there was nothing to read. */
function stuck(snapshot: Snapshot, group: Group, grown: bigint, seconds: number): Complaint<Own> | null {
  for (const { range, committed } of unreadOfTarget(snapshot, group)) {
    const { found, problem } = counted(snapshot, range);
    const name = partitionName(range.topic, range.partition);
    if (found === undefined)
      return {
        cause: "not-counted",
        rank: rank.uncounted,
        sentence: `${name} could not be counted: ${problem}`,
        partition: true,
      };
    const { exact } = found;
    const left = exact ? BigInt(found.records) : range.to - range.from;
    if (left === 0n) continue;
    const position = committed === null ? "nothing committed" : `committed ${committed}`;
    const traffic = grown > 0n ? ` while its topics grew by ${count(grown, "offset")}` : "";
    const sentence =
      `group ${group.name} has not advanced on the target in ${seconds} s${traffic}: ` +
      `${exact ? "" : "at most "}${count(left, "record")} left to read in ${name} (${position}, end ${range.to})`;
    return { cause: "group-stuck", rank: rank.left, weight: left, sentence, partition: false };
  }
  return null;
}

function endSum(snapshot: Snapshot, group: Group): bigint {
  return logsOf(group, part(snapshot, "target").partitions).reduce((sum, { end }) => sum + end, 0n);
}
