/** Measurements of a move that are repeated while there is time: a broker or a worker that is late is no reason to give up. */
import type { Pace } from "./pace.ts";
import { Refused } from "./refused.ts";

/** What was measured cannot be recovered from: measuring again would not help. */
export class Lost extends Refused {}

const pauseMilliseconds = 1_000;

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
