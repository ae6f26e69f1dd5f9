import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sourceVersions } from "../tools/definitions.ts";
import { ensureTools, pulumiHome } from "../tools/ensure.ts";
import { type Tools } from "../tools/tools.ts";
import { networkOf, podAddress, replaceFile } from "./addresses.ts";
import { assertFree, startControlPlane } from "./control-plane.ts";
import { installKinds } from "./crds.ts";
import { connect } from "./kubernetes.ts";
import { compiledBy, labFromEnvironment, ports, pulumiHomeOf } from "./layout.ts";
import { lock } from "./lock.ts";
import { assertLoopback } from "./loopback.ts";
import { adopt, find, logOf, start, stop, stopAll, survey, type LabProcess } from "./processes.ts";
import { seed } from "./seed.ts";
import {
  applyNamespace,
  applySource,
  namespace,
  sourceAccess,
  sourceName,
  untilSourceReady,
  type SourceChoice,
} from "./source.ts";

export { labStatus, type PartStatus } from "./status.ts";

/** The lab of this process: `LAB_DIR` and `LAB_BLOCK` choose another one. */
export const lab = labFromEnvironment();

export interface LabOptions {
  /** Gets one line per step. Default: nothing is told. */
  readonly onProgress?: (line: string) => void;
  /** Ends the start; what it has started until then is stopped. */
  readonly signal?: AbortSignal;
  /** Whether the lab is born with a source cluster and its topics, and which one. @default true, which is the guide's */
  readonly source?: boolean | SourceChoice;
  /** One process for all brokers of a cluster, or one each, which may be killed. @default LAB_BROKERS, else together */
  readonly brokers?: Brokers;
}

/** How the brokers of a cluster are spread over processes. */
export type Brokers = "together" | "apart";

function brokersFromEnvironment(): Brokers {
  const wanted = process.env["LAB_BROKERS"] || "together";
  if (wanted === "together" || wanted === "apart") return wanted;
  throw new Error(`LAB_BROKERS is "${wanted}", allowed are together (the default) and apart.`);
}

/** What `lab down` removes; logs and reports stay. */
const ephemeral = [
  ...["data", "traffic", "pods", "processes", "secrets", "logging", "pulumi", "pulumi-home", "tmp"],
  ...["hosts", "kubeconfig", "addresses.json", "tools.json", "environment.json", "inventory.json", "pega-values.yaml"],
];

/**
 * Brings the lab up or makes it whole again, and returns once the source is Ready and holds its topics. On failure
 * and when aborted, what this call started is stopped again.
 */
export async function labUp(options: LabOptions = {}): Promise<void> {
  const tell = options.onProgress ?? (() => undefined);
  const signal = options.signal ?? new AbortController().signal;
  await assertLoopback(lab);
  const unlock = lock(lab, "up");
  const before = new Set(survey(lab).map(({ pid }) => pid));
  const hadData = existsSync(lab.data);
  try {
    if (before.size === 0 && !hadData) rmSync(lab.logs, { recursive: true, force: true });
    mkdirSync(lab.logs, { recursive: true });
    mkdirSync(lab.data, { recursive: true });
    const { source = true, brokers = brokersFromEnvironment() } = options;
    await orAborted(bringUp(tell, signal, source, brokers), signal);
  } catch (problem) {
    await stopAll(lab, stopOrder, 2, before);
    if (!hadData) forgetData();
    throw problem;
  } finally {
    unlock();
  }
}

/** Starts etcd and the API server alone, which serves no KubeDB kinds yet; `labDown` ends them. */
export async function controlPlaneUp(options: Pick<LabOptions, "onProgress"> = {}): Promise<void> {
  await assertLoopback(lab);
  const unlock = lock(lab, "up");
  try {
    mkdirSync(lab.logs, { recursive: true });
    mkdirSync(lab.data, { recursive: true });
    const tools = await ensureTools({ onProgress: options.onProgress ?? (() => undefined) });
    adopt(lab);
    await startControlPlane(lab, tools);
    await writeEnvironment(tools);
  } finally {
    unlock();
  }
}

async function bringUp(
  tell: (line: string) => void,
  signal: AbortSignal,
  source: boolean | SourceChoice,
  brokers: Brokers,
): Promise<void> {
  const choice = typeof source === "boolean" ? {} : source;
  const older = sourceVersions.filter((version) => version === choice.version);
  const tools = await ensureTools({ onProgress: tell, older });
  signal.throwIfAborted();
  adopt(lab);
  await startControlPlane(lab, tools);
  signal.throwIfAborted();
  tell(`API server: ready, kubeconfig in ${lab.kubeconfig}`);
  const api = connect(lab.kubeconfig);
  await installKinds(api);
  await writeEnvironment(tools);
  signal.throwIfAborted();
  await startOperator(tools, brokers);
  tell("operator: running");

  await applyNamespace(api);
  if (source === false) return;
  assertSourceAddressesFree();
  await applySource(api, choice);
  const ready = await untilSourceReady(api, {
    seconds: 600,
    signal,
    onPhase: (phase) => tell(`Kafka ${namespace}/${sourceName}: ${phase}`),
  });
  if (!ready) return tell(`Kafka ${namespace}/${sourceName} is halted and stays so`);
  await seed(sourceBrokers(), await sourceAccess(api), 2);
  tell("topics: present");
}

/** Ends every process of the lab; its data goes too, unless it is to be kept for the next start. */
export async function labDown(
  options: { keepData?: boolean; onProgress?: (line: string) => void } = {},
): Promise<void> {
  const unlock = lock(lab, "down");
  try {
    const count = survey(lab).length;
    await stopAll(lab, stopOrder, options.keepData ? 12 : 3);
    if (!options.keepData) forgetData();
    options.onProgress?.(`${count} processes were stopped, the data was ${options.keepData ? "kept" : "removed"}`);
  } finally {
    unlock();
  }
}

