/** Measurements of a move that are repeated while there is time: a broker or a worker that is late is no reason to give up. */
import type { Pace } from "./pace.ts";
import { messageOf } from "./message-of.ts";
import { Refused } from "./refused.ts";
import { LeaseLost } from "./settle-all.ts";

/** What was measured cannot be recovered from: measuring again would not help. */
export class Lost extends Refused {}

const pauseMilliseconds = 1_000;
const restoringMilliseconds = 2_000;

/**
 * What `measure` gives, tried again until `until` (as of `pace.now()`) if it rejects; then with its last reason. Rejects at
 * once with what is `Lost`, and if the pace does because the move was interrupted.
 */
export async function untilAnswered<T>(pace: Pace, until: number, measure: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await measure();
    } catch (error) {
      if (error instanceof Lost || pace.now() >= until) throw error;
    }
    await pace.pause(pauseMilliseconds);
  }
}

/** How long putting back is tried, and who hears of it. */
export interface Restoring {
  readonly restoringPace: Pace;
  /** Seconds for which each step is tried. */
  readonly restoringSeconds: number;
  log(line: string): void;
}

/**
 * Does a step of putting back, which may be repeated, until it is done: whoever was stopped waits for it. What made the move
 * fail may be an API server that starts again or answers only now and then, so it is given up by time, however soon each
 * attempt is refused. Says at once what the first attempt met, and rejects with what the last one did; at once if another
 * process has taken the lease.
 */
export async function persistently<T>(restoring: Restoring, act: () => Promise<T>): Promise<T> {
  const { restoringPace: pace, restoringSeconds: seconds, log } = restoring;
  const until = pace.now() + seconds * 1000;
  for (let first = true; ; first = false) {
    try {
      return await act();
    } catch (error) {
      if (error instanceof LeaseLost || pace.now() >= until) throw error;
      if (first) log(`putting back is tried again for up to ${seconds} s: ${messageOf(error)}`);
    }
    // A lease that could not be renewed for a while is not lost, and no reason to leave anybody stopped.
    await pace.pause(restoringMilliseconds).catch((error: unknown) => {
      if (error instanceof LeaseLost) throw error;
    });
  }
}
