import type { Row } from "../row.ts";
import { first, unmirrored, moved, access, alone, validateAlone, retireAlone, cleanupAfter } from "./parts.ts";
import type { StrategyFile } from "./strategy.ts";

const retired = {
  ...retireAlone,
  twins: "running",
  consumers: "stopped",
  purpose: "a KubeDB source is halted, its volumes stay",
} as const satisfies Row;

export const dualConsume = {
  strategy: "dual-consume",
  persistedData: "none",
  onlyBecause: "dual-consume reads the records on the source and copies nothing",
  about:
    "For consumers that can run twice, if order across the switch does not matter: each consumer names its `twin`, " +
    "the same application for the target, which reads the target from its beginning. Nothing is copied. No record " +
    "is lost or read twice; every phase up to `validate` has a way back.",
  rows: [
    {
      name: "prepare",
      purpose: "the target cluster and its topics exist; nothing is copied in any phase",
      ...unmirrored,
      twins: "stopped",
      opensWhen: [],
      wayBack: { none: first },
    },
    {
      name: "consume-both",
      purpose: "each consumer's twin reads the target from its beginning, while the consumer still reads the source",
      ...unmirrored,
      existingTopics: "aligned",
      schemas: "copied",
      twins: "running",
      opensWhen: ["inventory-current", "target-empty", "target-capacity", "registry-imports", ...access],
      wayBack: { row: "prepare" },
    },
    {
      name: "move-producers",
      purpose: "producers pause and continue on the target; both sides are read",
      ...unmirrored,
      existingTopics: "aligned",
      schemas: "target",
      twins: "running",
      producers: "target",
      opensWhen: [
        "inventory-current",
        "topics-as-locked",
        "offsets-placed",
        "groups-active",
        "schemas-equal",
        ...access,
      ],
      wayBack: { row: "consume-both" },
    },
    {
      name: "drain-source",
      purpose: "consumers that have read the source to its end stop; their twins keep running",
      ...moved,
      ...alone,
      twins: "running",
      consumers: "stopped",
      opensWhen: ["source-still-at-ledger", "producers-active", "groups-drained", "schemas-equal", "records-decode"],
      wayBack: { row: "move-producers" },
    },
    {
      ...validateAlone,
      twins: "running",
      consumers: "stopped",
      purpose: "proves that producers and twins make progress on the target",
      wayBack: { row: "drain-source" },
    },
    retired,
    cleanupAfter(retired),
  ],
} as const satisfies StrategyFile;
