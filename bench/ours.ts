/** The code of this checkout, as the benchmark calls it. */
import { commitOffsets, committed } from "../runtime/brokers/positions.ts";
import { judge, wants } from "../runtime/measure/judge.ts";
import { workloadApi } from "../runtime/workloads/workload-api.ts";
import { fence, unfence, waitRunning } from "../runtime/workloads/workloads.ts";
import type { Placing, Stopping } from "./acting.ts";
import type { Judging } from "./verdicts.ts";

export const judging: Judging = { wants, judge };
export const placing: Placing = { commit: commitOffsets, committed };
export const stopping: Stopping = {
  fence: (workloads, seconds) => fence(workloadApi, workloads, seconds),
  unfence: (workloads) => unfence(workloadApi, workloads),
  waitRunning: (workloads, seconds) => waitRunning(workloadApi, workloads, seconds),
};
