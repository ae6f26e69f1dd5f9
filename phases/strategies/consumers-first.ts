import { notYet, copying, moved, access, prepare, mirror, validateAfter, retire, cleanupAfter } from "./parts.ts";
import type { StrategyFile } from "./strategy.ts";

export const consumersFirst = {
  strategy: "consumers-first",
  persistedData: "mirrored",
  onlyBecause: "consumers that move before the producers read what the mirror copies",
  vendorDemo: true,
  about:
    "For producers that cannot stop together with the consumers, or groups that never read to the end. Groups " +
    "stop wherever they are and continue at the copy of their first unread record, proved record by record; " +
    "producers keep writing until their own phase. No record is lost or read twice, and order is kept. Until the " +
    "producers have moved, consumers can go back to the exact place on the source. A group whose place cannot " +
    "be proved is refused by name, unless it is listed under `groups.allowRedelivery`; the preview says how many records it will read again.",
  rows: [
    prepare,
    mirror,
    {
      name: "move-consumers",
      purpose: "groups stop where they are and continue on the target at the exact offset; producers never stop",
      ...copying,
      consumers: "target",
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
      name: "move-producers",
      purpose: "producers pause, the mirror is drained and stopped, producers continue on the target",
      ...moved,
      sourceRights: "granted",
      opensWhen: [
        "inventory-current",
        "topics-as-locked",
        "mirror-within",
        "newest-equal",
        "offsets-placed",
        "groups-active",
        "schemas-equal",
        ...access,
      ],
      wayBack: { none: notYet },
    },
    validateAfter("move-producers"),
    retire,
    cleanupAfter(retire),
  ],
} as const satisfies StrategyFile;
