/** Whether producing tiers have stopped. */
import { begun } from "../../runtime/judging/attested.ts";
import { shut } from "../../runtime/judging/problems.ts";
import { part } from "../../runtime/judging/reading.ts";
import { some, count } from "../../runtime/model/words.ts";
import { switchBegun } from "../../runtime/pega/history.ts";
import type { TierReading } from "../../runtime/pega/tiers.ts";
import { again, pegaGate } from "../gate.ts";

/** Producing tiers have no replicas, no pod (terminating ones counted) and no autoscaler. */
export const tiersStopped = pegaGate({
  name: "tiers-stopped",
  causes: ["tier-runs"],
  page: {
    closedBecause: "a producing tier has a replica, a pod or an autoscaler left",
    whatToDo: "`kubectl describe pod`; back to `prepare` starts them",
  },
  params: () => ({}),
  needs: { tiers: true, history: true },
  judge: (_params, snapshot) => {
    const revision = switchBegun(part(snapshot, "history"));
    if (revision !== null) return begun(revision);
    const { tiers, unread } = part(snapshot, "tiers");
    const producers = tiers.filter(({ tier }) => tier.role === "producer");
    const reasons = [
      ...producers.flatMap(running),
      ...unread.map((one) => `${one}; nothing may scale a producing tier up again`),
      ...tiers.flatMap(losing),
    ];
    if (reasons.length > 0) return shut("tier-runs", some(reasons, "reasons"));
    if (producers.length === 0) return { open: true, sentence: "no tier only produces, so none has to be stopped" };
    const names = producers.map(({ tier }) => tier.name).join(", ");
    return { open: true, sentence: `0 replicas, 0 pods and no autoscaler of ${names}` };
  },
  remedy: `see why they have not stopped (kubectl describe pod), then ${again}; set the phase back to prepare to start them`,
});

/** Why a producing tier has not stopped; empty if it has. Pure. */
function running({ tier, title, state, pods, autoscalers }: TierReading): string[] {
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
