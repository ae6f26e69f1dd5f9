import { notYet, copying, moved, access, prepare, mirror, validateAfter, retire } from "./parts.ts";
import type { StrategyFile } from "./strategy.ts";

export const consumersFirst = {
  strategy: "consumers-first",
  persistedData: "mirrored",
  onlyBecause: "consumers that move before the producers read what the mirror copies",
  vendorDemo: true,
  about:
    "Where producers cannot stop together with the consumers, or groups never read to the end. Groups stop wherever " +
    "they are and go on at the copy of their first unread record, proved record by record; producers write on until " +
    "their own row. Nothing is lost, nothing is read twice, every order is kept. Consumers can go back to the source, " +
    "to the exact place there, until the producers have moved. A group for which no place can be proved is refused by " +
    "name, or named under `groups.allowRedelivery`; the preview says how many records it will read again.",
  rows: [
    prepare,
    mirror,
    {
      name: "move-consumers",
      purpose: "groups stop where they are and go on at the target at the exact offset; producers never stop",
      ...copying,
      consumers: "target",
      opensWhen: [
        "inventory-current",
        "topics-as-locked",
        "mirror-within",
        "groups-placeable",
        "schemas-equal",
        "records-decode",
        ...access,
      ],
      wayBack: { row: "mirror" },
    },
    {
      name: "move-producers",
      purpose: "producers pause, the mirror is drained and stopped, producers go on at the target",
      ...moved,
      sourceRights: "granted",
      opensWhen: [
        "inventory-current",
        "topics-as-locked",
        "mirror-within",
        "offsets-placed",
        "groups-active",
        "schemas-equal",
        ...access,
      ],
      wayBack: { none: notYet },
    },
    validateAfter("move-producers"),
    retire,
  ],
} as const satisfies StrategyFile;
