/** Conditions on what the ledger says: the source no longer grows, offsets are placed, enough time has passed. */
import { verb, count } from "../runtime/model/words.ts";
import { partitionName } from "../runtime/brokers/partitions.ts";
import { lastEntry } from "../runtime/judging/ledger.ts";
import { open, closed, groupPending, rank, type Complaint } from "../runtime/judging/problems.ts";
import { part } from "../runtime/judging/reading.ts";
import { liveEntry } from "../runtime/model/ledger-text.ts";
import { again, gate } from "./gate.ts";

const causes = ["group-not-placed", "offset-missing", "offset-before-placed"] as const;
type Own = (typeof causes)[number];

/** Every offset that the last switch of consumers placed is committed on the target, or a later one. */
export const offsetsPlaced = gate({
  name: "offsets-placed",
  causes,
  about: "moved",
  page: {
    closedBecause: "an offset on the target is before the placed one",
    whatToDo: "find out who rewound the group; set the placed offset again, or let its consumers read past it",
  },
  params: () => ({}),
  needs: { targetGroups: true, ledger: true },
  judge: (_params, snapshot) => {
    // Twins were placed before the consumers stopped.
    const twins = liveEntry(part(snapshot, "ledger"), "twins");
    const entry = twins ?? lastEntry(snapshot, "consumers");
    const { committed } = part(snapshot, "targetGroups");
    if (snapshot.scope.groups.length === 0) return open("no group moves, so there are no offsets to check");
    // A group that has been removed from the config may have lost its offsets or been deleted by its owners.
    const moving = new Set(snapshot.scope.groups.map(({ name }) => name));
    const placements = entry.groups.filter(({ group }) => moving.has(group));
    const known = new Set(placements.map(({ group }) => group));
    const complaints = [...moving]
      .filter((group) => !known.has(group))
      .map((group): Complaint<Own> => ({
        cause: "group-not-placed",
        rank: rank.missing,
        sentence: `group ${group} is in the config, but ledger entry ${entry.number} has not placed it`,
        partition: false,
        group: true,
        remedy:
          "it was not part of the move: set its offsets on the target with kafka-consumer-groups.sh --reset-offsets, list it " +
          `under groups.ignore with the reason, then ${again}`,
      }));
    const broken = new Set<string>();
    for (const { group, topic, partition, placed } of placements) {
      const name = partitionName(topic, partition);
      const problem = committed.problems.get(group);
      const found = committed.groups.get(group)?.get(name)?.offset;
      if (problem !== undefined) {
        if (broken.has(group)) continue;
        broken.add(group);
        if (committed.pending.has(group)) {
          complaints.push(groupPending(group, "target", problem));
          continue;
        }
        const sentence = `offsets of group ${group} on the target could not be read: ${problem}`;
        complaints.push({ cause: "not-measured", rank: rank.unmeasured, sentence, partition: false });
      } else if (found === undefined) {
        const sentence = `group ${group} has no committed offset for ${name} on the target, but ${placed} was placed`;
        complaints.push({ cause: "offset-missing", rank: rank.missing, sentence, partition: true });
      } else if (found < BigInt(placed)) {
        const sentence = `group ${group} is at ${found} of ${name} on the target, before the ${placed} that was placed`;
        complaints.push({
          cause: "offset-before-placed",
          rank: rank.left,
          weight: BigInt(placed) - found,
          sentence,
          partition: true,
        });
      }
    }
    if (complaints.length > 0) return closed(complaints);
    const groups = new Set(placements.map(({ group }) => group)).size;
    return open(
      `${count(placements.length, "offset")} of ${count(groups, "group")} on the target ${verb(placements.length, "is at or after where it was", "are at or after where they were")} placed`,
    );
  },
  remedy:
    "find out who changed the offset; set it to the placed one on the target with kafka-consumer-groups.sh " +
    `--reset-offsets --to-offset while its consumers are stopped, or let them read past it, then ${again}; a group that is no longer needed goes under ` +
    "groups.ignore with the reason",
});
