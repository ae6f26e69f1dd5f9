import type { Row, Strategy } from "./row.ts";

const first = "no way back: it is the first row; pulumi destroy takes it away";
const notYet = "no way back yet: records written on the target would stay there";

/** What every strategy with a mirror begins as: nothing has moved, nothing is copied. */
const mirrored = {
  producers: "source",
  consumers: "source",
  twins: "absent",
  mirror: "absent",
  standingTopics: "kept",
  schemas: "source",
  connect: "present",
  sourceRights: "granted",
  source: "running",
} as const satisfies Partial<Row>;

/** What every strategy without a mirror begins as: there is no Connect cluster in any row. */
const unmirrored = { ...mirrored, connect: "absent", sourceRights: "revoked" } as const satisfies Partial<Row>;

/** MM2 copies; its topics on the target are as the lock has them. */
const copying = {
  ...mirrored,
  mirror: "running",
  standingTopics: "aligned",
  schemas: "copied",
} as const satisfies Partial<Row>;

/** Everybody is on the target, MM2 can change nothing on the source any more. */
const moved = {
  ...copying,
  producers: "target",
  consumers: "target",
  schemas: "target",
  mirror: "stopped",
  sourceRights: "revoked",
} as const satisfies Partial<Row>;

/** Before each move: applications may do at the target what they may at the source, and get in. */
const access = ["rights-as-on-source", "users-log-in", "connectors-valid"] as const;

const prepare = {
  name: "prepare",
  purpose: "the target cluster, its topics and the Connect cluster stand; nothing is copied",
  ...mirrored,
  opensWhen: [],
  wayBack: { none: first },
} as const satisfies Row;

const mirror = {
  name: "mirror",
  purpose: "MirrorMaker 2 copies every record, exactly once, and keeps copying",
  ...copying,
  opensWhen: ["inventory-current", "target-empty-or-ours", "registry-imports"],
  wayBack: { row: "prepare" },
} as const satisfies Row;

const validate = {
  name: "validate",
  purpose: "proves that producers and consumers make progress on the target; MM2's rights on the source go",
  ...moved,
  opensWhen: ["source-still-at-ledger", "offsets-placed", "groups-active"],
  wayBack: { none: notYet },
} as const satisfies Row;

/** Back to the row before validate: nobody moves, MM2 may read the source again. */
const validateAfter = (row: string) => ({ ...validate, wayBack: { row } }) as const;

const retire = {
  name: "retire",
  purpose: "connectors, Connect, MM2's own topics and users go; a KubeDB source is halted, its volumes stay",
  ...moved,
  mirror: "absent",
  connect: "absent",
  source: "halted",
  opensWhen: ["source-still-at-ledger", "groups-active", "soaked", "source-confirmed"],
  wayBack: { none: notYet },
} as const satisfies Row;

/** The same row in a strategy without a mirror. */
const alone = { mirror: "absent", connect: "absent", sourceRights: "revoked" } as const satisfies Partial<Row>;

/** One table per strategy; a new strategy is a new table and its golden file. */
export const tables = {
  "producers-first": [
    prepare,
    mirror,
    {
      name: "move-producers",
      purpose: "producers pause, the mirror is drained and stopped, producers go on at the target",
      ...copying,
      producers: "target",
      schemas: "target",
      mirror: "stopped",
      opensWhen: ["inventory-current", "topics-as-locked", "mirror-within", "schemas-equal", ...access],
      wayBack: { none: notYet },
    },
    {
      name: "move-consumers",
      purpose: "groups that have read the source to its end go on at the target at the exact offset",
      ...moved,
      sourceRights: "granted",
      opensWhen: [
        "inventory-current",
        "mirror-drained",
        "source-still-at-ledger",
        "groups-drained",
        "schemas-equal",
        "records-decode",
        ...access,
      ],
      wayBack: { none: notYet },
    },
    validateAfter("move-consumers"),
    retire,
  ],
  "producers-first-unmirrored": [
    {
      name: "prepare",
      purpose: "the target cluster and its topics stand; nothing is copied in any row",
      ...unmirrored,
      schemas: "copied",
      opensWhen: [],
      wayBack: { none: first },
    },
    {
      name: "move-producers",
      purpose: "producers pause and go on at the target, whose topics hold no record before them",
      ...unmirrored,
      standingTopics: "aligned",
      producers: "target",
      schemas: "target",
      opensWhen: ["inventory-current", "target-empty", "registry-imports", ...access],
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
        "groups-drained",
        "schemas-equal",
        "records-decode",
        ...access,
      ],
      wayBack: { none: notYet },
    },
    {
      ...validate,
      ...alone,
      purpose: "proves that producers and consumers make progress on the target",
    },
    {
      ...retire,
      ...alone,
      purpose: "a KubeDB source is halted, its volumes stay",
    },
  ],
  "consumers-first": [
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
  "dual-consume": [
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
} as const satisfies Record<string, Strategy>;

/** Whether records that the source holds already are copied to the target, or only read where they are. */
export type PersistedData = "mirrored" | "none";

export const strategyNames = ["producers-first", "consumers-first", "dual-consume"] as const;
export type StrategyName = (typeof strategyNames)[number];
export type TableName = keyof typeof tables;

/** What a person chooses: the order of moving, and whether records that the source holds are copied. */
export interface TableChoice {
  readonly strategy: StrategyName;
  /** @default what the strategy has */
  readonly persistedData?: PersistedData | undefined;
}

/** The table that is chosen, which a stack keeps. */
export function tableOf({ strategy, persistedData }: TableChoice): TableName {
  return strategy === "producers-first" && persistedData === "none" ? "producers-first-unmirrored" : strategy;
}

/** Whether the rows of a table copy records. */
export const hasMirror = (name: TableName): boolean =>
  (tables[name] as Strategy).some((row) => row.connect === "present");

/** Whether consumers of a table have twins. */
export const hasTwins = (name: TableName): boolean => (tables[name] as Strategy).some((row) => row.twins !== "absent");
