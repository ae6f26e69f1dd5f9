import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pulumiHomeOf, type Lab } from "./layout.ts";
import { allProcesses, commandOf, environmentOf, inspect } from "./proc.ts";

/** Every process of a lab carries its directory under this name, so that none is ever lost. */
const LAB_MARK = "KAFKA_MIGRATION_LAB";
const PART_MARK = "KAFKA_MIGRATION_LAB_PART";
const SPEC_MARK = "KAFKA_MIGRATION_LAB_SPEC";

/** A process to run in the background, in a process group of its own. */
export interface ProcessSpec {
  /** Name of the part, such as `kafka/demo/source-kafka-0`; one process at a time has it. */
  readonly part: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  /** Text that changes when the process must be replaced by a new one. Default: empty. */
  readonly fingerprint?: string;
}

/** A process of the lab that is running. */
export interface LabProcess {
  readonly part: string;
  readonly pid: number;
  readonly startTime: string;
  readonly fingerprint: string;
  readonly log: string;
}

const fileOf = (part: string) => part.replaceAll("/", ".");

/** The file that takes everything a part prints. */
export const logOf = (lab: Lab, part: string) => join(lab.logs, `${fileOf(part)}.log`);

const recordsDirectory = (lab: Lab) => join(lab.dir, "processes");
const recordFile = (lab: Lab, part: string) => join(recordsDirectory(lab), `${fileOf(part)}.json`);

/**
 * Starts a process that outlives this one; whoever calls sees to it that the part is not running yet.
 * @param onExit Called when it ends, if this process still runs then.
 */
export function start(lab: Lab, spec: ProcessSpec, onExit?: () => void): LabProcess {
  mkdirSync(lab.logs, { recursive: true });
  const log = logOf(lab, spec.part);
  const output = openSync(log, "a");
  try {
    const [file, ...args] = spec.command;
    const child = spawn(file ?? "", args, {
      cwd: spec.workingDirectory,
      detached: true,
      stdio: ["ignore", output, output],
      env: {
        ...spec.environment,
        [LAB_MARK]: lab.dir,
        [PART_MARK]: spec.part,
        [SPEC_MARK]: spec.fingerprint ?? "",
      },
    });
    child.on("error", (problem) => {
      writeFileSync(log, `${spec.command[0]} could not be started: ${problem.message}\n`, { flag: "a" });
    });
    if (onExit) child.on("exit", onExit);
    child.unref();
    const facts = child.pid === undefined ? null : inspect(child.pid);
    const started: LabProcess = {
      part: spec.part,
      pid: child.pid ?? 0,
      startTime: facts?.startTime ?? "",
      fingerprint: spec.fingerprint ?? "",
      log,
    };
    record(lab, started);
    return started;
  } finally {
    closeSync(output);
  }
}

/** Whether this very process still runs, not one that was given its id later. */
export function isRunning(process: LabProcess): boolean {
  return process.pid > 0 && inspect(process.pid)?.startTime === process.startTime;
}

/** The running process of a part, or null. */
export function find(lab: Lab, part: string): LabProcess | null {
  const known = readRecord(recordFile(lab, part));
  return known && isRunning(known) ? known : null;
}

function readRecord(file: string): LabProcess | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as LabProcess;
  } catch {
    return null;
  }
}

/** Parts on record that begin with a prefix; some may have ended. */
export function partsOnRecord(lab: Lab, prefix: string): string[] {
  mkdirSync(recordsDirectory(lab), { recursive: true });
  const files = readdirSync(recordsDirectory(lab)).filter((file) => file.endsWith(".json"));
  const candidates = files.filter((file) => file.startsWith(fileOf(prefix)));
  return candidates.flatMap((file) => readRecord(join(recordsDirectory(lab), file))?.part ?? []);
}

/** All running processes of the lab but this one, read from the machine itself, also those nobody kept a record of. */
export const survey = (lab: Lab): LabProcess[] => everyProcess(lab).filter(({ pid }) => pid !== process.pid);

function everyProcess(lab: Lab): LabProcess[] {
  const found: LabProcess[] = [];
  for (const pid of allProcesses()) {
    const facts = inspect(pid);
    // Children of a part inherit its marks; only the part itself leads a group.
    if (!facts || facts.group !== pid) continue;
    const environment = environmentOf(pid);
    const part = environment.get(PART_MARK);
    if (environment.get(LAB_MARK) !== lab.dir || part === undefined) continue;
    const fingerprint = environment.get(SPEC_MARK) ?? "";
    found.push({ part, pid, startTime: facts.startTime, fingerprint, log: logOf(lab, part) });
  }
  return found.sort((a, b) => a.part.localeCompare(b.part));
}

