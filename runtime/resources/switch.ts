import { aims } from "../model/aims.ts";
import type { SwitchInputs } from "../model/inputs.ts";
import { readEvidence } from "../switch/evidence.ts";
import type { Reach } from "../switch/ports.ts";
import { announceSwitch, refusedOwners, switchOver } from "../switch/switch.ts";
import type { Reconciled } from "./reconciled.ts";

export const switchingOver = (reach: Reach): Reconciled<SwitchInputs, Awaited<ReturnType<typeof switchOver>>> => ({
  id: ({ what }) => what,
  aim: aims.Switch,
  async check(news, olds) {
    if (!news.sealed) {
      console.log(await announceSwitch(news, reach));
      const reasons = await refusedOwners(news, reach);
      return { inputs: news, failures: reasons.map((reason) => ({ property: "scope", reason })) };
    }
    const { again, refusal } = await readEvidence(news, olds.entries ?? [], reach);
    if (refusal !== null) return { inputs: news, failures: [{ property: "row", reason: refusal }] };
    if (again !== null) console.log(again);
    return { inputs: { ...news, pending: again === null ? [] : [again] } };
  },
  apply: (news) => switchOver(news, reach),
  // Until its row is reached every update proves again that the switch still holds.
  changes: (_olds, news) => ({ changes: !news.sealed || (news.pending ?? []).length > 0 }),
});
