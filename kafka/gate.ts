/** Gates: a glance for previews, and holding until a condition has held for long enough. */
import { setTimeout as sleep } from "node:timers/promises";
import { watchInterrupts, type Interrupts } from "./interrupts.ts";
import type { GateKind, Reading } from "./gate-kind.ts";
import { pegaGate } from "./pega/gate.ts";
import { snapshot } from "./snapshot.ts";
import type { Condition, GateInputs, KafkaGateInputs, Verdict } from "./types.ts";
import { judge } from "./verdicts/judge.ts";
import { notMeasured, type Snapshot } from "./verdicts/reading.ts";
import { Waste } from "./waste.ts";

/** Time between two readings of a gate. */
const pollMilliseconds = 2_000;
/** In less time nothing is measured. */
const leastMilliseconds = 300;
/** Movement is judged over the readings of this long. */
const windowMilliseconds = 30_000;
/** A waiting gate says so this often. */
const sayMilliseconds = 30_000;

const again = "run pulumi up again";
const moreTime = `${again}, with a longer gates.timeoutSeconds if it opens as late once more`;

/** What a gate leaves in the state. */
export interface Held {
  readonly sentence: string;
  readonly measuredAt: string;
  readonly readings: number;
}

const ofThisProcess = new Waste();

/**
 * One reading. What gives no answer takes at most `sweepSeconds` of all gates of this process together. Never rejects:
 * what cannot be measured from here is closed, and the sentence says so.
 */
export async function glance(inputs: GateInputs, waste = ofThisProcess): Promise<Verdict> {
  return "pega" in inputs ? look(inputs, pegaGate(inputs), waste) : look(inputs, kafkaGate(inputs), waste);
}

async function look<R extends Reading>(inputs: GateInputs, kind: GateKind<R>, waste: Waste): Promise<Verdict> {
  const unused = Math.round(inputs.sweepSeconds * 1000 - waste.total());
  if (unused <= leastMilliseconds) {
    return { open: false, sentence: `not measured, ${inputs.sweepSeconds} s went to gates that gave no answer` };
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
    // Movement takes two readings.
    if (!kind.movement || left() < pollMilliseconds * 1.5) return kind.judge(first, []);
    await sleep(pollMilliseconds);
    return kind.judge(await read(), [first]);
  } catch (error) {
    return notMeasured(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Reads until the condition has held for `holdSeconds` without a break. Rejects with one sentence after
 * `timeoutSeconds`, or when the update is interrupted. A broker or a Connect worker that is away makes a closed reading, not an end.
 */
export async function hold(inputs: GateInputs): Promise<Held> {
  const interrupts = watchInterrupts();
  try {
    return "pega" in inputs
      ? await poll(inputs, pegaGate(inputs), interrupts)
      : await poll(inputs, kafkaGate(inputs), interrupts);
  } finally {
    interrupts.end();
  }
}

/** Gates of a migration between two Kafka clusters. */
function kafkaGate({ scope, condition }: KafkaGateInputs): GateKind<Snapshot> {
  return {
    movement: condition.kind === "groups-active",
    windowMilliseconds,
    read: (options) => snapshot(scope, condition, options),
    judge: (reading, earlier) => judge(condition, reading, earlier),
    remedy: remedyOf(condition),
  };
}

async function poll<R extends Reading>(inputs: GateInputs, kind: GateKind<R>, interrupts: Interrupts): Promise<Held> {
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
    // What is slow now is slow the next time as well, and a reading that is cut off says nothing.
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
      const short = open ? ` for ${Math.round(heldSeconds)} s only, ${inputs.holdSeconds} s are asked for` : "";
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
  if (unmeasured) return `see that it can be reached from here, then ${again}`;
  return remedy ?? kind.remedy;
}

/** What to do where a gate of this kind is closed, unless its verdict knows better. */
function remedyOf(condition: Condition): string {
  switch (condition.kind) {
    case "inventory-current":
      return `run npm run assess, look at what has changed, commit the inventory and ${again}`;
    case "target-empty-or-ours":
      return `see whose those topics are; delete them or name them under topics.adopt, set the phase back to the row before and ${again}`;
    case "target-empty":
      return `find out who writes to the target, delete what is there and ${again}`;
    case "topics-as-locked":
      return `set the phase back to the row before and run pulumi up --refresh, which aligns what is declared; what the target's brokers set otherwise goes under topics.configs`;
    case "mirror-within":
    case "mirror-drained":
      return `${again} once the mirror has caught up`;
    case "groups-drained":
      return `${again} once the groups have read the source to its end`;
    case "groups-placeable":
      return `do what the sentence says, or name the group under groups.allowRedelivery with the reason, then ${again}`;
    case "connectors-valid":
      return `do what the sentence says, then ${again}`;
    case "source-still-at-ledger":
      return (
        `stop what still writes to the source, name these records under stragglers (topic, partition, to: the offset ` +
        `after the last one, reason) and ${again}: groups that are on the source read them there, for others they are ` +
        `copied; from the row retire, set the phase back to the row before validate first, in which MM2 may read the source`
      );
    case "offsets-placed":
      return `set the phase back to the row that moves consumers and ${again}`;
    case "groups-active":
      return `look at the consumers on the target, then ${again}`;
    case "rights-as-on-source":
      return `set the phase back to the row before and run pulumi up, which gives what is missing; what the source has allowed since is in the inventory after npm run assess`;
    case "users-log-in":
      return `see what that Secret holds; a password that was changed there is set on the target by pulumi up in the row before`;
    case "registry-imports":
      return `do what the sentence says, then ${again}`;
    case "schemas-equal":
      return `set the phase back to the row before and run pulumi up, which copies what is new on the source, then ${again}`;
    case "records-decode":
      return `set the phase back to the row before and run pulumi up, which copies what is new on the source; a record that never had a schema there can only be left to expire`;
    case "soaked":
      return `${again} once that time has passed`;
    case "source-confirmed":
      return `check which cluster is to be retired, correct its id in the config and ${again}`;
  }
}
