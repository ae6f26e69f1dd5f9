import { external, prepare, written, retire } from "./parts.ts";
import type { PegaStrategyFile } from "./strategy.ts";

export const pegaLossy = {
  about:
    "For everything else: one step, and what the embedded stream holds unread is lost, which the config accepts in " +
    "words. Refused on a stack marked as production.",
  loses: true,
  rows: [
    prepare,
    {
      name: "switch",
      purpose: "stream tiers go, every tier starts again on the external cluster; what was unread is lost",
      ...external,
      opensWhen: ["loss-accepted", "cluster-fit", "names-free"],
      wayBack: { none: written },
    },
    retire,
  ],
} as const satisfies PegaStrategyFile;
