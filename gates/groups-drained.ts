/** Whether consumer groups have read all of the source, and whether they read on the target. */
import { partitionName } from "../runtime/brokers/partitions.ts";
import { holdsNothing, type Range } from "../runtime/brokers/ranges.ts";
import {
  unreadable,
  type Unread,
  unread,
  advanced,
  counted,
  strays,
  unsaid,
  type Group,
} from "../runtime/judging/groups.ts";
import { behind, type Lag } from "../runtime/judging/lag.ts";
import { countedGrowth, growth, lastEntry, ledgerComplaints } from "../runtime/judging/ledger.ts";
import { copiedBack } from "../runtime/judging/mirror.ts";
import { closed, open, rank } from "../runtime/judging/problems.ts";
import { type Snapshot, part } from "../runtime/judging/reading.ts";
import { beginnings, type Beginning, type Begun } from "../runtime/model/group-reads.ts";
import type { LedgerEntry } from "../runtime/model/ledger.ts";
import { count } from "../runtime/model/words.ts";
import { acceptRemedy, endsToRead } from "../runtime/placement/accepted-ends.ts";
import { again, gate, ofWayBack } from "./gate.ts";

/** Every group has read every record of the source up to the last switch of producers. */
export const groupsDrained = gate({
  name: "groups-drained",
  page: {
    closedBecause: "a group has records left to read",
    whatToDo:
      "start its consumers on the source, or wait; list a group that is no longer needed under `groups.ignore`; where it never commits, say where it begins: `unread` of the group in `groups.migrate`",
  },
  params: () => ({}),
  needs: (_params, scope) => ({ source: true, sourceGroups: true, ledger: true, pins: true, ...ofWayBack(scope) }),
  wants: (_params, snapshot) => ({
    side: "source",
    isolation: "read_committed",
    ranges: leftOnSource(snapshot)
      .map(({ range }) => range)
      .concat(ownGrowth(snapshot, lastEntry(snapshot, "producers"))),
  }),
  judge: (_params, snapshot, earlier) => {
    const entry = lastEntry(snapshot, "producers");
    const { committed, states } = part(snapshot, "sourceGroups");
    const complaints = [...ledgerComplaints(snapshot, entry), ...unreadable(snapshot, "sourceGroups", "source")];
    complaints.push(...strays(snapshot, part(snapshot, "sourceGroups")), ...unsaid(snapshot, earlier[0]));
    const begun: Begun[] = [];
    for (const range of ownGrowth(snapshot, entry)) {
      const { topic, partition, from, to } = range;
      const counted = countedGrowth(snapshot, range);
      // A marker of a transaction that ended late is nothing to read; what an open one holds back may be.
      const { stable, end } = part(snapshot, "source").partitions.get(partitionName(topic, partition))!;
      if (holdsNothing(counted) && stable === end) continue;
      const sentence = `the source grew past ledger entry ${entry.number} in ${partitionName(topic, partition)}: offsets ${from}..${to - 1n}`;
      complaints.push({
        cause: "source-grew",
        rank: rank.grown,
        weight: to - from,
        sentence,
        partition: true,
        remedy: `${acceptRemedy}; then ${again}`,
      });
    }
    const unreadOf = unreadOfSource(snapshot);
    for (const group of snapshot.scope.groups) {
      if (committed.problems.has(group.name)) continue;
      const lags: Lag[] = [];
      for (const unread of unreadOf(group)) {
        // Where it begins on the target is said, so there is nothing that it has to read here.
        const begins = beginning(group, unread);
        if (begins !== undefined) {
          begun.push({ group: group.name, unread: begins });
          continue;
        }
        const { found, problem } = counted(snapshot, unread.range);
        const name = partitionName(unread.range.topic, unread.range.partition);
        if (found === undefined) {
          const sentence = `${name} could not be counted for group ${group.name}: ${problem}`;
          complaints.push({ cause: "not-counted", rank: rank.uncounted, sentence, partition: true });
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
    return open([sentence, beginnings(begun)].filter(Boolean).join("; "));
  },
  remedy: `${again} once the groups have read the source to its end`,
});

/** What is not a copy of the mirror back: an update that was killed once it ran finds that there. */
const ownGrowth = (snapshot: Snapshot, entry: LedgerEntry): Range[] =>
  growth(snapshot, entry).filter(({ topic }) => !copiedBack(snapshot).has(topic));

/** What a group has not read; what is the same for all groups is worked out before the first of them. */
function unreadOfSource(snapshot: Snapshot): (group: Group) => Unread[] {
  const ends = endsToRead(snapshot.scope, lastEntry(snapshot, "producers"));
  const { partitions } = part(snapshot, "source");
  const reading = part(snapshot, "sourceGroups");
  return (group) =>
    unread(group, reading, partitions, ({ topic, partition }) => ends.get(partitionName(topic, partition)) ?? 0n);
}

/** Where the config lets a group begin on the target in a partition that it never committed. */
const beginning = (group: Group, { committed }: Unread): Beginning | undefined =>
  committed === null ? group.unread : undefined;

/** What groups still have to read on the source. */
function leftOnSource(snapshot: Snapshot): Unread[] {
  const unreadOf = unreadOfSource(snapshot);
  return snapshot.scope.groups.flatMap((group) => unreadOf(group).filter((one) => beginning(group, one) === undefined));
}
