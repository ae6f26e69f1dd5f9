/** What a person vouches for: who, when, and whether it was said late enough to count. */
import { Closed } from "../../judging/reading.ts";
import type { Attestation } from "../../model/pega.ts";
import { isDrained, isExternal, since, switchBegun } from "../history.ts";
import { partOf, type Of, type PegaJudge, type PegaSnapshot } from "../reading.ts";
import type { ReleaseRevision } from "../release-revision.ts";
import { producersOf } from "../tiers.ts";
import { begun } from "./begun.ts";

/** Clocks of two machines may differ by this much. */
const skewMilliseconds = 60_000;

/** An attestation in words. */
export const wordsOf = ({ by, at, words }: Attestation): string => `${by} at ${at}: "${words}"`;

/**
 * Why an attestation does not count: it lies in the future, or before the revision that made it worth asking. Null if
 * it counts. Pure.
 */
export function doubt(attested: Attestation, after: ReleaseRevision | null, now: number): string | null {
  const at = Date.parse(attested.at);
  if (Number.isNaN(at)) return `the time "${attested.at}" that ${attested.by} attests is no ISO 8601 time`;
  if (at > now + skewMilliseconds) return `what ${attested.by} attests lies in the future (${attested.at})`;
  if (after !== null && at < Date.parse(after.deployedAt)) {
    return (
      `what ${attested.by} attests was seen at ${attested.at}, before revision ${after.revision} of the release began ` +
      `at ${after.deployedAt}; look again`
    );
  }
  return null;
}

/** The revision that stopped the producing tiers; null where no tier only produces. Throws `Closed` if none has. */
export function drainedBy(snapshot: PegaSnapshot): ReleaseRevision | null {
  const producers = producersOf(snapshot.scope).map(({ name }) => name);
  if (producers.length === 0) return null;
  const revision = since(partOf(snapshot, "history"), (one) => isDrained(one, producers));
  if (revision !== null) return revision;
  const sentence = `the newest revision of the release does not have tier ${producers.join(", ")} at 0 replicas without autoscaling`;
  throw new Closed({ open: false, sentence });
}

export const producersAttested: PegaJudge<Of<"producers-attested">> = {
  needs: ({ tiers }) => (tiers.length === 0 ? [] : ["history"]),
  judge({ tiers, attested }, snapshot) {
    if (tiers.length === 0) return { open: true, sentence: "no tier both produces and consumes" };
    const revision = switchBegun(partOf(snapshot, "history"));
    if (revision !== null) return begun(revision);
    const names = tiers.join(", ");
    if (attested === undefined) {
      const sentence = `tier ${names} both produces and consumes, and nobody has attested that its producing work is stopped`;
      return { open: false, sentence };
    }
    const doubted = doubt(attested, drainedBy(snapshot), snapshot.takenAt);
    if (doubted !== null) return { open: false, sentence: doubted };
    return { open: true, sentence: `the producing work of tier ${names} is stopped, says ${wordsOf(attested)}` };
  },
};

export const producersResumed: PegaJudge<Of<"producers-resumed">> = {
  needs: ({ tiers }) => (tiers.length === 0 ? [] : ["history"]),
  judge({ tiers, attested }, snapshot) {
    if (tiers.length === 0) return { open: true, sentence: "no tier both produces and consumes" };
    const names = tiers.join(", ");
    if (attested === undefined) {
      const sentence = `tier ${names} both produces and consumes, and nobody has attested that its producing work is started again`;
      return { open: false, sentence };
    }
    const switched = since(partOf(snapshot, "history"), isExternal);
    if (switched === null)
      return { open: false, sentence: "the newest revision of the release uses no external Kafka" };
    const doubted = doubt(attested, switched, snapshot.takenAt);
    if (doubted !== null) return { open: false, sentence: doubted };
    return { open: true, sentence: `the producing work of tier ${names} is started again, says ${wordsOf(attested)}` };
  },
};
