import { askedBy, tiersOfBoth } from "../../runtime/judging/attested.ts";
import { shut } from "../../runtime/judging/problems.ts";
import { part } from "../../runtime/judging/reading.ts";
import { doubt, wordsOf } from "../../runtime/model/attestation.ts";
import { isExternal, since } from "../../runtime/pega/history.ts";
import { again, pegaGate } from "../gate.ts";

/** An operator has started the producing work of tiers that do both again. */
export const producersResumed = pegaGate({
  name: "producers-resumed",
  page: {
    closedBecause: "no attestation says that the producing work of tiers that do both is started again",
    whatToDo: "start it in Pega, then `resume.producersStarted`",
  },
  params: ({ resume: { producersStarted: attested } }, scope) => ({
    tiers: tiersOfBoth(scope),
    ...(attested && { attested }),
  }),
  needs: ({ tiers }) => (tiers.length === 0 ? {} : { history: true }),
  judge: ({ tiers, attested }, snapshot) => {
    if (tiers.length === 0) return { open: true, sentence: "no tier both produces and consumes" };
    const names = tiers.join(", ");
    if (attested === undefined) {
      const sentence = `tier ${names} both produces and consumes, and no attestation says that its producing work is started again`;
      return shut("unattested", sentence);
    }
    const switched = since(part(snapshot, "history"), isExternal);
    if (switched === null)
      return shut("no-external-stream", "the newest revision of the release uses no external Kafka");
    const doubted = doubt(attested, askedBy(switched), snapshot.takenAt);
    if (doubted !== null) return shut("attestation-doubted", doubted);
    return { open: true, sentence: `the producing work of tier ${names} is started again, says ${wordsOf(attested)}` };
  },
  remedy: `start the producing work of these tiers, set resume.producersStarted (by, at, words) and ${again}`,
});
