import { execFile, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";

/** What a quick question to a program answered. `ok` is false when it could not be run, failed or hung. */
export interface Answer {
  readonly ok: boolean;
  /** stdout and stderr together, trimmed: programs disagree on where a version belongs. */
  readonly text: string;
}

interface AskOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** @default 30, for what should answer at once */
  readonly timeoutSeconds?: number;
}

/** Asks a program something short, such as its version. */
export function ask(program: string, args: readonly string[], options: AskOptions = {}): Promise<Answer> {
  const { cwd, env, timeoutSeconds = 30 } = options;
  return new Promise((resolve) => {
    const settings = { cwd, env: { ...process.env, ...env }, timeout: timeoutSeconds * 1000 };
    execFile(program, [...args], settings, (error, stdout, stderr) => {
      const text = `${stdout}${stderr}`.trim();
      resolve({ ok: error === null, text: text === "" && error !== null ? error.message : text });
    });
  });
}

/** A long command whose output goes to a log file. */
export interface Job {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path, overwritten. */
  readonly log: string;
}

/** Runs the job to its end; ends it when this process ends, so that an interrupted build leaves nothing running. */
export async function run(job: Job): Promise<void> {
  const log = openSync(job.log, "w");
  const child = spawn(job.program, [...job.args], {
    cwd: job.cwd,
    env: { ...process.env, ...job.env },
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);
  const stop = () => {
    if (child.pid !== undefined) killGroup(child.pid);
  };
  const interrupted = (signal: NodeJS.Signals) => {
    stop();
    // Whoever else listens decides what an interrupt means; alone, it ends this process as usual.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  process.once("exit", stop);
  process.once("SIGINT", interrupted);
  process.once("SIGTERM", interrupted);
  try {
    const ending = await new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (code, signal) => resolve(code === 0 ? "" : `ended with ${signal ?? `exit code ${code}`}`));
    });
    if (ending !== "") throw new Error(failure(job, ending));
  } finally {
    process.off("exit", stop);
    process.off("SIGINT", interrupted);
    process.off("SIGTERM", interrupted);
  }
}

/** Compilers and Maven start children of their own: the group takes them along. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGTERM");
  } catch {
    // It ended in the meantime.
  }
}

function failure(job: Job, ending: string): string {
  return [
    `${job.program} ${job.args[0] ?? ""} ${ending}. The last lines of its log:`,
    ...lastLines(job.log, 25).map((line) => `  ${line}`),
    `The whole log: ${job.log}`,
  ].join("\n");
}

/** The last lines of a log that say something; none when it cannot be read. */
export function lastLines(log: string, count: number): string[] {
  try {
    const lines = readFileSync(log, "utf8").split("\n");
    return lines.filter((line) => line.trim() !== "").slice(-count);
  } catch {
    return [];
  }
}

/** "45 s", "3 min 20 s", "5 h 10 min". */
export function spoken(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
