/** Time, as something that a test or an interrupt can hold. */
import { setTimeout as sleep } from "node:timers/promises";

/** Time and permission to continue; a switch puts its own in place to notice an interrupt or a lost lease. */
export interface Pace {
  now(): number;
  /** Waits; rejects if the work must not continue. */
  pause(milliseconds: number): Promise<void>;
}

export const plainPace: Pace = { now: Date.now, pause: async (milliseconds) => void (await sleep(milliseconds)) };
