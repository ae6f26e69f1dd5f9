/** The second half of a move: workloads that are stopped go on at the target. */
import { persistently } from "../model/again.ts";
import type { SwitchInputs } from "../model/inputs.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import type { WorkloadRef } from "../model/scope.ts";
import { LeaseLost } from "../model/settle-all.ts";
import { fence, runningPods, startByHand, stillWithoutPods, unfence, waitRunning } from "../workloads/workloads.ts";
import type { SwitchEffects } from "./ports.ts";
import type { Undo } from "./steps.ts";

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
  if (forward) await pointedAgain(effects, inputs, workloads);
  else {
    await stillWithoutPods(effects.workloads, workloads);
    await effects.addresses.point(workloads, "target");
  }
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
 * Points workloads at the target that have been started there before: some may run, and an earlier update may have been
 * killed before it started the others. If that is refused, nobody is left at 0 who ran, or who has the target's address.
 */
async function pointedAgain(
  effects: SwitchEffects,
  inputs: SwitchInputs,
  workloads: readonly WorkloadRef[],
): Promise<void> {
  const ran = await runningAstray(effects, workloads);
  try {
    if (ran.length > 0) {
      const names = ran.map(({ name }) => name).join(", ");
      effects.log(`${names} had the source's address again and may run there: stopped, to be started at the target`);
      await fence(effects.workloads, ran, inputs.stopSeconds, effects.pace);
    }
    await effects.addresses.point(workloads, "target");
  } catch (error) {
    // Another process may act now.
    if (error instanceof LeaseLost) throw error;
    await startWhoCan(effects, workloads, ran, error);
    throw error;
  }
}

/**
 * Those that run although they would be pointed elsewhere now: somebody has put their address back, and pods that came up
 * since read it.
 */
async function runningAstray(
  effects: SwitchEffects,
  workloads: readonly WorkloadRef[],
): Promise<readonly WorkloadRef[]> {
  const astray = await effects.addresses.astray(workloads, "target");
  return (await runningPods(effects.workloads, astray)).map(({ workload }) => workload);
}

/** Starts those that were just stopped, wherever they are pointed, and those that are stopped and pointed at the target. */
async function startWhoCan(
  effects: SwitchEffects,
  workloads: readonly WorkloadRef[],
  ran: readonly WorkloadRef[],
  cause: unknown,
): Promise<void> {
  // A connector's place is where its configuration is, which nobody is asked about.
  const pointed = workloads.filter(({ kind }) => kind !== "connector");
  const elsewhere = await effects.addresses.astray(pointed, "target").catch(() => pointed);
  const going = [...ran, ...pointed.filter((one) => !elsewhere.includes(one) && !ran.includes(one))];
  try {
    await persistently(effects, () => unfence(effects.workloads, going));
  } catch (failure) {
    const commands = startByHand(going.map((workload) => [workload, null])).join("; ");
    throw new Error(`${text(cause)}; workloads could not be started again (${text(failure)}): run ${commands}`, {
      cause,
    });
  }
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error));
