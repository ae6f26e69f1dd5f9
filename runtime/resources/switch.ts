import type { SwitchInputs } from "../model/inputs.ts";
import { announceSwitch, switchOver } from "../switch/switch.ts";
import type { Reconciled } from "./reconciled.ts";

export const switching: Reconciled<SwitchInputs, Awaited<ReturnType<typeof switchOver>>> = {
  id: ({ what }) => what,
  async check(news) {
    if (!news.sealed) console.log(await announceSwitch(news));
    return { inputs: news };
  },
  apply: switchOver,
  // Until its row is reached every update proves again that the switch still holds.
  changes: (_olds, news) => ({ changes: !news.sealed }),
};
