/** The frame of every move: an attempt that can be put back, then the workloads at the target. */
import type { SwitchInputs } from "../model/inputs.ts";
import { liveEntry } from "../model/ledger-text.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import { messageOf } from "../model/message-of.ts";
import { heldBack, keepers, type Held } from "../model/own-positions.ts";
import { Refused } from "../model/refused.ts";
import { LeaseLost } from "../model/settle-all.ts";
import { some, verb } from "../model/words.ts";
import { moveTitle } from "../model/workloads.ts";
import { heldSentence, startable } from "../workloads/held.ts";
import { ofRole, roleOf } from "../workloads/workloads.ts";
import { arrive } from "./arrive.ts";
import { exportPositions } from "./own-positions.ts";
import type { SwitchEffects } from "./ports.ts";
import { opensRegistry } from "./schemas.ts";
import { newUndo, putBack, readStranded, type Undo } from "./steps.ts";

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
    const head = `phase "${inputs.row}": switch of ${moveTitle(inputs.what, inputs.wave)} failed: ${messageOf(error)}.`;
    const state =
      error instanceof LeaseLost ? "Nothing was put back by this process." : await settled(effects, inputs, undo);
    throw new Error(`${head} ${state}`, { cause: error });
  }
  // From here on nothing is put back: the entry holds, and the others run under it.
  await exportPositions(effects, scope, held);
  // External ones are not ours to start: the gate of the next row waits for them.
  const stopped = held.filter(({ consumer }) => workloads.some(({ name }) => name === consumer.name));
  if (stopped.length > 0)
    throw new Refused("positions-unapplied", `phase "${inputs.row}": ${heldSentence(scope, stopped)}`);
  return entry;
}

/**
 * Starts what a killed move has left stopped: at the target if an entry holds, else on the source. Returns the resulting
 * state, or null where nobody is stopped.
 */
export async function strandedAgain(effects: SwitchEffects, inputs: SwitchInputs): Promise<string | null> {
  const { scope, what } = inputs;
  const undo = newUndo();
  const live = (all: readonly LedgerEntry[]) => liveEntry(all, what, scope);
  const entries = await readStranded(effects, undo, ofRole(scope.workloads, roleOf[what]), live);
  if (undo.stranded.length === 0) return null;
  if (what !== "consumers" && opensRegistry(scope, entries)) undo.schemas = { sealed: false, again: false };
  return settled(effects, inputs, undo);
}

/** The state after a failed attempt, once all that can be put back is. */
const settled = async (effects: SwitchEffects, inputs: SwitchInputs, undo: Undo): Promise<string> =>
  (await goneOn(effects, inputs, undo)) ?? (await putBack(effects, inputs, undo));

/**
 * Starts what a killed move has left stopped where the entry that holds says, since it is not known on which side was
 * gone on: some may be pointed at the target already, and on the source nothing that they write would come after it. Null
 * where there is nothing of the kind.
 */
async function goneOn(effects: SwitchEffects, inputs: SwitchInputs, undo: Undo): Promise<string | null> {
  const { earlier, fenced, known } = undo;
  if (earlier === null || known !== "entry" || fenced.length === 0) return null;
  const [names, entry] = [some(fenced.map(({ name }) => name)), `ledger entry ${earlier.number}`];
  if (!inputs.starts) return `${names} stay stopped, as ${entry} says.`;
  try {
    const own = inputs.offsets === "kept" ? [] : keepers(inputs.scope);
    const held = own.length === 0 ? [] : heldBack(own, await effects.ledger.read(), Date.now());
    // Whatever made the move fail may be an interrupt, which does not end this.
    const restoring = { ...effects, pace: effects.restoringPace };
    // One that the killed move has started there already goes on.
    undo.forward = true;
    await arrive(restoring, inputs, undo, startable(fenced, held), earlier);
    return `${names}, which an earlier update had stopped, ${verb(fenced.length, "was", "were")} started at the target, as ${entry} says.`;
  } catch (error) {
    if (error instanceof LeaseLost) return "Nothing was put back by this process.";
    return (
      `${names}, which an earlier update had stopped, could not be started at the target, as ${entry} says ` +
      `(${messageOf(error)}); fix the cause, then run pulumi up again: it continues from there`
    );
  }
}
