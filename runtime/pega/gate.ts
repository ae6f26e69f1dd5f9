/** Gates of a migration of Pega. */
import type { GateKind } from "../model/gate-kind.ts";
import type { PegaGateInputs } from "../model/gates.ts";
import type { PegaCondition } from "../model/pega.ts";
import { judgePega } from "./judge.ts";
import { pegaSnapshot } from "./measure.ts";
import type { PegaSnapshot } from "./reading.ts";

/** Growth is judged over the readings of this long: Pega may write to a stream once in minutes. */
const growthMilliseconds = 600_000;

export function pegaGate({ pega, condition }: PegaGateInputs): GateKind<PegaSnapshot> {
  return {
    movement: condition.kind === "stream-in-use",
    windowMilliseconds: condition.kind === "stream-in-use" ? growthMilliseconds : 0,
    read: (options) => pegaSnapshot(pega, condition, options),
    judge: (reading, earlier) => judgePega(condition, reading, earlier),
    remedy: pegaRemedy(condition),
  };
}

/** What to do where a gate of this kind is closed, as the end of its sentence. Pure. */
export function pegaRemedy(condition: PegaCondition): string {
  const again = "run pulumi up again";
  switch (condition.kind) {
    case "cluster-fit":
      return `set the target's cluster as the sentence says, then ${again}`;
    case "names-free":
      return `see whose those names are; delete them or choose another stream.namePattern, then ${again}`;
    case "producers-attested":
      return `stop the producing work of these tiers, set drain.producersStopped (by, at, words) and ${again}`;
    case "producers-resumed":
      return `start the producing work of these tiers, set resume.producersStarted (by, at, words) and ${again}`;
    case "tiers-stopped":
      return `see why they have not stopped (kubectl describe pod), then ${again}; set the phase back to prepare to start them`;
    case "queues-empty":
      return condition.probe === undefined
        ? `look into Admin Studio, set drain.queues.attested (by, at, words) and ${again}`
        : `${again} once the queues are empty`;
    case "flows-at-end":
      return `read the last IDs again once the flows have processed the rest, set drain.flows and ${again}`;
    case "loss-accepted":
      return again;
    case "tiers-ready":
      return `${again} once they are ready`;
    case "stream-in-use":
      return `see whether Pega runs queue processors and reaches the target, then ${again}`;
    case "soaked":
      return `${again} once that time has passed`;
    case "volumes-named":
      return `set retire.volumes to exactly what was left behind, then ${again}`;
  }
}