/**
 * Brings the records in line with the machine: takes up processes that a killed operator had started but not yet
 * recorded, ends second copies of a part, forgets what is gone.
 */
export function adopt(lab: Lab): void {
  mkdirSync(recordsDirectory(lab), { recursive: true });
  // An operator that begins is itself among them.
  for (const [part, copies] of Map.groupBy(everyProcess(lab), (each) => each.part)) {
    const known = find(lab, part)?.pid;
    const kept = copies.find(({ pid }) => pid === known) ?? copies[0]!;
    for (const copy of copies) if (copy !== kept) signal(copy, "SIGKILL");
    // Others read records meanwhile and start again whatever has none: that of a running process is never away.
    record(lab, kept);
  }
  for (const file of readdirSync(recordsDirectory(lab)).filter((name) => name.endsWith(".json"))) {
    const known = readRecord(join(recordsDirectory(lab), file));
    if (known === null || !isRunning(known)) rmSync(join(recordsDirectory(lab), file), { force: true });
  }
}

/** Sends a signal to the process and everything it started, also when only the latter is left. */
export function signal(target: LabProcess, name: NodeJS.Signals): void {
  const leader = inspect(target.pid);
  if (target.pid <= 0 || (leader && leader.startTime !== target.startTime)) return;
  try {
    process.kill(-target.pid, name);
  } catch {
    // Ended in between.
  }
}

/** Asks a process to end, kills its group after the grace period, and returns once it is gone. */
export async function stop(lab: Lab, target: LabProcess, graceSeconds: number): Promise<void> {
  signal(target, "SIGTERM");
  const deadline = Date.now() + graceSeconds * 1000;
  while (isRunning(target) && Date.now() < deadline) await sleep(50);
  signal(target, "SIGKILL");
  while (isRunning(target)) await sleep(20);
  forget(lab, target);
}

/** Removes the record of a process that is gone. */
export function forget(lab: Lab, target: LabProcess): void {
  const known = readRecord(recordFile(lab, target.part));
  if (known?.pid === target.pid && known.startTime === target.startTime) rmSync(recordFile(lab, target.part));
}

/** Ends the processes of the lab, but for those with one of these ids and, if there are any, whatever they started. */
export async function stopAll(
  lab: Lab,
  order: (part: string) => number,
  graceSeconds: number,
  spared: ReadonlySet<number> = new Set(),
): Promise<void> {
  const targets = survey(lab).filter(({ pid }) => !spared.has(pid));
  const ranks = [...new Set(targets.map(({ part }) => order(part)))].sort((a, b) => a - b);
  for (const rank of ranks) {
    await Promise.all(targets.filter(({ part }) => order(part) === rank).map((each) => stop(lab, each, graceSeconds)));
  }
  // Once more: an operator may have started a part while it was being stopped, a part a child of its own.
  if (spared.size === 0) await killAll((pid) => isMarked(lab, pid) || isPulumis(lab, pid));
}

/** Ends what Pulumi CLIs that were killed have left behind. */
export const stopPulumis = (lab: Lab): Promise<void> => killAll((pid) => isPulumis(lab, pid));

async function killAll(isMeant: (pid: number) => boolean): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const meant = allProcesses().filter((pid) => pid !== process.pid && isMeant(pid));
    const alive = meant.filter((pid) => inspect(pid) !== null);
    if (alive.length === 0) return;
    for (const pid of alive) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // Ended in between.
      }
    }
    await sleep(50);
  }
}

const isMarked = (lab: Lab, pid: number): boolean => environmentOf(pid).get(LAB_MARK) === lab.dir;

/** Whether a process is of a Pulumi CLI that worked on the lab: a killed one leaves its providers and hosts behind. */
function isPulumis(lab: Lab, pid: number): boolean {
  // A shell with the lab's environment passes it on to everything started there, so the command counts as well.
  const [program = "", script = ""] = commandOf(pid).split(" ");
  const named = [program, /^(ba|da|z)?sh$/.test(basename(program)) ? script : ""];
  const isOne = named.some((file) => /^pulumi(-|$)/.test(basename(file))) || script.includes("/@pulumi/pulumi/cmd/");
  return isOne && environmentOf(pid).get("PULUMI_HOME") === pulumiHomeOf(lab);
}

function record(lab: Lab, started: LabProcess): void {
  mkdirSync(recordsDirectory(lab), { recursive: true });
  const file = recordFile(lab, started.part);
  writeFileSync(`${file}.new`, JSON.stringify(started));
  renameSync(`${file}.new`, file);
}
