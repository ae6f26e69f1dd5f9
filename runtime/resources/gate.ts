/** Gates of either kind of migration: looked at once for previews, and held until a condition has held for long enough. */
import type { GateInputs } from "../../gates/inputs.ts";
import { holdOpen, look, type Held } from "../measure/hold.ts";
import { recordOf } from "../ledger/record.ts";
import { kafkaGate } from "../measure/kafka-gate.ts";
import { countingReceipts, withdrawReceipt, writeReceipt } from "../measure/receipts.ts";
import { Waste } from "../measure/silence-budget.ts";
import type { Verdict } from "../model/gates.ts";
import { pegaGate } from "../pega/gate.ts";
import type { Reconciled } from "./reconciled.ts";

const ofThisProcess = new Waste();

/** One reading; see `look`. */
export async function glance(inputs: GateInputs, waste = ofThisProcess): Promise<Verdict> {
  return "pega" in inputs ? look(inputs, pegaGate(inputs), waste) : look(inputs, kafkaGate(inputs), waste);
}

/** Reads until the condition has held; see `holdOpen`. */
export async function hold(inputs: GateInputs): Promise<Held> {
  return "pega" in inputs ? holdOpen(inputs, pegaGate(inputs)) : holdOpen(inputs, kafkaGate(inputs));
}

/** As `hold`; before a row that halts the source it leaves a receipt, because nobody can measure it afterwards. */
async function holdWithReceipt(inputs: GateInputs): Promise<Held> {
  if ("pega" in inputs || inputs.halts === undefined) return hold(inputs);
  const ref = recordOf(inputs.scope);
  await withdrawReceipt(ref, inputs.halts, inputs.condition.kind);
  const held = await hold(inputs);
  const { measuredAt, sentence } = held;
  // What was read back from a receipt is not written again.
  if ((await countingReceipts(ref, inputs.halts))[inputs.condition.kind] === undefined) {
    await writeReceipt(ref, inputs.condition.kind, { measuredAt, sentence });
  }
  return held;
}

/** What the gate measured when it was looked at last, so that a preview has something to show. */
interface Looked {
  readonly now?: string;
}

export const gate: Reconciled<GateInputs & Looked, Held> = {
  id: ({ row, condition }) => `${row}/${condition.kind}`,
  async check(news, olds) {
    if (news.sealed) return { inputs: olds.now === undefined ? news : { ...news, now: olds.now } };
    const verdict = await glance(news);
    const now = `${verdict.open ? "open" : "closed"}: ${verdict.sentence}`;
    console.log(`gate ${news.row} / ${news.condition.kind} is ${now}`);
    return { inputs: { ...news, now } };
  },
  // Also when it was edited: it would open unmeasured otherwise.
  apply: holdWithReceipt,
  // Until its row is reached a gate is measured by every update, afterwards by none; no setting changes that.
  changes: (_olds, news) => ({ changes: !news.sealed }),
};
