import type { Strategy } from "../row.ts";

/** Whether records that the source holds already are copied to the target, or only read where they are. */
export type PersistedData = "mirrored" | "none";

/** Whether what is written on the target is copied back to the source until the way back is closed. */
export type WayBack = "mirrored" | "none";

/** One table of phases, and all that configs, docs and the demo need to know about it. */
export interface StrategyFile {
  /** What a config chooses the table by, together with `persistedData` and `wayBack`. */
  readonly strategy: string;
  readonly persistedData: PersistedData;
  /** @default none */
  readonly wayBack?: "mirrored";
  /** Why the strategy has no table for the other `persistedData`, as a clause; absent where it has one. */
  readonly onlyBecause?: string;
  /** When it is the right one, and what it promises: docs/strategies.md. */
  readonly about: string;
  readonly rows: Strategy;
  /** Whether `npm run demo -- --vendor` walks it. @default false */
  readonly vendorDemo?: true;
}
