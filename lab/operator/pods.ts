import { existsSync, mkdirSync, readFileSync, rmSync, watch, type FSWatcher } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { mergePatch, orNull, statusCode, type AnyObject } from "../kubernetes.ts";
import { compiledBy } from "../layout.ts";
import { find, logOf, type ProcessSpec } from "../processes.ts";
import { programLabel } from "../../runtime/model/program-labels.ts";
import { keyOf, splitKey, type Context } from "./context.ts";
import { containerEnvironment, expand, MissingReference } from "./pod-environment.ts";
import { log, type Again } from "./queue.ts";
import { mountedFolders } from "./volumes.ts";

export const runLabel = "kafka-migration.lab/run";

/** A pod that becomes ready is noticed at once; this is for an event that was lost. */
const whileNotReady = 2_000;

export const podPart = (namespace: string, name: string) => `pod/${namespace}/${name}`;

/** Runs the first container of each pod as a process of this machine, as a kubelet would. */
export class PodController {
  readonly #context: Context;
  /** Pods that are not ready yet, by key. */
  readonly #awaited = new Map<string, FSWatcher>();
  enqueue: (key: string) => void = () => undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  async reconcile(key: string): Promise<Again> {
    const { api, lab, supervisor } = this.#context;
    const { namespace, name } = splitKey(key);
    this.#awaitReady(key, false);
    const part = podPart(namespace, name);
    const pod = (await orNull(api.core.readNamespacedPod({ namespace, name }))) as AnyObject | null;
    const uid = pod?.metadata?.uid;
    const process = supervisor.running(part, () => this.enqueue(key));

    if (!pod || (process && process.fingerprint !== uid)) {
      await supervisor.stop(part, 2);
      if (!pod) rmSync(podDirectory(this.#context, namespace, name), { recursive: true, force: true });
      return pod ? 0 : undefined;
    }
    if (pod.metadata?.deletionTimestamp) {
      await supervisor.stop(part, Number(pod.metadata.deletionGracePeriodSeconds ?? 30));
      rmSync(podDirectory(this.#context, namespace, name), { recursive: true, force: true });
      const body = { gracePeriodSeconds: 0, preconditions: { uid: uid ?? "" } };
      await orNull(api.core.deleteNamespacedPod({ namespace, name, body }));
      return undefined;
    }
    if (process) return this.#report(pod);
    const phase = pod["status"]?.phase as string | undefined;
    if (phase === "Succeeded" || phase === "Failed") return undefined;
    if (runsOnce(pod) && startsOf(pod) > 0) return this.#reportEnd(pod);
    try {
      const wait = supervisor.start(await this.#spec(pod), () => this.enqueue(key));
      if (wait !== null) {
        await this.#reportWaiting(pod, "CrashLoopBackOff", `waits before it starts ${name} again`);
        return wait;
      }
    } catch (problem) {
      if (!(problem instanceof MissingReference)) throw problem;
      await this.#reportWaiting(pod, "CreateContainerConfigError", problem.message);
      return 2000;
    }
    log(`pod ${key}: logs in ${find(lab, part)?.log ?? "no log"}`);
    return this.#report(pod, startsOf(pod) + 1);
  }

  async #spec(pod: AnyObject): Promise<ProcessSpec> {
    const { api, lab } = this.#context;
    const { namespace = "", name = "", uid = "" } = pod.metadata ?? {};
    const ready = readyFile(this.#context, pod);
    mkdirSync(dirname(ready), { recursive: true });
    rmSync(ready, { force: true });
    const mounts = await mountedFolders(this.#context, pod, podDirectory(this.#context, namespace, name));
    const environment = await containerEnvironment(api, pod, {
      // The Node that runs the lab is the project's own.
      PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
      HOME: lab.dir,
      LANG: "C.UTF-8",
      HOSTNAME: name,
      LAB_DIR: lab.dir,
      LAB_BLOCK: String(lab.block),
      LAB_HOSTS: lab.hosts,
      READY_FILE: ready,
      LAB_MOUNTS: JSON.stringify(mounts),
      // Pods start with half the CPU and a quarter less memory; Node checks that an entry fits its file.
      NODE_COMPILE_CACHE: compiledBy(lab),
    });
    const { command = [], args = [] } = pod["spec"].containers[0] as { command?: string[]; args?: string[] };
    const program = isProgram(pod);
    // A mount path cannot be this pod's alone, so its own program is told where its files are instead.
    const places = { ...mounts, [lastWordsPath(pod)]: lastWordsFile(this.#context, pod) };
    const given = [...command, ...args].map((word) => expand(word, environment));
    const words = program ? given.map((word) => placed(word, places)) : given;
    if (words.length === 0) throw new MissingReference("the lab runs no images: the container needs a command");
    const dns = `--import=${join(lab.root, "lab/operator/cluster-dns.ts")}`;
    return {
      part: podPart(namespace, name),
      // Who started a process may not be there any more when it ends, so that it leaves its exit code.
      command: runsOnce(pod) ? ["/bin/sh", "-c", '"$@"; echo $? >"$0"', exitFile(this.#context, pod), ...words] : words,
      environment: program ? { ...environment, NODE_OPTIONS: dns } : environment,
      workingDirectory: lab.root,
      fingerprint: uid,
    };
  }

  async #report(pod: AnyObject, starts = startsOf(pod)): Promise<Again> {
    this.#awaitReady(keyOf(pod), true);
    // Without a probe a container is ready as soon as it runs.
    const ready = isProgram(pod) || existsSync(readyFile(this.#context, pod));
    if (ready) this.#awaitReady(keyOf(pod), false);
    const state = { running: { startedAt: before(pod)?.state?.running?.startedAt ?? now() } };
    const fresh = starts !== startsOf(pod) ? { running: { startedAt: now() } } : state;
    await this.#write(pod, { phase: "Running", ready, state: fresh, restartCount: Math.max(0, starts - 1) });
    return ready ? undefined : whileNotReady;
  }

  /** The end of a pod that is not started again, with its last words. */
  async #reportEnd(pod: AnyObject): Promise<Again> {
    const { namespace = "", name = "" } = pod.metadata ?? {};
    const exit = exitFile(this.#context, pod);
    // A killed one leaves none.
    const exitCode = existsSync(exit) ? Number(readFileSync(exit, "utf8").trim()) : 137;
    const said = lastWordsFile(this.#context, pod);
    const words = existsSync(said) ? readFileSync(said, "utf8") : "";
    const fallsBack = pod["spec"].containers[0].terminationMessagePolicy === "FallbackToLogsOnError" && exitCode !== 0;
    const printed = logOf(this.#context.lab, podPart(namespace, name));
    const tail = fallsBack && words === "" && existsSync(printed) ? readFileSync(printed, "utf8").slice(-2048) : "";
    const startedAt = before(pod)?.state?.running?.startedAt;
    const terminated = {
      exitCode,
      reason: exitCode === 0 ? "Completed" : "Error",
      message: (words || tail).slice(0, 4096),
      startedAt: startedAt ? toText(startedAt) : now(),
      finishedAt: now(),
    };
    const phase = exitCode === 0 ? "Succeeded" : "Failed";
    await this.#write(pod, { phase, ready: false, state: { terminated }, restartCount: 0 });
    return undefined;
  }

  /** Looks at a pod again as soon as it says that it is ready. */
  #awaitReady(key: string, wanted: boolean): void {
    this.#awaited.get(key)?.close();
    this.#awaited.delete(key);
    if (!wanted) return;
    const { namespace, name } = splitKey(key);
    const watcher = watch(podDirectory(this.#context, namespace, name), (_, file) => {
      if (file === readyName) this.enqueue(key);
    });
    // Its directory was removed with it.
    watcher.on("error", () => watcher.close());
    this.#awaited.set(key, watcher);
  }

  async #reportWaiting(pod: AnyObject, reason: string, message: string): Promise<void> {
    const restartCount = Math.max(0, startsOf(pod) - 1);
    const phase = startsOf(pod) > 0 ? "Running" : "Pending";
    await this.#write(pod, { phase, ready: false, state: { waiting: { reason, message } }, restartCount });
  }

  async #write(
    pod: AnyObject,
    seen: { phase: string; ready: boolean; state: Record<string, unknown>; restartCount: number },
  ): Promise<void> {
    const { namespace = "", name = "" } = pod.metadata ?? {};
    const container = pod["spec"].containers[0];
    const conditions = (pod["status"]?.conditions ?? []) as {
      type: string;
      status: string;
      lastTransitionTime: string;
    }[];
    const condition = (type: string, holds: boolean) => {
      const status = holds ? "True" : "False";
      const known = conditions.find((each) => each.type === type && each.status === status);
      return { type, status, lastTransitionTime: known ? toText(known.lastTransitionTime) : now() };
    };
    const status = {
      phase: seen.phase,
      podIP: "127.0.0.1",
      hostIP: "127.0.0.1",
      startTime: pod["status"]?.startTime ? toText(pod["status"].startTime) : now(),
      conditions: [
        condition("PodScheduled", true),
        condition("Initialized", true),
        condition("ContainersReady", seen.ready),
        condition("Ready", seen.ready),
      ],
      containerStatuses: [
        {
          name: container.name,
          image: container.image,
          imageID: container.image,
          ready: seen.ready,
          started: seen.phase === "Running",
          restartCount: seen.restartCount,
          state: seen.state,
          lastState: {},
        },
      ],
    };
    if (isDeepStrictEqual(essence(pod["status"]), essence(status))) return;
    try {
      await api(this.#context).patchNamespacedPodStatus({ namespace, name, body: { status } }, mergePatch);
    } catch (problem) {
      if (statusCode(problem) !== 404) throw problem;
    }
  }
}

const api = (context: Context) => context.api.core;
const now = () => new Date().toISOString().replace(/\.\d+/, "");
/** The client turns times into dates. */
const toText = (time: unknown) => (time instanceof Date ? time.toISOString().replace(/\.\d+/, "") : String(time));

const before = (pod: AnyObject) => pod["status"]?.containerStatuses?.[0];

/** How often the container was started so far. */
function startsOf(pod: AnyObject): number {
  const known = before(pod);
  if (!known) return 0;
  const ran = known.started === true || known.restartCount > 0;
  return ran ? Number(known.restartCount) + 1 : 0;
}

const podDirectory = (context: Context, namespace: string, name: string) =>
  join(context.lab.dir, "pods", namespace, name);

const isProgram = (pod: AnyObject): boolean => pod.metadata?.labels?.[programLabel] !== undefined;
const runsOnce = (pod: AnyObject): boolean => pod["spec"].restartPolicy === "Never";

const lastWordsPath = (pod: AnyObject): string =>
  (pod["spec"].containers[0].terminationMessagePath as string | undefined) ?? "/dev/termination-log";
const lastWordsFile = (context: Context, pod: AnyObject) =>
  join(podDirectory(context, pod.metadata?.namespace ?? "", pod.metadata?.name ?? ""), "last-words");
const exitFile = (context: Context, pod: AnyObject) =>
  join(podDirectory(context, pod.metadata?.namespace ?? "", pod.metadata?.name ?? ""), "exit-code");

/** A word of a command with the folder of this machine that a path in the pod stands for. */
function placed(word: string, places: Readonly<Record<string, string>>): string {
  for (const [path, folder] of Object.entries(places)) {
    if (word === path || word.startsWith(`${path}/`)) return folder + word.slice(path.length);
  }
  return word;
}

const readyName = "ready";
const readyFile = (context: Context, pod: AnyObject) =>
  join(podDirectory(context, pod.metadata?.namespace ?? "", pod.metadata?.name ?? ""), readyName);

/** What of a pod's status is worth a write. */
function essence(status: AnyObject | undefined): unknown {
  const container = status?.["containerStatuses"]?.[0];
  const ready = status?.["conditions"]?.find((each: { type: string }) => each.type === "Ready")?.status;
  const running = container?.state?.running;
  return {
    phase: status?.["phase"],
    ready,
    restarts: container?.restartCount,
    running: running ? toText(running.startedAt) : null,
    ended: container?.state?.terminated?.exitCode,
    waiting: container?.state?.waiting?.reason,
    message: container?.state?.waiting?.message,
  };
}
