import type { PegaTable } from "../row.ts";

/** One table of phases of Pega, and all that configs, docs and the demo know of it. */
export interface PegaStrategyFile {
  /** When it is the right one, and what it promises: docs/strategies.md. */
  readonly about: string;
  /** Whether what the embedded stream holds unread is lost, which a config has to accept in words. */
  readonly loses: boolean;
  readonly rows: PegaTable;
}
