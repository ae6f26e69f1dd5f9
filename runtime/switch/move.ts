/** The frame of every move: an attempt that can be put back, then the workloads at the target. */
import type { SwitchInputs } from "../model/inputs.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import { heldBack, keepers, type Held } from "../model/own-positions.ts";
import { Refused } from "../model/refused.ts";
import { heldSentence, startable } from "../workloads/held.ts";
import { ofRole, roleOf } from "../workloads/workloads.ts";
import { arrive } from "./arrive.ts";
import { exportPositions } from "./own-positions.ts";
import type { SwitchEffects } from "./ports.ts";
import { putBack, type Undo } from "./steps.ts";

/**
 * Attempts a move and starts its workloads at the target under the entry that the attempt returns. Whatever fails up to
 * the first start is put back, and the promise rejects with the reason and the resulting state; afterwards it rejects
 * with what is left to do at the target. Consumers that keep their own positions stay stopped, under an entry that holds,
 * until the config says that they have got the new ones: it rejects with that.
 */
export async function moved(
  effects: SwitchEffects,
  inputs: SwitchInputs,
  undo: Undo,
  attempt: () => Promise<LedgerEntry>,
): Promise<LedgerEntry> {
  const { scope } = inputs;
  const workloads = ofRole(scope.workloads, roleOf[inputs.what]);
  const own = inputs.offsets === "kept" ? [] : keepers(scope);
  let entry: LedgerEntry;
  let held: readonly Held[];
  try {
    entry = await attempt();
    held = own.length === 0 ? [] : heldBack(own, await effects.ledger.read(), Date.now());
    await arrive(effects, inputs, undo, startable(workloads, held), entry);
  } catch (error) {
    throw await putBack(effects, inputs, undo, error);
  }
  // From here on nothing is put back: the entry holds, and the others run under it.
  await exportPositions(effects, scope, held);
  // External ones are not ours to start: the gate of the next row waits for them.
  const stopped = held.filter(({ consumer }) => workloads.some(({ name }) => name === consumer.name));
  if (stopped.length > 0)
    throw new Refused("positions-unapplied", `phase "${inputs.row}": ${heldSentence(scope, stopped)}`);
  return entry;
}
