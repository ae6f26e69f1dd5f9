import type { SideName } from "../../../../runtime/model/sides.ts";
import type { KubernetesWorkloadRef } from "../../../../runtime/model/workloads.ts";
import { world } from "../current.ts";

export async function differs(workload: KubernetesWorkloadRef, side: SideName): Promise<boolean> {
  world().alive();
  return world().addressOf(workload) !== side;
}

export async function writeFields(workload: KubernetesWorkloadRef, side: SideName, dryRun = false): Promise<void> {
  if (dryRun) return world().change(`rehearse ${workload.name}`, () => undefined);
  world().change(`point ${workload.name} at the ${side}`, () => world().point(workload, side));
}
