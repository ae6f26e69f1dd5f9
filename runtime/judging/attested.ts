/** What a person vouches for: who, when, and whether it was said late enough to count; and what was measured before. */
import { doubt, wordsOf, type Asking, type Attestation } from "../model/attestation.ts";
import type { Verdict } from "../model/gates.ts";
import type { PegaScope } from "../model/pega.ts";
import { isDrained, since } from "../pega/history.ts";
import type { ReleaseRevision } from "../pega/release-revision.ts";
import { producersOf } from "../pega/tiers.ts";
import type { PegaSnapshot } from "./pega-reading.ts";
import { shut } from "./problems.ts";
import { Closed, part } from "./reading.ts";

/** A revision of the release, as what makes an attestation worth asking for; null where nothing was changed. */
export const askedBy = (revision: ReleaseRevision | null): Asking | null =>
  revision && {
    at: revision.deployedAt,
    words: `revision ${revision.revision} of the release began at ${revision.deployedAt}`,
  };

/** The revision that stopped the producing tiers; null where no tier only produces. Throws `Closed` if none has. */
export function drainedBy(snapshot: PegaSnapshot): ReleaseRevision | null {
  const producers = producersOf(snapshot.scope).map(({ name }) => name);
  if (producers.length === 0) return null;
  const revision = since(part(snapshot, "history"), (one) => isDrained(one, producers));
  if (revision !== null) return revision;
  const sentence = `the newest revision of the release does not have tier ${producers.join(", ")} at 0 replicas without autoscaling`;
  throw new Closed(shut("not-drained", sentence));
}

/** Open if it counts what a person vouches for after the drain. Throws `Closed` if nothing was drained. */
export function vouched(attested: Attestation, snapshot: PegaSnapshot, what: string): Verdict {
  const doubted = doubt(attested, askedBy(drainedBy(snapshot)), snapshot.takenAt);
  if (doubted !== null) return shut("attestation-doubted", doubted);
  return { open: true, sentence: `${what}, says ${wordsOf(attested)}` };
}

/**
 * Open: the gates were measured before the release was sent to the external Kafka, and its producers may run since. To
 * drain again would leave there what they have written.
 */
export const begun = ({ revision, deployedAt, status }: ReleaseRevision): Verdict => ({
  open: true,
  sentence: `revision ${revision} of the release (${status}) has begun the switch at ${deployedAt}; this was measured before it`,
});

/** Names of tiers that produce and consume, whose producing work only a person can stop. */
export const tiersOfBoth = ({ tiers }: PegaScope): readonly string[] =>
  tiers.filter(({ role }) => role === "both").map(({ name }) => name);
