import type { Lab } from "../layout.ts";
import { find, forget, isRunning, signal, start, stop, type LabProcess, type ProcessSpec } from "../processes.ts";
import { log } from "./queue.ts";

/** An end of one's own child is noticed at once; this is for those that an earlier operator started. */
const checkEvery = 1_000;
/** A process that lived this long did not fail at its start. */
const healthyAfter = 20_000;
const longestPause = 10_000;

/** Keeps processes running, tells when one ended, and waits longer each time one fails at its start. */
export class Supervisor {
  readonly lab: Lab;
  readonly #watched = new Map<string, { readonly process: LabProcess; readonly onEnd: () => void }>();
  readonly #starts = new Map<string, { readonly at: number; readonly failures: number }>();
  readonly #stopping = new Set<string>();

  constructor(lab: Lab) {
    this.lab = lab;
    setInterval(() => this.#check(), checkEvery);
  }

  /** The running process of a part, watched from now on. */
  running(part: string, onEnd: () => void): LabProcess | null {
    const known = this.#watched.get(part);
    if (known && isRunning(known.process)) return known.process;
    const process = find(this.lab, part);
    if (process) this.#watched.set(part, { process, onEnd });
    return process;
  }

  /** Starts a process that is not running, or returns the milliseconds to wait because it just failed. */
  start(spec: ProcessSpec, onEnd: () => void): number | null {
    const last = this.#starts.get(spec.part);
    const failed = last !== undefined && Date.now() - last.at < healthyAfter;
    const failures = failed ? last.failures + 1 : 0;
    const pause = failures === 0 ? 0 : Math.min(longestPause, 500 * 2 ** (failures - 1));
    const wait = last === undefined ? 0 : last.at + pause - Date.now();
    if (wait > 0) return wait;
    const process = start(this.lab, spec, () => this.#check());
    this.#starts.set(spec.part, { at: Date.now(), failures });
    this.#watched.set(spec.part, { process, onEnd });
    log(`${spec.part}: started as process ${process.pid}`);
    return null;
  }

  /** Ends the process of a part, if there is one, and returns once it is gone. */
  async stop(part: string, graceSeconds: number): Promise<void> {
    const process = find(this.lab, part);
    this.#watched.delete(part);
    this.#starts.delete(part);
    if (!process) return;
    this.#stopping.add(part);
    try {
      await stop(this.lab, process, graceSeconds);
      log(`${part}: process ${process.pid} was stopped`);
    } finally {
      this.#stopping.delete(part);
    }
  }

  #check(): void {
    for (const [part, { process, onEnd }] of this.#watched) {
      if (isRunning(process)) continue;
      this.#watched.delete(part);
      if (this.#stopping.has(part)) continue;
      signal(process, "SIGKILL"); // children it left behind
      forget(this.lab, process);
      log(`${part}: process ${process.pid} ended`);
      onEnd();
    }
  }
}
