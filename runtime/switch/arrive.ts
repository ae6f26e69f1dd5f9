/** The second half of a move: workloads that are stopped go on at the target. */
import type { SwitchInputs } from "../model/inputs.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import type { WorkloadRef } from "../model/scope.ts";
import { fence, runningPods, stillWithoutPods, unfence, waitRunning } from "../workloads/workloads.ts";
import type { SwitchEffects } from "./ports.ts";
import { persistently, type Undo } from "./steps.ts";

/**
 * Points workloads at the target and starts them there, under an entry that says where everything ended. Up to the
 * first start a failure is undone, afterwards there is only forward: something may have been written.
 */
export async function arrive(
  effects: SwitchEffects,
  inputs: SwitchInputs,
  undo: Undo,
  workloads: readonly WorkloadRef[],
  entry: LedgerEntry,
): Promise<void> {
  if (!inputs.starts) return;
  undo.entry = entry;
  const forward = undo.forward;
  if (forward) await stopAstray(effects, inputs, workloads);
  else await stillWithoutPods(effects.workloads, workloads);
  await effects.addresses.point(workloads, "target");
  effects.log(`${workloads.length} workloads are pointed at the target`);
  await effects.pace.pause(0);
  // One that came up meanwhile may have read the address of the source.
  if (!forward) await stillWithoutPods(effects.workloads, workloads);
  undo.forward = true;
  const startedAt = effects.pace.now();
  // One refusal of the API server must not leave a workload at 0: nobody starts it before the next update.
  await persistently(effects, () => unfence(effects.workloads, workloads));
  // An interrupt does not end it: whoever waits would be told that less has happened than has.
  await waitRunning(effects.workloads, workloads, inputs.startSeconds, effects.restoringPace);
  const seconds = ((effects.pace.now() - startedAt) / 1000).toFixed(1);
  effects.log(`${workloads.length} workloads run at the target after ${seconds} s`);
}

/**
 * Stops those that run although they would be pointed elsewhere now: somebody has put their address back, and pods that
 * came up since read it. They are started again with the others.
 */
async function stopAstray(effects: SwitchEffects, inputs: SwitchInputs, workloads: readonly WorkloadRef[]) {
  const astray = await effects.addresses.astray(workloads, "target");
  const running = await runningPods(effects.workloads, astray);
  if (running.length === 0) return;
  const stopping = running.map(({ workload }) => workload);
  const names = stopping.map(({ name }) => name).join(", ");
  effects.log(`${names} had the source's address again and may run there: stopped, to be started at the target`);
  await fence(effects.workloads, stopping, inputs.stopSeconds, effects.pace);
}
