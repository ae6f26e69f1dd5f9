/** Stopping workloads and starting them again with as many replicas as before. */
import { awaitNoSwitch } from "../ledger/lease.ts";
import { persistently } from "../model/again.ts";
import type { StartInputs } from "../model/inputs.ts";
import { plainPace, type Pace } from "../model/pace.ts";
import type { WorkloadRef } from "../model/scope.ts";
import { settleAll } from "../model/settle-all.ts";
import { scopeOfMove } from "../model/waves.ts";
import type { Changes, WorkloadApi } from "../model/workload-port.ts";
import type { PodState, WorkloadState } from "../model/workload-state.ts";
import type { Move, Whose } from "../model/workloads.ts";
import { heldNow, heldSentence, startable } from "./held.ts";
import { byHand, titleOf, workloadApi } from "./workload-api.ts";

/**
 * Stops workloads: remembers the replicas in an annotation, scales to 0 and waits until no pod is left; a CronJob is
 * suspended instead and its Jobs are waited for, a connector is stopped and its tasks are waited for. A workload that is fenced already keeps what its annotation says.
 * Rejects with the names of workloads that do not exist, or of pods and Jobs that are still there after `seconds`.
 */
export async function fence(
  api: WorkloadApi,
  workloads: readonly WorkloadRef[],
  seconds: number,
  pace: Pace = plainPace,
): Promise<{ seconds: number }> {
  const startedAt = pace.now();
  const found = await readAll(api, workloads);
  // All are noted before the first is stopped: of hundreds the requests take a while, in which nobody has to be stopped.
  await settleAll(
    found.map(async ([workload, { replicas, former }]) => {
      // Zero replicas with an annotation: an earlier switch stopped it and was killed; the annotation knows better.
      if (replicas > 0 || former === null) await api.setFormer(workload, replicas);
    }),
  );
  await settleAll(
    found.map(async ([workload, { replicas, tellsLate }]) => {
      if (replicas > 0 || tellsLate) await api.scale(workload, 0);
    }),
  );
  return await watching(api, workloads, async (changes) => {
    let checkedAt = pace.now();
    for (;;) {
      const lookedAt = pace.now();
      const left = await podsLeft(api, found);
      if (left.length === 0) return { seconds: (pace.now() - startedAt) / 1000 };
      if (pace.now() - startedAt > seconds * 1000) {
        throw new Error(
          `${left.map(stillThere).join(", ")} still there after ${seconds} s; ${whyLeft(left)}, or raise stopSeconds`,
        );
      }
      const rest = Math.max(500, pace.now() - lookedAt);
      do await pace.pause(rest);
      while (!changes.due());
      // Pods that come back for ever would be waited for until the time is over.
      if (pace.now() - checkedAt >= checkMilliseconds) {
        await stillStopped(api, workloads);
        checkedAt = pace.now();
      }
    }
  });
}

/** While pods are waited for, it is looked so often whether somebody has started a workload again. */
const checkMilliseconds = 2_000;

/** Waits with watches, as far as these workloads can be watched. */
async function watching<T>(
  api: WorkloadApi,
  workloads: readonly WorkloadRef[],
  wait: (changes: Pick<Changes, "due">) => Promise<T>,
): Promise<T> {
  const changes = await api.changes?.(workloads);
  try {
    return await wait(changes ?? { due: () => true });
  } finally {
    changes?.close();
  }
}

/** Rejects with the names of stopped workloads that somebody else has started again. */
export async function stillStopped(api: WorkloadApi, workloads: readonly WorkloadRef[]): Promise<void> {
  const states = await readAll(api, workloads);
  const raised = states.filter(([, { replicas, tellsLate }]) => replicas > 0 && !tellsLate).map(([{ name }]) => name);
  if (raised.length > 0) throw startedMeanwhile(raised);
}

/** As `stillStopped`, for workloads whose pods have gone: a pod that is there came up since, whatever the replicas say. */
export async function stillWithoutPods(api: WorkloadApi, workloads: readonly WorkloadRef[]): Promise<void> {
  await stillStopped(api, workloads);
  const running = await runningPods(api, workloads);
  const named = running.map(({ workload, pods }) => `${workload.name} (${pods.map(({ title }) => title).join(", ")})`);
  if (named.length > 0) throw startedMeanwhile(named);
}

function startedMeanwhile(names: readonly string[]): Error {
  return new Error(
    `${names.join(", ")} ${names.length === 1 ? "was" : "were"} started by something else in the middle of the move: a GitOps ` +
      "tool, an autoscaler, a pipeline or a person; stop whatever it is, then run pulumi up again",
  );
}

