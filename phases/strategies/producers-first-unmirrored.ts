import type { Row } from "../row.ts";
import { first, notYet, unmirrored, moved, access, alone, validateAlone, retireAlone, cleanupAfter } from "./parts.ts";
import type { StrategyFile } from "./strategy.ts";

const retired = {
  ...retireAlone,
  purpose: "a KubeDB source is halted, its volumes stay",
} as const satisfies Row;

export const producersFirstUnmirrored = {
  strategy: "producers-first",
  persistedData: "none",
  about:
    "`persistedData: none`: the source's records are not needed on the target. Groups read them on the source, " +
    "then begin at the target's beginning. No record is lost or read twice, and order is kept.",
  rows: [
    {
      name: "prepare",
      purpose: "the target cluster and its topics exist; nothing is copied in any phase",
      ...unmirrored,
      schemas: "copied",
      opensWhen: [],
      wayBack: { none: first },
    },
    {
      name: "move-producers",
      purpose: "producers pause and continue on the target, whose topics hold no earlier record",
      ...unmirrored,
      existingTopics: "aligned",
      producers: "target",
      schemas: "target",
      opensWhen: ["inventory-current", "target-empty", "target-capacity", "registry-imports", ...access],
      wayBack: { none: notYet },
    },
    {
      name: "move-consumers",
      purpose: "groups that have read the source to its end begin at the target's beginning",
      ...moved,
      ...alone,
      opensWhen: [
        "inventory-current",
        "topics-as-locked",
        "source-still-at-ledger",
        "producers-active",
        "groups-drained",
        "schemas-equal",
        "records-decode",
        ...access,
      ],
      wayBack: { none: notYet },
    },
    {
      ...validateAlone,
      purpose: "proves that producers and consumers make progress on the target",
    },
    retired,
    cleanupAfter(retired),
  ],
} as const satisfies StrategyFile;
