/** Conditions on what the ledger says: the source no longer grows, offsets are placed, enough time has passed. */
import { notRecorded } from "../runtime/judging/ledger.ts";
import { open, shut } from "../runtime/judging/problems.ts";
import { part } from "../runtime/judging/reading.ts";
import { again, gate } from "./gate.ts";

/** The ledger's last entry is old enough. */
export const soaked = gate({
  name: "soaked",
  page: {
    closedBecause: "the switch was too recent",
    whatToDo: "wait, or lower `retire.soakHours`",
  },
  params: ({ retire }) => ({ hours: retire.soakHours }),
  needs: { ledger: true },
  judge: ({ hours }, snapshot) => {
    // Nobody moved when a way back was closed.
    const last = part(snapshot, "ledger").findLast(({ closing }) => closing === undefined);
    if (last === undefined) return notRecorded("no switch is recorded in the ledger");
    const minutes = Math.floor((snapshot.takenAt - Date.parse(last.writtenAt)) / 60_000);
    const age = `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
    const sentence = `the last switch was ${age} ago, ${hours} h required`;
    return minutes >= hours * 60 ? open(sentence) : shut("too-soon", sentence);
  },
  remedy: `${again} once that time has passed`,
});
