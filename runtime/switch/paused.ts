/** The one owner of a stop that no switch makes: whoever is stopped runs again, however the act ends. */
import { persistently } from "../model/again.ts";
import { messageOf } from "../model/message-of.ts";
import type { WorkloadRef } from "../model/scope.ts";
import { LeaseLost } from "../model/settle-all.ts";
import { fence, startByHand, unfence, waitRunning } from "../workloads/workloads.ts";
import type { SwitchEffects } from "./ports.ts";
import { checkStoppable } from "./steps.ts";

export interface Paused {
  /** Seconds that pods may take to stop. */
  readonly stopSeconds: number;
  /** Seconds that pods may take to become ready afterwards. */
  readonly startSeconds: number;
  /** Whether the act leaves the workloads where they are, or moves them back to the source. */
  readonly after: "stay" | "source";
  /** True of workloads that an earlier row has stopped for good: if the act fails they stay as they are. @default false */
  readonly rest?: boolean;
}

/** Which of the workloads stay stopped although the act has succeeded. @default none */
type Holds<T> = (found: T) => Promise<readonly WorkloadRef[]>;

/**
 * Stops workloads, acts, and starts them: where they are if the act fails (unless they are to rest), where `after` says if
 * it does not. Rejects with the act's error, or with what keeps them from running and the commands that start them by
 * hand.
 */
export async function paused<T>(
  effects: SwitchEffects,
  workloads: readonly WorkloadRef[],
  { stopSeconds, startSeconds, after, rest = false }: Paused,
  act: () => Promise<T>,
  holds: Holds<T> = async () => [],
): Promise<T> {
  let found: T;
  try {
    await checkStoppable(effects, workloads);
    if (after === "source") await effects.addresses.rehearse(workloads, "source");
    await fence(effects.workloads, workloads, stopSeconds, effects.pace);
    found = await act();
  } catch (error) {
    // Another process may act now.
    if (error instanceof LeaseLost || rest) throw error;
    await persistently(effects, () => unfence(effects.workloads, workloads)).catch((failure: unknown) => {
      const commands = startByHand(workloads.map((workload) => [workload, null])).join("; ");
      throw new Error(
        `${messageOf(error)}; the workloads could not be started again (${messageOf(failure)}): run ${commands}`,
        {
          cause: error,
        },
      );
    });
    throw error;
  }
  if (after === "source") {
    await persistently(effects, () => effects.addresses.point(workloads, "source"));
    effects.log(`${workloads.length} workloads are pointed at the source`);
  }
  const held = new Set((await holds(found)).map(({ name }) => name));
  const going = workloads.filter(({ name }) => !held.has(name));
  await persistently(effects, () => unfence(effects.workloads, going));
  await waitRunning(effects.workloads, going, startSeconds, effects.restoringPace);
  effects.log(`${going.length} workloads run again`);
  return found;
}
