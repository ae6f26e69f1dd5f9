/** Whether groups that lag can move: an exact offset on the target is proved for each, or config allows another. */
import { outsideComplaints, unsaid } from "../runtime/judging/groups.ts";
import { entryOf } from "../runtime/judging/ledger.ts";
import { closed, groupPending, open, rank, type Complaint } from "../runtime/judging/problems.ts";
import { part, type Placing } from "../runtime/judging/reading.ts";
import { beginnings } from "../runtime/model/group-reads.ts";
import { count, verb } from "../runtime/model/words.ts";
import { placeable } from "../runtime/placement/lagging.ts";
import { again, gate } from "./gate.ts";

/** Every group can be placed, or has been. Records that are not mirrored yet are no obstacle: the switch waits for them. */
export const groupsPlaceable = gate({
  name: "groups-placeable",
  about: "moving",
  page: {
    closedBecause: "no exact place on the target can be proved for a group",
    whatToDo: "what the sentence says, or list the group under `groups.allowRedelivery` with the reason",
  },
  params: () => ({}),
  needs: { ledger: true, placing: true, sourceGroups: true },
  judge: (_params, snapshot, earlier) => {
    const entry = entryOf(snapshot, "consumers");
    if (entry !== null) return { open: true, sentence: `ledger entry ${entry.number} has placed the groups` };
    const { groups } = snapshot.scope;
    if (groups.length === 0) return open("no group moves, so there is no group to place");
    const placing = part(snapshot, "placing");
    const { placements, refused, behind } = placeable(groups, placing.positions, placing.found);
    const complaints = [
      ...refused.map((sentence): Complaint => ({
        cause: "not-placeable",
        rank: rank.left,
        sentence,
        partition: false,
      })),
      ...unsaid(snapshot, earlier[0]),
      ...outsideComplaints(placing.outside),
      ...[...placing.pending].map(([group, reason]) => groupPending(group, "source", reason)),
    ];
    if (complaints.length > 0) return closed(complaints);
    const waiting = behind.length === 0 ? "" : `, and in ${behind.length} more once the mirror has caught up`;
    const repeats = placements.reduce((total, each) => total + (each.repeats ?? 0), 0);
    const forecast =
      repeats === 0
        ? "nothing is read again"
        : `${count(repeats, "record")} ${verb(repeats, "is", "are")} read again, as allowed`;
    const begun = beginnings(placements.flatMap(({ group, unread }) => (unread ? [{ group, unread }] : [])));
    return {
      open: true,
      sentence:
        `${count(groups.length, "group")} can continue on the target in ${count(placements.length, "partition")}${waiting}: ` +
        `${forecast} (${translatedRepeats(placing)})${begun === "" ? "" : `; ${begun}`}`,
    };
  },
  remedy: `do what the sentence says, or name the group under groups.allowRedelivery with the reason, then ${again}`,
});

/** What MM2's own offsets would repeat, which shows what exact placement saves. */
function translatedRepeats({ found }: Placing): string {
  const known = found.flatMap(({ repeats }) => repeats ?? []);
  const none = found.filter(({ kind, translated }) => kind === "exact" && translated === null).length;
  const again = known.reduce((total, repeats) => total + repeats, 0);
  const missing = none === 0 ? "" : ` and it has none for ${count(none, "partition")}`;
  return `MirrorMaker 2's own offsets would repeat ${count(again, "record")}${missing}`;
}
