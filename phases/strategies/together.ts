import { copying, access, prepare, mirror, validateAfter, retire, cleanupAfter } from "./parts.ts";
import type { StrategyFile } from "./strategy.ts";

export const together = {
  strategy: "together",
  persistedData: "mirrored",
  onlyBecause: "applications that stop together continue on the target with what they have not read yet",
  about:
    "For applications that read and write each other's topics (`role: both`): all of them stop at once, for seconds. " +
    "The mirror is drained, every group continues at the copy of its first unread record, and all start on the target. " +
    "No record is lost or read twice, and order is kept. Until something is written on the target, the way back is open.",
  rows: [
    prepare,
    mirror,
    {
      name: "move",
      purpose: "all applications stop, the mirror is drained and stopped, all continue on the target",
      ...copying,
      producers: "target",
      consumers: "target",
      schemas: "target",
      mirror: "stopped",
      opensWhen: [
        "inventory-current",
        "topics-as-locked",
        "mirror-within",
        "newest-equal",
        "groups-placeable",
        "schemas-equal",
        "records-decode",
        ...access,
      ],
      wayBack: { row: "mirror" },
    },
    {
      ...validateAfter("move"),
      purpose: "proves that applications make progress on the target; MM2's rights on the source are removed",
    },
    retire,
    cleanupAfter(retire),
  ],
} as const satisfies StrategyFile;
