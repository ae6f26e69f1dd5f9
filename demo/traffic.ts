import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { scaleToZero, startTraffic } from "../lab/traffic/apply.ts";
import type { Audit } from "../lab/traffic/audit.ts";
import { auditDirectory } from "../lab/traffic/audit-files.ts";
import { AcknowledgedCounter } from "../lab/traffic/counter.ts";
import { holdBack, type HoldBack } from "../lab/traffic/hold-back.ts";
import { labTraffic, type LabTraffic, type TrafficChoice } from "../lab/traffic/lab-traffic.ts";

/** The lab's traffic during one demo. */
export class DemoTraffic {
  readonly #traffic: LabTraffic;
  readonly #counter: AcknowledgedCounter;
  readonly #signal: AbortSignal;

  constructor(messagesPerSecond: number, signal: AbortSignal, choice: TrafficChoice = {}) {
    this.#traffic = labTraffic(messagesPerSecond, choice);
    this.#counter = new AcknowledgedCounter(this.#traffic.logDir);
    this.#signal = signal;
  }

  get kubeconfig(): string {
    return this.#traffic.kubeconfig;
  }

  get options(): LabTraffic["options"] {
    return this.#traffic.options;
  }

  /** Directory of the logs, with one directory per workload. */
  get logDir(): string {
    return this.#traffic.logDir;
  }

  /** Makes a consumer stay behind by so many offsets per partition, or, with `{}`, lets it go on. */
  holdBack(consumer: string, behind: HoldBack): void {
    holdBack(path.join(this.logDir, consumer), behind);
  }

  async start(): Promise<void> {
    await startTraffic(this.kubeconfig, this.options, this.#signal);
  }

  /** Records acknowledged up to now. */
  acknowledged(): number {
    return this.#counter.count();
  }

  /** What became of the records up to now; those that are under way count as lost. */
  audit(): Audit {
    return auditDirectory(this.logDir, {}, this.options.traffic);
  }

  /** Waits until so many records are acknowledged; throws a sentence when none is for a minute. */
  async waitForAcknowledged(records: number): Promise<void> {
    let [last, since] = [-1, performance.now()];
    for (let count = this.acknowledged(); count < records; count = this.acknowledged()) {
      if (count > last) [last, since] = [count, performance.now()];
      if (performance.now() - since > 60_000)
        throw new Error(`no record was acknowledged for 60 s, ${count} of ${records} are; see the producers' logs`);
      await sleep(500, undefined, { signal: this.#signal });
    }
  }

  /**
   * Stops the producers, lets every group read to the end, stops the consumers, and audits their logs.
   * @param steadyUntil Milliseconds since 1970 until which no producer was meant to pause.
   */
  async finish(drainSeconds: number, steadyUntil?: number): Promise<Audit> {
    const { kubeconfig, options, logDir } = this.#traffic;
    const writtenUntil = Date.now();
    await scaleToZero(kubeconfig, options, "producers");
    const deadline = performance.now() + drainSeconds * 1000;
    while (leftIn(this.audit()) > 0 && performance.now() < deadline)
      await sleep(2_000, undefined, { signal: this.#signal });
    await scaleToZero(kubeconfig, options, "readers");
    const times = { writtenUntil, ...(steadyUntil !== undefined && { steadyUntil }) };
    return auditDirectory(logDir, times, options.traffic);
  }
}

/** Records that somebody has still to read, or to write because of what it reads. */
const leftIn = ({ lost, chains }: Audit): number => lost + (chains?.missing ?? 0);
