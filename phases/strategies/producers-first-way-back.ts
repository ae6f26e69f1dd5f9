import {
  notYet,
  copying,
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
import type { StrategyFile } from "./strategy.ts";

export const producersFirstWayBack = {
  strategy: "producers-first",
  persistedData: "mirrored",
  wayBack: "mirrored",
  about:
    "`wayBack: mirrored`: as producers-first, and once the consumers have moved, a second mirror copies what is written on " +
    "the target to the source, exactly once. Until `close`, the stack can go back to `mirror` and forward again as often " +
    "as needed: groups return to their exact place on the source, then the producers pause for seconds. No record is " +
    "lost or read twice, and order is kept.",
  rows: [
    prepare,
    mirror,
    {
      name: "move-producers",
      purpose: "producers pause, the mirror is drained and stopped, producers continue on the target",
      ...copying,
      producers: "target",
      schemas: "target",
      mirror: "stopped",
      opensWhen: [
        "inventory-current",
        "topics-as-locked",
        "mirror-within",
        "newest-equal",
        "schemas-equal",
        ...access,
        ...takesBack,
      ],
      wayBack: { none: `${notYet} until the next phase opens it` },
    },
    {
      name: "move-consumers",
      purpose:
        "groups that have read the source to its end continue on the target at the exact offset; the way back opens",
      ...moved,
      ...open,
      opensWhen: [
        "inventory-current",
        "mirror-drained",
        "newest-equal",
        "source-still-at-ledger",
        "producers-active",
        "groups-drained",
        "schemas-equal",
        "records-decode",
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
