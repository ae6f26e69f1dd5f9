import { notYet, copying, moved, access, prepare, mirror, validateAfter, retire, cleanupAfter } from "./parts.ts";
import type { StrategyFile } from "./strategy.ts";

export const producersFirst = {
  strategy: "producers-first",
  persistedData: "mirrored",
  about:
    "For most migrations: producers pause once, for seconds; groups read the source to its end and continue on the " +
    "target at the end offset in the ledger. No record is lost or read twice, and order is kept.",
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
      opensWhen: ["inventory-current", "topics-as-locked", "mirror-within", "newest-equal", "schemas-equal", ...access],
      wayBack: { none: notYet },
    },
    {
      name: "move-consumers",
      purpose: "groups that have read the source to its end continue on the target at the exact offset",
      ...moved,
      sourceRights: "granted",
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
      ],
      wayBack: { none: notYet },
    },
    validateAfter("move-consumers"),
    retire,
    cleanupAfter(retire),
  ],
} as const satisfies StrategyFile;
