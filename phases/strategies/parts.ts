/** What rows of several strategies have in common: columns to begin with, and whole rows. */
import type { Row } from "../row.ts";

export const first = "no way back: it is the first phase; pulumi destroy removes it";
export const notYet = "no way back yet: records written on the target would stay there";

/** What every strategy with a mirror begins as: nothing has moved, nothing is copied. */
const mirrored = {
  producers: "source",
  consumers: "source",
  twins: "absent",
  mirror: "absent",
  reverse: "absent",
  existingTopics: "kept",
  schemas: "source",
  connect: "present",
  sourceRights: "granted",
  source: "running",
} as const satisfies Partial<Row>;

/** What every strategy without a mirror begins as: there is no Connect cluster in any row. */
export const unmirrored = { ...mirrored, connect: "absent", sourceRights: "revoked" } as const satisfies Partial<Row>;

/** MM2 copies; its topics on the target are as the lock has them. */
export const copying = {
  ...mirrored,
  mirror: "running",
  existingTopics: "aligned",
  schemas: "copied",
} as const satisfies Partial<Row>;

/** All workloads are on the target; MM2 can no longer change anything on the source. */
export const moved = {
  ...copying,
  producers: "target",
  consumers: "target",
  schemas: "target",
  mirror: "stopped",
  sourceRights: "revoked",
} as const satisfies Partial<Row>;

/** Before each move: applications reach the target, can log in and are allowed to do there what they are on the source. */
export const access = ["rights-as-on-source", "users-log-in", "paths-open", "connectors-valid"] as const;

export const prepare = {
  name: "prepare",
  purpose: "the target cluster, its topics and the Connect cluster exist; nothing is copied",
  ...mirrored,
  opensWhen: [],
  wayBack: { none: first },
} as const satisfies Row;

export const mirror = {
  name: "mirror",
  purpose: "MirrorMaker 2 copies every record, exactly once, and keeps copying",
  ...copying,
  opensWhen: ["inventory-current", "target-empty-or-ours", "target-capacity", "target-defaults", "registry-imports"],
  wayBack: { row: "prepare" },
} as const satisfies Row;

export const validate = {
  name: "validate",
  purpose: "proves that producers and consumers make progress on the target; MM2's rights on the source are removed",
  ...moved,
  opensWhen: [
    "source-still-at-ledger",
    "newest-equal",
    "offsets-placed",
    "producers-active",
    "groups-active",
    "target-healthy",
  ],
  wayBack: { none: notYet },
} as const satisfies Row;

/** Back to the row before validate: nothing moves; MM2 is allowed to read the source again. */
export const validateAfter = (row: string) => ({ ...validate, wayBack: { row } }) as const;

export const retire = {
  name: "retire",
  purpose: "connectors, Connect, MM2's own topics and users are removed; a KubeDB source is halted, its volumes stay",
  ...moved,
  mirror: "absent",
  connect: "absent",
  source: "halted",
  opensWhen: ["source-still-at-ledger", "newest-equal", "groups-active", "soaked", "source-confirmed"],
  wayBack: { none: notYet },
} as const satisfies Row;

/** The way back is open: what is written on the target is copied to the source, by the same user. */
export const open = { reverse: "running", sourceRights: "granted" } as const satisfies Partial<Row>;

/** Before the way back opens: the source can take what will be written on the target. */
export const takesBack = ["source-takes-back"] as const;

/** Back over both moves at once: consumers first, to their exact place, then the producers. */
export const validateOpen = {
  ...validate,
  ...open,
  purpose: "proves that producers and consumers make progress on the target, and that the source gets a copy of it all",
  opensWhen: [
    "way-back-within",
    "source-as-copied",
    "newest-equal",
    "source-rights-kept",
    "offsets-placed",
    "producers-active",
    "groups-active",
  ],
  wayBack: { row: "mirror" },
} as const satisfies Row;

export const close = {
  name: "close",
  purpose: "closes the way back: the reverse mirror is drained and removed, with its rights and topics on the source",
  ...moved,
  opensWhen: ["way-back-within", "source-as-copied", "newest-equal", "groups-active", "soaked"],
  wayBack: { none: "no way back: it was closed, and what is written on the target since is not on the source" },
} as const satisfies Row;

/** After the way back was closed. */
export const retireClosed = {
  ...retire,
  wayBack: { none: "no way back: it was closed with phase close" },
} as const satisfies Row;

const cleanup = {
  name: "cleanup",
  purpose:
    "the object of a KubeDB source is deleted, which cleanup.confirm names; others delete their clusters themselves",
  source: "removed",
  opensWhen: ["source-unused"],
  wayBack: { none: "no way back: the source's object is deleted" },
} as const satisfies Partial<Row>;

/** The last row of every table, after the one that retires the source: nobody moves, and the source's object goes. */
export const cleanupAfter = <R extends Row>(row: R): Omit<R, keyof typeof cleanup> & typeof cleanup => ({
  ...row,
  ...cleanup,
});

/** The same row in a strategy without a mirror. */
export const alone = { mirror: "absent", connect: "absent", sourceRights: "revoked" } as const satisfies Partial<Row>;

/** The last two rows where nothing was copied, so that nothing is compared. */
export const validateAlone = {
  ...validate,
  ...alone,
  opensWhen: ["source-still-at-ledger", "offsets-placed", "producers-active", "groups-active", "target-healthy"],
} as const satisfies Row;

export const retireAlone = {
  ...retire,
  ...alone,
  opensWhen: ["source-still-at-ledger", "groups-active", "soaked", "source-confirmed"],
} as const satisfies Row;
