/** What must keep the switch from opening, put in its way one after the other. */
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Api } from "../../lab/kubernetes.ts";
import type { Lab } from "../../lab/layout.ts";
import { setControl } from "../../lab/pega/control.ts";
import { putOne } from "../../lab/pega/one-record.ts";
import { podsOfTier, release, scaleTier, untilReady } from "../../lab/pega/release.ts";
import { tierLogs } from "../../lab/pega/settings.ts";
import { holdBack } from "../../lab/traffic/hold-back.ts";
import type { Stack } from "../stack.ts";
import { setIn } from "./config-file.ts";
import type { PegaOperator } from "./operator.ts";

/** A refusal to open, as the CLI printed it. */
export interface Held {
  readonly obstacle: string;
  readonly sentence: string;
}

export interface ObstacleOptions {
  readonly stack: Stack;
  readonly lab: Lab;
  readonly api: Api;
  readonly operator: PegaOperator;
  /** The row that must not be reached. */
  readonly row: string;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

interface Obstacle {
  readonly name: string;
  readonly put: (options: ObstacleOptions) => Promise<void>;
  /** Records that wait then. */
  readonly waiting: number;
  /** What the update must print. */
  readonly says: RegExp;
  readonly remove: (options: ObstacleOptions) => Promise<void>;
}

/** Seconds that a pod of web would take to end while it is the obstacle: longer than the update that it must fail. */
const terminationSeconds = 200;
/** Seconds after which a closed gate fails the update. */
const shortPatience = 8;

const logs = ({ lab }: ObstacleOptions) => tierLogs(lab);

const autoscaler = {
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "left-over", namespace: release.namespace },
  spec: {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "pega-web" },
    minReplicas: 1,
    maxReplicas: 3,
  },
};

const obstacles: readonly Obstacle[] = [
  {
    name: "one record waits",
    put: async (options) => {
      for (const tier of ["batch", "util"]) holdBack(path.join(logs(options), tier), { "pega-orders": 1 });
      await sleep(1_000);
      await putOne(options.lab, "orders");
    },
    waiting: 1,
    says: /queue orders has 1 record ready to process/,
    remove: async (options) => {
      for (const tier of ["batch", "util"]) holdBack(path.join(logs(options), tier), {});
    },
  },
  {
    name: "one pod of web terminates",
    put: async (options) => {
      const { api, signal } = options;
      setControl(logs(options), "web", { terminationSeconds });
      await scaleTier(api, "web", 1);
      await untilReady(api, ["web"], 60, signal);
      await scaleTier(api, "web", 0);
    },
    waiting: 0,
    says: /tier web is terminating/,
    remove: async (options) => {
      setControl(logs(options), "web", { terminationSeconds: 0 });
      while ((await podsOfTier(options.api, "web")).length > 0)
        await sleep(1_000, undefined, { signal: options.signal });
    },
  },
  {
    name: "one autoscaler of web is left",
    put: async ({ api }) => void (await api.objects.create(autoscaler)),
    waiting: 0,
    says: /scales tier web, none allowed/,
    remove: async ({ api }) => void (await api.objects.delete(autoscaler)),
  },
];

/** Tries to reach the row with each obstacle in its way; throws where one does not keep it away. */
export async function tryObstacles(options: ObstacleOptions): Promise<Held[]> {
  const { stack, operator, row, print, signal } = options;
  const held: Held[] = [];
  setIn(stack.configFile, "gates", { holdSeconds: 1, timeoutSeconds: shortPatience });
  await stack.set("kafka-migration:phase", row);
  for (const { name, put, waiting, says, remove } of obstacles) {
    await put(options);
    await operator.untilWaiting(waiting);
    await operator.copyLastIds();
    const lines: string[] = [];
    const { code } = await stack.attempt(["up", "--yes", "--skip-preview"], { onLine: (line) => lines.push(line) });
    signal.throwIfAborted();
    const line = lines.find((each) => says.test(each));
    if (code === 0) throw new Error(`the row ${row} was reached although ${name}`);
    if (line === undefined) throw new Error(`the row ${row} was not refused because ${name}:\n${lines.join("\n")}`);
    print(`  held while ${name}: ${line.trim()}`);
    held.push({ obstacle: name, sentence: line.trim() });
    await remove(options);
  }
  return held;
}
