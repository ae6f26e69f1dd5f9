/** What a person does by hand during a switch of Pega: with Pega itself, and in the stack's config. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Api } from "../../lab/kubernetes.ts";
import type { Lab } from "../../lab/layout.ts";
import type { FlowPositions, QueueCounts } from "../../lab/pega/http.ts";
import { askTier, type TierName } from "../../lab/pega/release.ts";
import { setIn } from "./config-file.ts";

export interface PegaOperatorOptions {
  readonly lab: Lab;
  readonly api: Api;
  readonly configFile: string;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Seconds that readers may take to the end of what waits. */
const drainSeconds = 90;

export class PegaOperator {
  readonly #options: PegaOperatorOptions;

  constructor(options: PegaOperatorOptions) {
    this.#options = options;
  }

  /** Stops or starts what a tier puts into streams. */
  async setProducing(tier: TierName, on: boolean): Promise<void> {
    const { lab, api, print } = this.#options;
    await askTier(lab, api, tier, "POST /producing", String(on));
    print(`  operator: producing processes of the tier ${tier} ${on ? "started" : "stopped"}`);
  }

  /** Waits until so many records wait in all queues and flows, 0 for all to be read. */
  async untilWaiting(records: number): Promise<void> {
    const { lab, api, signal } = this.#options;
    const deadline = performance.now() + drainSeconds * 1000;
    for (;;) {
      const { queues } = await askTier<QueueCounts>(lab, api, "batch", "GET /queues");
      if (queues.reduce((sum, { readyToProcess }) => sum + readyToProcess, 0) === records) return;
      if (performance.now() > deadline) {
        const left = queues.map(({ name, readyToProcess }) => `${readyToProcess} of ${name}`).join(", ");
        throw new Error(`after ${drainSeconds} s wait ${left}; ${records} in all expected`);
      }
      await sleep(1_000, undefined, { signal });
    }
  }

  /** Types in that the producing processes of tiers that do both are stopped. */
  attestStopped(): void {
    setIn(this.#options.configFile, "drain", {
      producersStopped: said("job schedulers and agents of util are stopped"),
    });
  }

  attestStarted(): void {
    setIn(this.#options.configFile, "resume", {
      producersStarted: said("job schedulers and agents of util run again"),
    });
  }

  /** Types in the last ids of the data flows as Pega shows them now. */
  async copyLastIds(): Promise<void> {
    const { lab, api, configFile } = this.#options;
    const { flows } = await askTier<FlowPositions>(lab, api, "batch", "GET /flows");
    setIn(configFile, "drain", { flows: { convention: "last-processed", runs: flows } });
  }
}

const said = (words: string) => ({ by: "demo operator", at: new Date().toISOString(), words });
