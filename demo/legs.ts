import { timelinesOf, writePauseIn } from "../lab/traffic/timeline.ts";
import { wayBackOf, type TableName } from "../phases/strategies/index.ts";
import type { PhaseReport } from "./walk.ts";

/** One row of a walk there and back, as the writers' own logs have it. */
export interface Leg {
  readonly row: string;
  /** Longest time, in seconds, in which no record of some writer was acknowledged while the row was applied. */
  readonly writePauseSeconds: number;
}

/** How long each row of a walk there and back kept writers waiting; nothing where the table leads nowhere back. */
export function legsOf(
  table: TableName,
  phases: readonly Pick<PhaseReport, "name" | "upFrom" | "upUntil">[],
  logDir: string,
): { readonly legs?: readonly Leg[] } {
  if (wayBackOf(table) === "none") return {};
  const found = timelinesOf(logDir);
  const legs = phases.map(({ name: row, upFrom: from, upUntil: until }) => ({
    row,
    writePauseSeconds: writePauseIn(found, { from, until }),
  }));
  return { legs };
}
