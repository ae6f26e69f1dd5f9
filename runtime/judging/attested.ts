/** What a person vouches for: who, when, and whether it was said late enough to count; and what was measured before. */
import type { Verdict } from "../model/gates.ts";
import type { Attestation, PegaScope } from "../model/pega.ts";
import { isDrained, since } from "../pega/history.ts";
import type { ReleaseRevision } from "../pega/release-revision.ts";
import { producersOf } from "../pega/tiers.ts";
import type { PegaSnapshot } from "./pega-reading.ts";
import { shut } from "./problems.ts";
import { Closed, part } from "./reading.ts";

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
  const revision = since(part(snapshot, "history"), (one) => isDrained(one, producers));
  if (revision !== null) return revision;
  const sentence = `the newest revision of the release does not have tier ${producers.join(", ")} at 0 replicas without autoscaling`;
  throw new Closed(shut("not-drained", sentence));
}

/** Open if it counts what a person vouches for after the drain. Throws `Closed` if nothing was drained. */
export function vouched(attested: Attestation, snapshot: PegaSnapshot, what: string): Verdict {
  const doubted = doubt(attested, drainedBy(snapshot), snapshot.takenAt);
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