/** Those of the workloads in Kubernetes that have pods or Jobs now, terminating ones included. */
export async function runningPods(
  api: WorkloadApi,
  workloads: readonly WorkloadRef[],
): Promise<readonly { readonly workload: WorkloadRef; readonly pods: readonly PodState[] }[]> {
  const states = await readAll(
    api,
    workloads.filter(({ kind }) => kind !== "connector"),
  );
  const found = await settleAll(
    states.map(async ([workload, state]) => ({ workload, pods: await api.pods(workload, state) })),
  );
  return found.filter(({ pods }) => pods.length > 0);
}

const stillThere = ({ title, terminating }: PodState): string => `${title}${terminating ? " (terminating)" : ""}`;

function whyLeft(left: readonly PodState[]): string {
  if (left.every(({ of }) => of === "connector")) return "see the Connect workers' logs";
  const jobs = left.some(({ of }) => of === "job");
  const why = jobs ? "a Job is waited for and never ended: wait until it is done" : "see why they do not stop";
  return `${why} (kubectl describe pod)`;
}

async function podsLeft(api: WorkloadApi, found: readonly [WorkloadRef, WorkloadState][]): Promise<PodState[]> {
  return (await settleAll(found.map(([workload, state]) => api.pods(workload, state)))).flat();
}

/** Gives fenced workloads their replicas back; others are left as they are. Tries all, then throws what failed. */
export async function unfence(api: WorkloadApi, workloads: readonly WorkloadRef[]): Promise<void> {
  await settleAll(
    workloads.map(async (workload) => {
      const found = await api.read(workload);
      if (found === null || found.former === null) return;
      // Somebody may have scaled it up by hand: that count stays.
      if ((found.replicas === 0 || found.tellsLate) && found.former > 0) await api.scale(workload, found.former);
      await api.setFormer(workload, null);
    }),
  );
}

/**
 * Waits until every pod of the workloads is of the newest template and ready and none is left of an older one; nobody
 * waits for a CronJob. Rejects at once if a container cannot start, and after `seconds`, naming workload and pod.
 */
export async function waitRunning(
  api: WorkloadApi,
  workloads: readonly WorkloadRef[],
  seconds: number,
  pace: Pace = plainPace,
): Promise<void> {
  const until = pace.now() + seconds * 1000;
  await watching(api, workloads, (changes) => allRunning(api, workloads, { seconds, until, pace, changes }));
}

async function allRunning(
  api: WorkloadApi,
  workloads: readonly WorkloadRef[],
  patience: {
    readonly seconds: number;
    readonly until: number;
    readonly pace: Pace;
    readonly changes: Pick<Changes, "due">;
  },
): Promise<void> {
  const { seconds, until, pace, changes } = patience;
  let waiting = workloads;
  for (;;) {
    const lookedAt = pace.now();
    const states = await settleAll(waiting.map(async (workload) => [workload, await progress(api, workload)] as const));
    const open = states.filter(([, state]) => state !== null);
    const broken = open.flatMap(([, state]) => (state?.broken ? [state.sentence] : []));
    if (broken.length > 0) throw new Error(`${broken.join("; ")}; fix it, then run pulumi up again`);
    if (open.length === 0) return;
    if (pace.now() > until) {
      throw new Error(`${open.map(([, state]) => state?.sentence).join("; ")} after ${seconds} s`);
    }
    waiting = open.map(([workload]) => workload);
    // A look at hundreds takes a while itself, and much of the API server.
    const rest = Math.max(1000, pace.now() - lookedAt);
    do await pace.pause(rest);
    while (!changes.due());
  }
}

async function progress(
  api: WorkloadApi,
  workload: WorkloadRef,
): Promise<{ sentence: string; broken: boolean } | null> {
  const state = await api.read(workload);
  if (state === null) return { sentence: missing([workload]), broken: true };
  if (!state.keepsPods) return null;
  const pods = await api.pods(workload, state);
  const bad = pods.find(({ stuck }) => stuck !== null);
  if (bad) return { sentence: `${workload.name}: ${bad.title} cannot start: ${bad.stuck}`, broken: true };
  if (state.stuck !== null) return { sentence: `${workload.name} makes no progress: ${state.stuck}`, broken: true };
  const ready = pods.filter((pod) => pod.ready && !pod.terminating).length;
  if (state.settled && pods.length === state.replicas && ready === state.replicas) return null;
  const leaving = pods.length > ready ? `, ${pods.length} pods there` : "";
  return { sentence: `${workload.name} has ${ready} of ${state.replicas} pods ready${leaving}`, broken: false };
}

