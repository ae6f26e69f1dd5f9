import { first, unmirrored, moved, access, validate, retire, alone } from "./parts.ts";
import type { StrategyFile } from "./strategy.ts";

export const dualConsume = {
  strategy: "dual-consume",
  persistedData: "none",
  onlyBecause: "dual-consume reads what the source holds there and copies nothing",
  about:
    "Where consumers can run twice and order across the switch does not matter: each consumer names its `twin`, the " +
    "same application for the target, which begins at its beginning. Nothing is copied. Nothing is lost, nothing is " +
    "read twice; every row up to `validate` leads back.",
  rows: [
    {
      name: "prepare",
      purpose: "the target cluster and its topics stand; nothing is copied in any row",
      ...unmirrored,
      twins: "stopped",
      opensWhen: [],
      wayBack: { none: first },
    },
    {
      name: "consume-both",
      purpose: "each consumer's twin reads the target from its beginning, beside the consumer that reads the source",
      ...unmirrored,
      standingTopics: "aligned",
      schemas: "copied",
      twins: "running",
      opensWhen: ["inventory-current", "target-empty", "registry-imports", ...access],
      wayBack: { row: "prepare" },
    },
    {
      name: "move-producers",
      purpose: "producers pause and go on at the target; both sides are read",
      ...unmirrored,
      standingTopics: "aligned",
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
      purpose: "consumers that have read the source to its end stop; their twins go on",
      ...moved,
      ...alone,
      twins: "running",
      consumers: "stopped",
      opensWhen: ["source-still-at-ledger", "groups-drained", "schemas-equal", "records-decode"],
      wayBack: { row: "move-producers" },
    },
    {
      ...validate,
      ...alone,
      twins: "running",
      consumers: "stopped",
      purpose: "proves that producers and twins make progress on the target",
      wayBack: { row: "drain-source" },
    },
    {
      ...retire,
      ...alone,
      twins: "running",
      consumers: "stopped",
      purpose: "a KubeDB source is halted, its volumes stay",
    },
  ],
} as const satisfies StrategyFile;
