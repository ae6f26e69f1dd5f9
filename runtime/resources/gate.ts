/** Gates of either kind of migration: looked at once for previews, and held until a condition has held for long enough. */
import type { GateInputs } from "../../gates/inputs.ts";
import { withdrawReceipts } from "../ledger/receipts.ts";
import { recordOf } from "../ledger/record.ts";
import { hold, look, type Held } from "../measure/hold.ts";
import { Waste } from "../measure/silence-budget.ts";
import { aims } from "../model/aims.ts";
import type { AnyVerdict } from "../model/gates.ts";
import type { Looking } from "../model/looking.ts";
import { startStranded } from "../switch/stranded.ts";
import type { Reconciled } from "./reconciled.ts";

const ofThisProcess = new Waste();

/** One reading; see `look`. */
export const glance = (inputs: GateInputs, waste = ofThisProcess): Promise<AnyVerdict> => look(inputs, waste);

/** As `hold`; receipts of another day, which the ledger keeps before a row that halts the source, count no more. */
async function holdAnew(inputs: GateInputs): Promise<Held> {
  if (!("pega" in inputs) && inputs.halts !== undefined) await withdrawReceipts(recordOf(inputs.scope), inputs.halts);
  const held = await hold(inputs, () => startStranded("pega" in inputs ? [] : (inputs.moves ?? [])));
  say(inputs, `open: ${held.sentence}`);
  return held;
}

const say = ({ row, condition }: GateInputs, now: string): void =>
  console.log(`gate ${row} / ${condition.kind} is ${now}`);

const notAsked = (): Held => ({
  sentence: "not measured: its phase was reached before this gate was there",
  measuredAt: new Date().toISOString(),
  readings: 0,
});

/** What the gate measured when it was looked at last, so that a preview has something to show. */
interface Looked {
  readonly now?: string;
}

export const gate: Reconciled<GateInputs & Looked & Looking, Held> = {
  id: ({ row, condition }) => `${row}/${condition.kind}`,
  aim: aims.Gate,
  keepsFoundAlone: true,
  async check({ looks, ...news }, olds) {
    if (news.sealed) return { inputs: olds.now === undefined ? news : { ...news, now: olds.now } };
    // An update holds the gate, all of a row at the same time; its checks come one after the other.
    if (!looks) return { inputs: news };
    const verdict = await glance(news);
    const now = `${verdict.open ? "open" : "closed"}: ${verdict.sentence}`;
    say(news, now);
    return { inputs: { ...news, now } };
  },
  // Also when it was edited: it would open unmeasured otherwise. One that is new in a reached row came with a later version of
  // this program: what it would measure now is not what opened the row.
  apply: (inputs) => (inputs.sealed ? Promise.resolve(notAsked()) : holdAnew(inputs)),
  // Until its row is reached a gate is measured by every update, afterwards by none; no setting changes that.
  changes: (_olds, news) => ({ changes: !news.sealed }),
};