/** The workloads that a start is about. */
const startedBy = (inputs: StartInputs): WorkloadRef[] =>
  ofRole(scopeOfMove(inputs.scope, inputs).workloads, inputs.role);

/** Names of the role's workloads that are fenced now. Never rejects: what cannot be read is not listed. */
export async function fencedNow(inputs: StartInputs): Promise<string[]> {
  const workloads = startedBy(inputs);
  const states = await Promise.all(workloads.map(async (workload) => workloadApi.read(workload).catch(() => null)));
  return workloads.filter((_, index) => states[index]?.former != null).map(({ name }) => name);
}

/**
 * Stops fenced workloads that somebody else has started: their pods came up before the address was written, or may have.
 * Returns their names. They stay fenced, with as many replicas to come as somebody has given them. If it fails they run
 * again, and stay fenced too: the next update stops them once more.
 */
export async function stopEarly(
  api: WorkloadApi,
  workloads: readonly WorkloadRef[],
  seconds: number,
  log: (line: string) => void,
  pace: Pace = plainPace,
): Promise<readonly string[]> {
  const states = await readAll(api, workloads);
  const early = states.filter(
    ([, { former, keepsPods, replicas, tellsLate }]) => former !== null && keepsPods && replicas > 0 && !tellsLate,
  );
  const stopping = early.map(([workload]) => workload);
  try {
    if (early.length > 0) await fence(api, stopping, seconds, pace);
  } catch (error) {
    const restoring = { restoringPace: pace, restoringSeconds: seconds, log };
    await persistently(restoring, async () => {
      await settleAll(early.map(async ([workload, { replicas }]) => api.scale(workload, replicas)));
    }).catch(() => undefined);
    throw error;
  }
  return stopping.map(({ name }) => name);
}

/**
 * Starts the role's workloads that are fenced and waits until all of the role run and are ready. Rejects with those that
 * keep their own positions and have not got new ones, which stay stopped.
 */
export async function start(inputs: StartInputs): Promise<void> {
  const workloads = startedBy(inputs);
  const who = inputs.wave === undefined ? `${inputs.role}s` : `wave ${inputs.wave}`;
  const log = (line: string) => console.log(`start ${who}: ${line}`);
  await awaitNoSwitch(inputs.scope, inputs.startSeconds, log);
  const fenced = (await readAll(workloadApi, workloads)).filter(([, { former }]) => former !== null);
  // Before anybody is stopped: it reads the ledger.
  const held = await heldNow(
    inputs.scope,
    fenced.map(([workload]) => workload),
  );
  if (inputs.side === "target") {
    const early = await stopEarly(workloadApi, workloads, inputs.startSeconds, log);
    if (early.length > 0) log(`${early.join(", ")} may run with the source's address; stopped, to be started again`);
  }
  const startedAt = Date.now();
  const going = startable(workloads, held);
  await unfence(workloadApi, going);
  await waitRunning(workloadApi, going, inputs.startSeconds);
  if (held.length > 0) throw new Error(heldSentence(inputs.scope, held));
  if (fenced.length > 0) {
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    log(`${fenced.length} workloads ready on the ${inputs.side} after ${seconds} s`);
  }
}

/** Whose workloads a switch moves. */
export const roleOf: Readonly<Record<Move, Whose>> = {
  producers: "producer",
  consumers: "consumer",
  twins: "twin",
  applications: "application",
};

/** The workloads of a role, or all applications. */
export function ofRole(workloads: readonly WorkloadRef[], whose: Whose): WorkloadRef[] {
  return workloads.filter(({ role }) => (whose === "application" ? role !== "twin" : role === whose));
}

/** Commands that start fenced workloads by hand, for the error of a switch that could not do it itself. */
export function startByHand(states: readonly (readonly [WorkloadRef, number | null])[]): string[] {
  return states.map(([workload, former]) => byHand(workload, former));
}

/** The state of all workloads. Rejects with the names of all that do not exist. */
export async function readAll(
  api: WorkloadApi,
  workloads: readonly WorkloadRef[],
): Promise<[WorkloadRef, WorkloadState][]> {
  const states = await settleAll(workloads.map((workload) => api.read(workload)));
  const absent = workloads.filter((_, index) => states[index] === null);
  if (absent.length > 0) throw new Error(`${missing(absent)}; correct workloads in the config, or create them`);
  return workloads.map((workload, index) => [workload, states[index]!]);
}

function missing(workloads: readonly WorkloadRef[]): string {
  const names = workloads.map(titleOf);
  return `${names.join(", ")} ${names.length === 1 ? "does" : "do"} not exist`;
}
