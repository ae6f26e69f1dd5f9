/** Gates of either kind of migration: looked at once for previews, and held until a condition has held for long enough. */
import type { GateInputs } from "../../gates/inputs.ts";
import { recordOf } from "../ledger/record.ts";
import { hold, look, type Held } from "../measure/hold.ts";
import { countingReceipts, realKeeping, withdrawReceipt, writeReceipt, type Keeping } from "../measure/receipts.ts";
import { Waste } from "../measure/silence-budget.ts";
import { aims } from "../model/aims.ts";
import type { Verdict } from "../model/gates.ts";
import type { Reconciled } from "./reconciled.ts";

const ofThisProcess = new Waste();

/** One reading; see `look`. */
export const glance = (inputs: GateInputs, waste = ofThisProcess): Promise<Verdict> => look(inputs, waste);

/** How a gate is measured, and where its receipts are kept; tests put their own in its place. */
export interface Measuring {
  look(inputs: GateInputs): Promise<Verdict>;
  hold(inputs: GateInputs): Promise<Held>;
  readonly receipts: Keeping;
}

export const realMeasuring: Measuring = { look: glance, hold, receipts: realKeeping };

/** As `hold`; before a row that halts the source it leaves a receipt, because nobody can measure it afterwards. */
async function holdWithReceipt(inputs: GateInputs, { hold, receipts }: Measuring): Promise<Held> {
  if ("pega" in inputs || inputs.halts === undefined) return hold(inputs);
  const ref = recordOf(inputs.scope);
  await withdrawReceipt(ref, inputs.halts, inputs.condition.kind, receipts);
  const held = await hold(inputs);
  const { measuredAt, sentence } = held;
  // What was read back from a receipt is not written again.
  if ((await countingReceipts(ref, inputs.halts, receipts))[inputs.condition.kind] === undefined) {
    await writeReceipt(ref, inputs.condition.kind, { measuredAt, sentence }, receipts);
  }
  return held;
}

/** What the gate measured when it was looked at last, so that a preview has something to show. */
interface Looked {
  readonly now?: string;
}

export const gateOver = (measuring: Measuring): Reconciled<GateInputs & Looked, Held> => ({
  id: ({ row, condition }) => `${row}/${condition.kind}`,
  aim: aims.Gate,
  async check(news, olds) {
    if (news.sealed) return { inputs: olds.now === undefined ? news : { ...news, now: olds.now } };
    const verdict = await measuring.look(news);
    const now = `${verdict.open ? "open" : "closed"}: ${verdict.sentence}`;
    console.log(`gate ${news.row} / ${news.condition.kind} is ${now}`);
    return { inputs: { ...news, now } };
  },
  // Also when it was edited: it would open unmeasured otherwise.
  apply: (news) => holdWithReceipt(news, measuring),
  // Until its row is reached a gate is measured by every update, afterwards by none; no setting changes that.
  changes: (_olds, news) => ({ changes: !news.sealed }),
});
