import type { Strategy } from "./row.ts";

const notYet = "no way back yet: records written on the target would stay there";

/** One table per strategy; a new strategy is a new table and its golden file. */
export const strategies = {
  "producers-first": [
    {
      name: "prepare",
      purpose: "the target cluster, its topics and the Connect cluster stand; nothing is copied",
      producers: "source",
      consumers: "source",
      mirror: "absent",
      standingTopics: "kept",
      connect: "present",
      source: "running",
      opensWhen: [],
      wayBack: { none: "no way back: it is the first row; pulumi destroy takes it away" },
    },
    {
      name: "mirror",
      purpose: "MirrorMaker 2 copies every record, exactly once, and keeps copying",
      producers: "source",
      consumers: "source",
      mirror: "running",
      standingTopics: "aligned",
      connect: "present",
      source: "running",
      opensWhen: ["inventory-current", "target-empty-or-ours"],
      wayBack: { row: "prepare" },
    },
    {
      name: "move-producers",
      purpose: "producers pause, the mirror is drained and stopped, producers go on at the target",
      producers: "target",
      consumers: "source",
      mirror: "stopped",
      standingTopics: "aligned",
      connect: "present",
      source: "running",
      opensWhen: ["inventory-current", "topics-as-locked", "mirror-within"],
      wayBack: { none: notYet },
    },
    {
      name: "move-consumers",
      purpose: "groups that have read the source to its end go on at the target at the exact offset",
      producers: "target",
      consumers: "target",
      mirror: "stopped",
      standingTopics: "aligned",
      connect: "present",
      source: "running",
      opensWhen: ["inventory-current", "mirror-drained", "source-still-at-ledger", "groups-drained"],
      wayBack: { none: notYet },
    },
    {
      name: "validate",
      purpose: "proves that producers and consumers make progress on the target; changes nothing",
      producers: "target",
      consumers: "target",
      mirror: "stopped",
      standingTopics: "aligned",
      connect: "present",
      source: "running",
      opensWhen: ["source-still-at-ledger", "offsets-placed", "groups-active"],
      wayBack: { none: notYet },
    },
    {
      name: "retire",
      purpose: "connectors, Connect and MM2's own topics go; a KubeDB source is halted, its volumes stay",
      producers: "target",
      consumers: "target",
      mirror: "absent",
      standingTopics: "aligned",
      connect: "absent",
      source: "halted",
      opensWhen: ["source-still-at-ledger", "groups-active", "soaked", "source-confirmed"],
      wayBack: { none: notYet },
    },
  ],
} as const satisfies Record<string, Strategy>;

export type StrategyName = keyof typeof strategies;
