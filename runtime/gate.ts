/** Gates of either kind of migration: a glance for previews, and holding until a condition has held for long enough. */
import { holdOpen, look, type Held } from "./measure/hold.ts";
import { kafkaGate } from "./measure/kafka-gate.ts";
import { Waste } from "./measure/silence-budget.ts";
import type { GateInputs, Verdict } from "./model/gates.ts";
import { pegaGate } from "./pega/gate.ts";

const ofThisProcess = new Waste();

/** One reading; see `look`. */
export async function glance(inputs: GateInputs, waste = ofThisProcess): Promise<Verdict> {
  return "pega" in inputs ? look(inputs, pegaGate(inputs), waste) : look(inputs, kafkaGate(inputs), waste);
}

/** Reads until the condition has held; see `holdOpen`. */
export async function hold(inputs: GateInputs): Promise<Held> {
  return "pega" in inputs ? holdOpen(inputs, pegaGate(inputs)) : holdOpen(inputs, kafkaGate(inputs));
}
