import { aims } from "../model/aims.ts";
import type { SwitchInputs } from "../model/inputs.ts";
import type { Looking } from "../model/looking.ts";
import { announceSwitch, refusedOwners, switchOver } from "../switch/switch.ts";
import { parseEntry } from "../model/ledger-text.ts";
import { moveName } from "../model/workloads.ts";
import { evidenceOf, readEvidence } from "../switch/evidence.ts";
import type { Reconciled } from "./reconciled.ts";

export const switching: Reconciled<SwitchInputs & Looking, Awaited<ReturnType<typeof switchOver>>> = {
  id: ({ what, wave }) => moveName(what, wave),
  aim: aims.Switch,
  async check({ looks, ...news }) {
    if (!news.sealed) {
      if (looks) console.log(await announceSwitch(news));
      const reasons = await refusedOwners(news);
      return { inputs: news, failures: reasons.map((reason) => ({ property: "scope", reason })) };
    }
    const { again, refusal } = await readEvidence(news);
    if (again !== null) console.log(again);
    const pending = again === null ? [] : [again];
    return { inputs: { ...news, pending, ...(refusal !== null && { unproved: refusal }) } };
  },
  apply: switchOver,
  changes(olds, news) {
    // Pulumi shows a check what was asked for, and not what came of it: the state's copy of the ledger is seen only here.
    if (news.unproved !== undefined) {
      const { refusal } = evidenceOf(news, (olds.entries ?? []).map(parseEntry));
      if (refusal !== null) throw new Error(refusal);
    }
    // Until its row is reached every update proves again that the switch still holds.
    return { changes: !news.sealed || (news.pending ?? []).length > 0 };
  },
};
