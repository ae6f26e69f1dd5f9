/** Measuring any gate once, or until its condition has held for long enough. */
import { setTimeout as sleep } from "node:timers/promises";
import { notMeasured } from "../judging/reading.ts";
import { watchInterrupts, type Interrupts } from "../ledger/interrupts.ts";
import type { GateKind, Reading } from "../model/gate-kind.ts";
import type { GateSettings, Verdict } from "../model/gates.ts";
import type { Waste } from "./silence-budget.ts";

/** Time between two readings of a gate. */
const pollMilliseconds = 2_000;
/** With less time than this nothing is measured. */
const leastMilliseconds = 300;
/** A waiting gate says so this often. */
const sayMilliseconds = 30_000;

const again = "run pulumi up again";
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
export async function look<R extends Reading>(inputs: GateSettings, kind: GateKind<R>, waste: Waste): Promise<Verdict> {
  const unused = Math.round(inputs.sweepSeconds * 1000 - waste.total());
  if (unused <= leastMilliseconds) {
    return {
      open: false,
      sentence: `not measured: the ${inputs.sweepSeconds} s limit (gates.sweepSeconds) was used up waiting for other gates`,
    };
  }
  const startedAt = Date.now();
  const verdict = await reading(kind, () => unused - (Date.now() - startedAt));
  if (verdict.unmeasured) waste.add(startedAt);
  return verdict;
}

async function reading<R extends Reading>(kind: GateKind<R>, left: () => number): Promise<Verdict> {
  try {
    const read = () => kind.read({ deadlineMs: left(), freshMs: pollMilliseconds / 2 });
    const first = await read();
    // It takes two readings to see movement.
    if (!kind.movement || left() < pollMilliseconds * 1.5) return kind.judge(first, []);
    await sleep(pollMilliseconds);
    return kind.judge(await read(), [first]);
  } catch (error) {
    return notMeasured(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Reads until the condition has held for `holdSeconds` without a break. Rejects with one sentence after
 * `timeoutSeconds`, or when the update is interrupted. If a broker or a Connect worker does not answer, the reading is closed and polling continues.
 */
export async function holdOpen<R extends Reading>(inputs: GateSettings, kind: GateKind<R>): Promise<Held> {
  const interrupts = watchInterrupts();
  try {
    return await poll(inputs, kind, interrupts);
  } finally {
    interrupts.end();
  }
}

async function poll<R extends Reading>(inputs: GateSettings, kind: GateKind<R>, interrupts: Interrupts): Promise<Held> {
  const { row } = inputs;
  const deadline = Date.now() + inputs.timeoutSeconds * 1000;
  const earlier: R[] = [];
  let openSince: number | null = null;
  let said = 0;
  let patience = inputs.readingSeconds * 1000;
  for (let readings = 1; ; readings++) {
    const startedAt = Date.now();
    const deadlineMs = Math.min(Math.max(deadline - startedAt, pollMilliseconds), patience);
    const reading = await kind.read({ deadlineMs });
    // What is slow now will be slow the next time too, and a reading that is cut off says nothing.
    if (Date.now() - startedAt > deadlineMs / 2) patience *= 2;
    const verdict = kind.judge(reading, earlier);
    const { open, sentence } = verdict;
    earlier.push(reading);
    while ((earlier[0]?.takenAt ?? 0) < reading.takenAt - kind.windowMilliseconds) earlier.shift();
    openSince = open ? (openSince ?? reading.takenAt) : null;
    const heldSeconds = openSince === null ? 0 : (reading.takenAt - openSince) / 1000;
    if (open && heldSeconds >= inputs.holdSeconds) {
      return { sentence, measuredAt: new Date(reading.takenAt).toISOString(), readings };
    }
    const unwanted = interrupts.reason();
    if (unwanted !== null) {
      throw new Error(`phase "${row}" stays closed: ${unwanted}. Nothing behind this gate was changed`);
    }
    if (Date.now() + pollMilliseconds > deadline) {
      const short = open ? ` for only ${Math.round(heldSeconds)} s, ${inputs.holdSeconds} s required` : "";
      throw new Error(
        `phase "${row}" stays closed: ${sentence}${short}. ` +
          `Nothing behind this gate was changed; ${open ? moreTime : whatToDo(verdict, kind)}`,
      );
    }
    if (!open && readings > 1 && Date.now() - said >= sayMilliseconds) {
      said = Date.now();
      console.log(`phase "${row}" waits: ${sentence}`);
    }
    await sleep(pollMilliseconds);
  }
}

/** What to do about a closed gate, as the end of its sentence. Pure. */
export function whatToDo({ unmeasured, remedy }: Verdict, kind: Pick<GateKind<Reading>, "remedy">): string {
  if (unmeasured) return `make it reachable from here, then ${again}`;
  return remedy ?? kind.remedy;
}
