import { setTimeout as sleep } from "node:timers/promises";
import { scaleToZero, startTraffic } from "../lab/traffic/apply.ts";
import type { Audit } from "../lab/traffic/audit.ts";
import { auditDirectory } from "../lab/traffic/audit-files.ts";
import { AcknowledgedCounter } from "../lab/traffic/counter.ts";
import { labTraffic } from "../lab/traffic/lab-traffic.ts";

/** The lab's traffic during one demo. */
export class DemoTraffic {
  readonly #traffic: ReturnType<typeof labTraffic>;
  readonly #counter: AcknowledgedCounter;
  readonly #signal: AbortSignal;

  constructor(messagesPerSecond: number, signal: AbortSignal) {
    this.#traffic = labTraffic(messagesPerSecond);
    this.#counter = new AcknowledgedCounter(this.#traffic.logDir);
    this.#signal = signal;
  }

  get kubeconfig(): string {
    return this.#traffic.kubeconfig;
  }

  get options(): ReturnType<typeof labTraffic>["options"] {
    return this.#traffic.options;
  }

  async start(): Promise<void> {
    await startTraffic(this.kubeconfig, this.options, this.#signal);
  }

  /** Records acknowledged up to now. */
  acknowledged(): number {
    return this.#counter.count();
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

  /** Stops the producers, lets every group read to the end, stops the consumers, and audits their logs. */
  async finish(drainSeconds: number): Promise<Audit> {
    const { kubeconfig, options, logDir } = this.#traffic;
    const writtenUntil = Date.now();
    await scaleToZero(kubeconfig, options, "producer");
    const deadline = performance.now() + drainSeconds * 1000;
    while (auditDirectory(logDir).lost > 0 && performance.now() < deadline)
      await sleep(2_000, undefined, { signal: this.#signal });
    await scaleToZero(kubeconfig, options, "consumer");
    return auditDirectory(logDir, writtenUntil);
  }
}
