import { askedBy, begun, drainedBy, tiersOfBoth } from "../../runtime/judging/attested.ts";
import { shut } from "../../runtime/judging/problems.ts";
import { part } from "../../runtime/judging/reading.ts";
import { doubt, wordsOf } from "../../runtime/model/attestation.ts";
import { switchBegun } from "../../runtime/pega/history.ts";
import { again, pegaGate } from "../gate.ts";

/** An operator has stopped the producing work of tiers that do both. */
export const producersAttested = pegaGate({
  name: "producers-attested",
  page: {
    closedBecause: "no attestation says that the producing work of tiers that do both is stopped",
    whatToDo: "stop it in Pega, then `drain.producersStopped`",
  },
  params: ({ drain: { producersStopped: attested } }, scope) => ({
    tiers: tiersOfBoth(scope),
    ...(attested && { attested }),
  }),
  needs: ({ tiers }) => (tiers.length === 0 ? {} : { history: true }),
  judge: ({ tiers, attested }, snapshot) => {
    if (tiers.length === 0) return { open: true, sentence: "no tier both produces and consumes" };
    const revision = switchBegun(part(snapshot, "history"));
    if (revision !== null) return begun(revision);
    const names = tiers.join(", ");
    if (attested === undefined) {
      const sentence = `tier ${names} both produces and consumes, and no attestation says that its producing work is stopped`;
      return shut("unattested", sentence);
    }
    const doubted = doubt(attested, askedBy(drainedBy(snapshot)), snapshot.takenAt);
    if (doubted !== null) return shut("attestation-doubted", doubted);
    return { open: true, sentence: `the producing work of tier ${names} is stopped, says ${wordsOf(attested)}` };
  },
  remedy: `stop the producing work of these tiers, set drain.producersStopped (by, at, words) and ${again}`,
});
