import type { WorkloadApi } from "../../../../runtime/model/workload-port.ts";
import { world } from "../current.ts";

export { byHand, titleOf } from "../../../../runtime/workloads/workload-api.ts";

export const workloadApi: WorkloadApi = {
  read: async (workload) => {
    world().alive();
    const { replicas, former, pods } = world().workload(workload);
    const settled = pods === replicas;
    return { replicas, former, keepsPods: true, settled, stuck: null, obstacle: null, podsBy: workload.name };
  },
  pods: async (workload) => {
    world().alive();
    const { pods, replicas } = world().workload(workload);
    return Array.from({ length: pods }, (_, index) => ({
      title: `pod ${workload.name}-${index}`,
      of: "pod" as const,
      terminating: replicas === 0,
      ready: true,
      stuck: null,
    }));
  },
  setFormer: async (workload, former) =>
    world().change(`annotate ${workload.name}`, () => void (world().workload(workload).former = former)),
  scale: async (workload, replicas) =>
    world().change(
      `scale ${workload.name} to ${replicas}`,
      () => void Object.assign(world().workload(workload), { replicas, goneAt: world().data.now + 1_500 }),
    ),
  rehearseStop: async () => world().alive(),
  scalers: async () => ({ found: [], unread: [] }),
  owners: async () => ({ refused: [], notes: [] }),
};
