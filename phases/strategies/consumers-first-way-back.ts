import {
  moved,
  open,
  access,
  prepare,
  mirror,
  takesBack,
  validateOpen,
  close,
  retireClosed,
  cleanupAfter,
} from "./parts.ts";
import { consumersFirst } from "./consumers-first.ts";
import type { StrategyFile } from "./strategy.ts";

export const consumersFirstWayBack = {
  strategy: "consumers-first",
  persistedData: "mirrored",
  wayBack: "mirrored",
  about:
    "`wayBack: mirrored`: as consumers-first, and once the producers have moved, a second mirror copies what is written on " +
    "the target to the source, exactly once. Until `close`, the stack can go back to `mirror` and forward again as often " +
    "as needed. No record is lost or read twice, and order is kept.",
  rows: [
    prepare,
    mirror,
    consumersFirst.rows[2],
    {
      name: "move-producers",
      purpose:
        "producers pause, the mirror is drained and stopped, producers continue on the target; the way back opens",
      ...moved,
      ...open,
      opensWhen: [
        "inventory-current",
        "topics-as-locked",
        "mirror-within",
        "newest-equal",
        "offsets-placed",
        "groups-active",
        "schemas-equal",
        ...access,
        ...takesBack,
      ],
      wayBack: { row: "mirror" },
    },
    validateOpen,
    close,
    retireClosed,
    cleanupAfter(retireClosed),
  ],
} as const satisfies StrategyFile;
