/**
 * One figure of the benchmark in a process of its own, so that its memory is its own and it can be ended: the figure's
 * name, the size as JSON, and the folder of another version of the code or nothing. Prints a JSON object.
 */
import { pathToFileURL } from "node:url";
import path from "node:path";
import type { Position } from "../runtime/brokers/partitions.ts";
import type { WorkloadRef } from "../runtime/model/scope.ts";
import type { KafkaEndpoint } from "../runtime/model/sides.ts";
import { placingCost, stoppingCost, type Placing, type Stopping } from "./acting.ts";
import { conditionsOf } from "./readings.ts";
import type { Size } from "./size.ts";
import { costOf, type Judging } from "./verdicts.ts";

interface Code {
  readonly judging: Judging;
  readonly placing: Placing;
  readonly stopping: Stopping;
}

/** Milliseconds of the way to the brokers and back. */
const roundTrip = 150;

/** Of each this many requests to the API server one is refused. */
const refusesEvery = 20;

/** Its modules, as far as they are called. */
interface FormerGroups {
  commitOffsets(endpoint: KafkaEndpoint, group: string, positions: readonly Position[]): Promise<void>;
  readonly committed: Placing["committed"];
}

interface FormerWorkloads {
  fence(api: unknown, workloads: readonly WorkloadRef[], seconds: number): Promise<unknown>;
  unfence(api: unknown, workloads: readonly WorkloadRef[]): Promise<void>;
  waitRunning(api: unknown, workloads: readonly WorkloadRef[], seconds: number): Promise<void>;
}

/** The same calls of the version 22e1a21, whose folders had other names. */
async function former(folder: string): Promise<Code> {
  const load = async <Module>(file: string): Promise<Module> =>
    (await import(pathToFileURL(path.join(folder, "kafka", file)).href)) as Module;
  const [judging, groups, workloads, kinds] = await Promise.all([
    load<Judging>("verdicts/judge.ts"),
    load<FormerGroups>("groups.ts"),
    load<FormerWorkloads>("workloads.ts"),
    load<{ readonly workloadApi: unknown }>("kinds/kinds.ts"),
  ]);
  return {
    judging,
    placing: {
      commit: async (endpoint, offsets) => {
        for (const [group, positions] of offsets) await groups.commitOffsets(endpoint, group, positions);
      },
      committed: groups.committed,
    },
    stopping: {
      fence: (all, seconds) => workloads.fence(kinds.workloadApi, all, seconds),
      unfence: (all) => workloads.unfence(kinds.workloadApi, all),
      waitRunning: (all, seconds) => workloads.waitRunning(kinds.workloadApi, all, seconds),
    },
  };
}

async function measure(figure: string, size: Size, code: Code): Promise<object> {
  if (figure === "placing") return placingCost(code.placing, size, roundTrip);
  if (figure === "stopping") return stoppingCost(code.stopping, size, refusesEvery);
  if (figure === "stopping, none refused") return stoppingCost(code.stopping, size);
  const condition = conditionsOf(size).find(({ kind }) => kind === figure)!;
  const cost = costOf(code.judging, condition, size);
  return { ...cost, megabytes: Math.round(process.resourceUsage().maxRSS / 1024) };
}

const [figure, size, folder] = process.argv.slice(2);
if (figure !== undefined && size !== undefined) {
  const code: Code = folder === undefined ? await import("./ours.ts") : await former(folder);
  console.log(JSON.stringify(await measure(figure, JSON.parse(size) as Size, code)));
  process.exit(0);
}
