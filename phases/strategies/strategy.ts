import type { Strategy } from "../row.ts";

/** Whether records that the source holds already are copied to the target, or only read where they are. */
export type PersistedData = "mirrored" | "none";

/** One table of phases, and all that configs, docs and the demo need to know about it. */
export interface StrategyFile {
  /** What a config chooses the table by, together with `persistedData`. */
  readonly strategy: string;
  readonly persistedData: PersistedData;
  /** Why the strategy has no table for the other `persistedData`, as a clause; absent where it has one. */
  readonly onlyBecause?: string;
  /** When it is the right one, and what it promises: docs/strategies.md. */
  readonly about: string;
  readonly rows: Strategy;
  /** Whether `npm run demo -- --vendor` walks it. @default false */
  readonly vendorDemo?: true;
}