/** Variables for programs that use the lab, `pulumi` above all. Throws unless the lab was brought up. */
export function labEnv(): Record<string, string> {
  let known: { variables: Record<string, string>; binDir: string };
  try {
    known = JSON.parse(readFileSync(environmentFile, "utf8")) as typeof known;
  } catch {
    throw new Error(`There is no lab in ${lab.dir}; start it with: npm run lab -- up`);
  }
  const path = [known.binDir, dirname(process.execPath), process.env["PATH"] ?? "/usr/bin:/bin"];
  return { ...known.variables, PATH: [...new Set(path.join(":").split(":"))].join(":") };
}

/** Processes of the lab that run now: brokers, workers and pods among them. */
export const labProcesses = (): LabProcess[] => survey(lab);

/**
 * Sends a signal to a part such as `connect/demo/migration-connect/migration-connect-0`; false if it does not run.
 * A broker is a part of its own, `kafka/demo/source-kafka/source-kafka-0`, only in a lab with `brokers: "apart"`.
 */
export function labKill(part: string, name: NodeJS.Signals = "SIGKILL"): boolean {
  const target = find(lab, part);
  if (target) process.kill(target.pid, name);
  return target !== null;
}

const environmentFile = join(lab.dir, "environment.json");

async function writeEnvironment(tools: Tools): Promise<void> {
  const backend = join(lab.dir, "pulumi");
  const temporary = join(lab.dir, "tmp");
  for (const directory of [backend, temporary]) mkdirSync(directory, { recursive: true });
  const { PATH: _, ...home } = await pulumiHome(tools, pulumiHomeOf(lab));
  const variables = {
    ...home,
    KUBECONFIG: lab.kubeconfig,
    // A command that is killed while it writes the file of attributes beside the state leaves it empty, and Pulumi then reads
    // neither: it is not written.
    PULUMI_BACKEND_URL: `file://${backend}?metadata=skip`,
    // No secret: the lab's stacks live as long as the lab, and a stack file in Git must open in every lab.
    PULUMI_CONFIG_PASSPHRASE: "lab",
    // The Kubernetes provider leaves a copy of the kubeconfig behind there at each run.
    TMPDIR: temporary,
    // Each run of pulumi loads the program and the providers' host again.
    NODE_COMPILE_CACHE: compiledBy(lab),
    LAB_DIR: lab.dir,
    LAB_BLOCK: String(lab.block),
    LAB_HOSTS: lab.hosts,
  };
  replaceFile(environmentFile, JSON.stringify({ variables, binDir: tools.binDir }, null, 2));
  replaceFile(join(lab.dir, "tools.json"), JSON.stringify({ java: tools.java, kafka: tools.kafka }, null, 2));
}

/** Starts the operator unless it runs this very code with these tools. */
async function startOperator(tools: Tools, brokers: Brokers): Promise<void> {
  const fingerprint = codeHash(JSON.stringify([tools.java, tools.kafka, brokers]));
  const running = find(lab, "operator");
  if (running?.fingerprint === fingerprint) return;
  if (running) await stop(lab, running, 5);
  start(lab, {
    part: "operator",
    command: [process.execPath, join(lab.root, "lab/operator/main.ts")],
    environment: {
      PATH: "/usr/bin:/bin",
      HOME: lab.dir,
      LAB_DIR: lab.dir,
      LAB_BLOCK: String(lab.block),
      LAB_BROKERS: brokers,
      NODE_COMPILE_CACHE: compiledBy(lab),
      KAFKAJS_NO_PARTITIONER_WARNING: "1",
    },
    workingDirectory: lab.root,
    fingerprint,
  });
  await sleep(300);
  if (!find(lab, "operator")) throw new Error(`The operator ended at once; see ${logOf(lab, "operator")}.`);
}

function codeHash(tools: string): string {
  const hash = createHash("sha256").update(tools).update(process.version);
  for (const directory of [join(lab.root, "lab"), join(lab.root, "lab/operator")]) {
    const files = readdirSync(directory).filter((file) => file.endsWith(".ts"));
    for (const file of files.sort()) hash.update(readFileSync(join(directory, file)));
  }
  return hash.digest("hex");
}

const sourceAddress = (index: number) =>
  podAddress(lab, networkOf(lab, `kafka/${namespace}/${sourceName}`), "kafka", index);

const sourceBrokers = () => [0, 1].map((index) => `${sourceAddress(index)}:${ports.runner}`);

/** Two labs in one block would meet here first. */
function assertSourceAddressesFree(): void {
  for (const index of [0, 1]) {
    const parts = [sourceName, `${sourceName}-${index}`].map((last) => `kafka/${namespace}/${sourceName}/${last}`);
    if (parts.some((part) => find(lab, part))) continue;
    for (const port of [ports.kafka, ports.controller, ports.runner]) {
      assertFree(sourceAddress(index), port, `the broker ${sourceName}-${index}`);
    }
  }
}

/** Who watches goes first, what others need goes last. */
function stopOrder(part: string): number {
  const order = ["operator", "pod", "connect", "format", "kafka", "kube-apiserver", "etcd"];
  return order.indexOf(part.split("/")[0] ?? "");
}

function forgetData(): void {
  for (const name of ephemeral) rmSync(join(lab.dir, name), { recursive: true, force: true, maxRetries: 3 });
}

/** Stops waiting when the signal comes; the work itself looks at the signal between its steps. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
