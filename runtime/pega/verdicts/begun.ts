/** Gates of a switch that was begun and not carried through. */
import type { Verdict } from "../../model/gates.ts";
import type { ReleaseRevision } from "../release-revision.ts";

/**
 * Open: the gates were measured before the release was sent to the external Kafka, and its producers may run since. To
 * drain again would leave there what they have written.
 */
export const begun = ({ revision, deployedAt, status }: ReleaseRevision): Verdict => ({
  open: true,
  sentence: `revision ${revision} of the release (${status}) has begun the switch at ${deployedAt}; this was measured before it`,
});
