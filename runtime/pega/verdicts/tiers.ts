/** Whether producing tiers have stopped, and whether all tiers run. */
import { some, count } from "../../model/words.ts";
import { switchBegun } from "../history.ts";
import { partOf, type Of, type PegaJudge } from "../reading.ts";
import type { TierReading } from "../tiers.ts";
import { begun } from "./begun.ts";

export const tiersStopped: PegaJudge<Of<"tiers-stopped">> = {
  needs: () => ["tiers", "history"],
  judge(_condition, snapshot) {
    const revision = switchBegun(partOf(snapshot, "history"));
    if (revision !== null) return begun(revision);
    const { tiers, unread } = partOf(snapshot, "tiers");
    const producers = tiers.filter(({ tier }) => tier.role === "producer");
    const reasons = [
      ...producers.flatMap(running),
      ...unread.map((one) => `${one}; nothing may scale a producing tier up again`),
      ...tiers.flatMap(losing),
    ];
    if (reasons.length > 0) return { open: false, sentence: some(reasons, "reasons") };
    if (producers.length === 0) return { open: true, sentence: "no tier only produces, so none has to be stopped" };
    const names = producers.map(({ tier }) => tier.name).join(", ");
    return { open: true, sentence: `0 replicas, 0 pods and no autoscaler of ${names}` };
  },
};

/** Why a producing tier has not stopped; empty if it has. Pure. */
export function running({ tier, title, state, pods, autoscalers }: TierReading): string[] {
  if (state === null) return [`${title} of tier ${tier.name} does not exist`];
  const { replicas, observed, counted } = state;
  const there = pods.map((pod) => `${pod.title} of tier ${tier.name} is ${pod.terminating ? "terminating" : "there"}`);
  const behind = observed
    ? `the status of ${title} still counts ${count(counted.replicas, "pod")}`
    : `the status of ${title} does not speak of its newest spec yet`;
  return [
    ...(replicas > 0 ? [`tier ${tier.name} asks for ${count(replicas, "replica")}, 0 allowed`] : []),
    ...autoscalers.map((one) => `${one} scales tier ${tier.name}, none allowed`),
    ...there,
    ...(there.length === 0 && replicas === 0 && (!observed || counted.replicas > 0) ? [behind] : []),
  ];
}

/** The next row removes tiers of nodeType Stream and relies on their volumes staying. */
function losing({ tier, title, state }: TierReading): string[] {
  if (tier.role !== "stream" || state?.deletesVolumes !== true) return [];
  return [
    `${title} deletes its volumes with it; set its persistentVolumeClaimRetentionPolicy.whenDeleted to Retain first`,
  ];
}

export const tiersReady: PegaJudge<Of<"tiers-ready">> = {
  needs: () => ["tiers"],
  judge(_condition, snapshot) {
    const tiers = partOf(snapshot, "tiers").tiers.filter(({ tier }) => tier.role !== "stream");
    const reasons = tiers.flatMap((tier) => unready(tier) ?? fewer(tier) ?? []);
    if (reasons.length > 0) return { open: false, sentence: some(reasons, "tiers") };
    if (tiers.length === 0) return { open: false, sentence: "the values have no tier that would run" };
    const words = tiers.map(({ tier, state }) => `${tier.name} ${state?.replicas ?? 0}`).join(", ");
    return { open: true, sentence: `all pods of all tiers are ready: ${words}` };
  },
};

/** Why a tier is not ready: its newest spec seen, all pods of the newest template and ready, none left of an older. Pure. */
export function unready({ tier, title, state, pods }: TierReading): string | null {
  if (state === null) return `${title} of tier ${tier.name} does not exist`;
  const { replicas, observed, counted } = state;
  if (!observed) return `the status of ${title} does not speak of its newest spec yet`;
  const stuck = pods.find((pod) => pod.stuck !== null);
  if (stuck) return `${stuck.title} of tier ${tier.name} cannot start: ${stuck.stuck}`;
  const settled = counted.replicas === replicas && counted.updated === replicas && counted.ready === replicas;
  if (settled && pods.length === replicas && pods.every((pod) => pod.ready && !pod.terminating)) return null;
  const old = counted.replicas > counted.updated ? `, ${counted.replicas - counted.updated} of an older template` : "";
  // The status may be a moment older than the pods.
  const ready = Math.min(counted.ready, pods.filter((pod) => pod.ready && !pod.terminating).length);
  const leaving = pods.filter(({ terminating }) => terminating).map((pod) => `${pod.title} is terminating`);
  return [`tier ${tier.name} has ${ready} of ${count(replicas, "pod")} ready${old}`, ...leaving].join(", ");
}

/** A tier that came back smaller than it was. */
function fewer({ tier, state }: TierReading): string | null {
  if (state?.former == null || state.replicas >= state.former) return null;
  return `tier ${tier.name} asks for ${count(state.replicas, "replica")}, it had ${state.former} before it was drained`;
}
