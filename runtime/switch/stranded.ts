/** What a killed update has left stopped, and no switch of this update gets to: a gate before it is closed. */
import { watchInterrupts } from "../ledger/interrupts.ts";
import { leaseSeconds, takeLease } from "../ledger/lease.ts";
import type { SwitchInputs } from "../model/inputs.ts";
import { messageOf } from "../model/message-of.ts";
import { scopeOfMove } from "../model/waves.ts";
import { moveTitle } from "../model/workloads.ts";
import { workloadApi } from "../workloads/workload-api.ts";
import { ofRole, roleOf } from "../workloads/workloads.ts";
import { strandedAgain } from "./move.ts";
import { fencedBefore } from "./steps.ts";
import { withEffects } from "./switch.ts";

/** All gates of a row are held at the same time, and each of them may be closed. */
const begun = new Map<string, Promise<void>>();

/**
 * Starts what killed switches of a row have left stopped where it belongs: at the target if the ledger has an entry that
 * holds, else on the source. Gates that are closed at the same time wait for the same start. Never rejects: what could not be started is said, and the
 * switch itself says more.
 */
export function startStranded(moves: readonly SwitchInputs[]): Promise<void> {
  const [first] = moves;
  if (first === undefined) return Promise.resolve();
  const known = begun.get(first.row);
  if (known !== undefined) return known;
  const started = moves
    .reduce((before, move) => before.then(() => startOne(move)), Promise.resolve())
    .finally(() => begun.delete(first.row));
  begun.set(first.row, started);
  return started;
}

async function startOne(given: SwitchInputs): Promise<void> {
  const inputs = { ...given, scope: scopeOfMove(given.scope, given) };
  const log = (line: string) => console.log(`switch ${moveTitle(inputs.what, inputs.wave)}: ${line}`);
  try {
    // Those begin at their start, and nothing stops them.
    if (inputs.what === "twins") return;
    const workloads = ofRole(inputs.scope.workloads, roleOf[inputs.what]);
    if ((await fencedBefore({ workloads: workloadApi }, workloads)).length === 0) return;
    log("an earlier update has left workloads stopped, and a gate of this phase is closed");
    const interrupts = watchInterrupts();
    try {
      // The process of the killed command may still act: whoever holds the lease puts back, or goes on, itself.
      const lease = await takeLease(inputs.scope, 2 * leaseSeconds, log);
      try {
        const { scope, startSeconds } = inputs;
        const said = await withEffects(scope, lease, interrupts, log, startSeconds, (effects) =>
          strandedAgain(effects, inputs),
        );
        if (said !== null) log(said);
      } finally {
        await lease.release();
      }
    } finally {
      interrupts.end();
    }
  } catch (error) {
    log(`what an earlier update has left stopped could not be started again: ${messageOf(error)}`);
  }
}
