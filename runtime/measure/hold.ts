/** Measuring any gate once, or until its condition has held for long enough. */
import { setTimeout as sleep } from "node:timers/promises";
import { again } from "../../gates/gate.ts";
import type { GateInputs } from "../../gates/inputs.ts";
import { notMeasured } from "../judging/reading.ts";
import { watchInterrupts, type Interrupts } from "../ledger/interrupts.ts";
import { countingReceipts, withReceipt } from "../ledger/receipts.ts";
import { recordOf } from "../ledger/record.ts";
import type { AnyVerdict } from "../model/gates.ts";
import { gateOf, judge, whatToDo, type AnySnapshot } from "./judge.ts";
import type { Waste } from "./silence-budget.ts";
import { snapshot } from "./snapshot.ts";

/** Time between two readings of a gate. */
const pollMilliseconds = 2_000;
/** With less time than this nothing is measured. */
const leastMilliseconds = 300;
/** Readings of this long are kept for gates that compare them, unless the gate or the config says otherwise. */
const windowSeconds = 90;
/** A waiting gate says so this often. */
const sayMilliseconds = 30_000;

const moreTime = `${again}; if the gate opens too late again, raise gates.timeoutSeconds`;

/** What a gate leaves in the state. */
export interface Held {
  readonly sentence: string;
  readonly measuredAt: string;
  readonly readings: number;
}

/**
 * One reading. All gates that share `waste` together wait at most `sweepSeconds` for clusters that do not answer. Never rejects:
 * a gate that cannot be measured is closed, and the sentence says so.
 */
export async function look(inputs: GateInputs, waste: Waste): Promise<AnyVerdict> {
  const unused = Math.round(inputs.sweepSeconds * 1000 - waste.total());
  if (unused <= leastMilliseconds) {
    return {
      open: false,
      cause: "not-measured",
      sentence: `not measured: the ${inputs.sweepSeconds} s limit (gates.sweepSeconds) was used up waiting for other gates`,
    };
  }
  const startedAt = Date.now();
  const verdict = await reading(inputs, () => unused - (Date.now() - startedAt));
  if (verdict.unmeasured) waste.add(startedAt);
  return verdict;
}

async function reading(inputs: GateInputs, left: () => number): Promise<AnyVerdict> {
  const { condition } = inputs;
  try {
    const read = () => snapshot(scopeOf(inputs), condition, { deadlineMs: left(), freshMs: pollMilliseconds / 2 });
    const first = await read();
    // Movement takes two readings.
    const { movement } = gateOf(condition, scopeOf(inputs));
    if (!movement || left() < pollMilliseconds * 1.5) return await judged(inputs, first);
    await sleep(pollMilliseconds);
    return await judged(inputs, await read(), [first]);
  } catch (error) {
    return notMeasured(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Reads until the condition has held for `holdSeconds` without a break; what has moved between two readings has held between
 * them. `whenClosed` is awaited once, after a first reading that finds it closed; its time does not count. Rejects with one
 * sentence after `timeoutSeconds`, or when the update is interrupted. If a broker or a Connect worker does not answer, the reading is closed and polling continues.
 */
export async function hold(inputs: GateInputs, whenClosed: () => Promise<void> = async () => undefined): Promise<Held> {
  const interrupts = watchInterrupts();
  try {
    return await poll(inputs, interrupts, whenClosed);
  } finally {
    interrupts.end();
  }
}

/** Readings of this long are compared. */
export function windowMilliseconds(inputs: GateInputs): number {
  const { movementSeconds = windowSeconds, condition } = inputs;
  return gateOf(condition, scopeOf(inputs)).movement?.windowMilliseconds ?? movementSeconds * 1000;
}

/**
 * Since when, in milliseconds since 1970, a condition has held; null while it does not. `before`: the reading before, where the
 * condition is about movement: what was closed then and has moved since has moved for as long as the two lie apart.
 */
export function heldSince(
  since: number | null,
  open: boolean,
  reading: { readonly takenAt: number },
  before?: { readonly takenAt: number },
): number | null {
  return open ? (since ?? (before ?? reading).takenAt) : null;
}

async function poll(inputs: GateInputs, interrupts: Interrupts, whenClosed: () => Promise<void>): Promise<Held> {
  const { row, condition } = inputs;
  const scope = scopeOf(inputs);
  const window = windowMilliseconds(inputs);
  const { movement } = gateOf(condition, scope);
  let deadline = Date.now() + inputs.timeoutSeconds * 1000;
  const earlier: AnySnapshot[] = [];
  let openSince: number | null = null;
  let said = 0;
  let patience = inputs.readingSeconds * 1000;
  for (let readings = 1; ; readings++) {
    const startedAt = Date.now();
    const deadlineMs = Math.min(Math.max(deadline - startedAt, pollMilliseconds), patience);
    const reading = await snapshot(scope, condition, { deadlineMs });
    // What is slow now is slow the next time as well, and a reading that is cut off says nothing.
    if (Date.now() - startedAt > deadlineMs / 2) patience *= 2;
    const verdict = await judged(inputs, reading, earlier);
    const { open, sentence } = verdict;
    openSince = heldSince(openSince, open, reading, movement && earlier.at(-1));
    earlier.push(reading);
    while ((earlier[0]?.takenAt ?? 0) < reading.takenAt - window) earlier.shift();
    const heldSeconds = openSince === null ? 0 : (reading.takenAt - openSince) / 1000;
    if (open && heldSeconds >= inputs.holdSeconds) {
      return { sentence, measuredAt: new Date(reading.takenAt).toISOString(), readings };
    }
    if (!open && readings === 1) {
      const closedAt = Date.now();
      await whenClosed();
      deadline += Date.now() - closedAt;
    }
    const unwanted = interrupts.reason();
    if (unwanted !== null) {
      throw new Error(`phase "${row}" stays closed: ${unwanted}. Nothing behind this gate was changed`);
    }
    if (Date.now() + pollMilliseconds > deadline) {
      const short = open ? ` for only ${Math.round(heldSeconds)} s, ${inputs.holdSeconds} s required` : "";
      throw new Error(
        `phase "${row}" stays closed: ${sentence}${short}. ` +
          `Nothing behind this gate was changed; ${open ? moreTime : whatToDo(verdict, condition, scope)}`,
      );
    }
    if (!open && readings > 1 && Date.now() - said >= sayMilliseconds) {
      said = Date.now();
      console.log(`phase "${row}" waits: ${sentence}`);
    }
    await sleep(pollMilliseconds);
  }
}

/** The verdict on a reading; where nothing can be measured any more, what the gate left before its source was halted. */
async function judged(inputs: GateInputs, reading: AnySnapshot, earlier?: readonly AnySnapshot[]): Promise<AnyVerdict> {
  const verdict = judge(inputs.condition, reading, earlier);
  if (!verdict.unmeasured || "pega" in inputs || inputs.halts === undefined) return verdict;
  const receipts = await countingReceipts(recordOf(inputs.scope), inputs.halts);
  return withReceipt(verdict, receipts[inputs.condition.kind]);
}

const scopeOf = (inputs: GateInputs) => ("pega" in inputs ? inputs.pega : inputs.scope);
