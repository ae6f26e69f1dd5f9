/** Judges any condition of a Pega migration by a snapshot; pure. */
import { Closed } from "../judging/reading.ts";
import type { Verdict } from "../model/gates.ts";
import type { PegaCondition, PegaScope } from "../model/pega.ts";
import type { Of, PegaJudge, PegaPart, PegaSnapshot } from "./reading.ts";
import { producersAttested, producersResumed } from "./verdicts/attested.ts";
import { clusterFit, namesFree, streamInUse } from "./verdicts/cluster.ts";
import { flowsAtEnd, queuesEmpty } from "./verdicts/drained.ts";
import { soaked, volumesNamed } from "./verdicts/kept.ts";
import { lossAccepted } from "./verdicts/lost.ts";
import { tiersReady, tiersStopped } from "./verdicts/tiers.ts";

const judges: { readonly [Kind in PegaCondition["kind"]]: PegaJudge<Of<Kind>> } = {
  "cluster-fit": clusterFit,
  "names-free": namesFree,
  "producers-attested": producersAttested,
  "producers-resumed": producersResumed,
  "tiers-stopped": tiersStopped,
  "queues-empty": queuesEmpty,
  "flows-at-end": flowsAtEnd,
  "loss-accepted": lossAccepted,
  "tiers-ready": tiersReady,
  "stream-in-use": streamInUse,
  soaked,
  "volumes-named": volumesNamed,
};

const judgeOf = (condition: PegaCondition) => judges[condition.kind] as PegaJudge<PegaCondition>;

/** Names of the measurements that a condition is judged by. */
export const pegaNeeds = (condition: PegaCondition, scope: PegaScope): readonly PegaPart[] =>
  judgeOf(condition).needs(condition, scope);

/**
 * Whether the condition holds, and the sentence that says why. `earlier` snapshots of the same gate, oldest first,
 * tell movement from standing still. What could not be measured is closed.
 */
export function judgePega(
  condition: PegaCondition,
  snapshot: PegaSnapshot,
  earlier: readonly PegaSnapshot[] = [],
): Verdict {
  try {
    const names = pegaNeeds(condition, snapshot.scope);
    const whole = earlier.filter((one) => names.every((name) => "value" in (one[name] ?? {})));
    return judgeOf(condition).judge(condition, snapshot, whole);
  } catch (error) {
    if (error instanceof Closed) return error.verdict;
    throw error;
  }
}
