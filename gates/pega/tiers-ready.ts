/** Whether all tiers run. */
import { shut } from "../../runtime/judging/problems.ts";
import { part } from "../../runtime/judging/reading.ts";
import { some, count } from "../../runtime/model/words.ts";
import { unready, type TierReading } from "../../runtime/pega/tiers.ts";
import { again, pegaGate } from "../gate.ts";

/** Every tier runs its newest spec with all its pods ready, as many as before the drain. */
export const tiersReady = pegaGate({
  name: "tiers-ready",
  causes: ["tier-unready", "no-tier"],
  page: {
    closedBecause: "a tier has pods that are not ready, or fewer replicas than before the drain",
    whatToDo: "see its pods; `kubectl describe pod`",
  },
  params: () => ({}),
  needs: { tiers: true },
  judge: (_params, snapshot) => {
    const tiers = part(snapshot, "tiers").tiers.filter(({ tier }) => tier.role !== "stream");
    const reasons = tiers.flatMap((tier) => unready(tier) ?? fewer(tier) ?? []);
    if (reasons.length > 0) return shut("tier-unready", some(reasons, "tiers"));
    if (tiers.length === 0) return shut("no-tier", "the values have no tier that would run");
    const words = tiers.map(({ tier, state }) => `${tier.name} ${state?.replicas ?? 0}`).join(", ");
    return { open: true, sentence: `all pods of all tiers are ready: ${words}` };
  },
  remedy: `${again} once they are ready`,
});

/** A tier that came back smaller than it was. */
function fewer({ tier, state }: TierReading): string | null {
  if (state?.former == null || state.replicas >= state.former) return null;
  return `tier ${tier.name} asks for ${count(state.replicas, "replica")}, it had ${state.former} before it was drained`;
}
