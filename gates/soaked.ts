/** Conditions on what the ledger says: the source no longer grows, offsets are placed, enough time has passed. */
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
    const last = part(snapshot, "ledger").at(-1);
    if (last === undefined) return { open: false, sentence: "no switch is recorded in the ledger" };
    const minutes = Math.floor((snapshot.takenAt - Date.parse(last.writtenAt)) / 60_000);
    const age = `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
    return { open: minutes >= hours * 60, sentence: `the last switch was ${age} ago, ${hours} h required` };
  },
  remedy: `${again} once that time has passed`,
});
