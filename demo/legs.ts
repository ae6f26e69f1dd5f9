import { timelinesOf, writePauseIn } from "../lab/traffic/timeline.ts";
import { wayBackOf, type roundTrip, type TableName } from "../phases/strategies/index.ts";
import type { PhaseReport } from "./walk.ts";

type Row = ReturnType<typeof roundTrip>[number];

/**
 * Whether a row of a walk there and back is shown by a preview: the first, and each that begins or ends the mirror back for
 * the first time. What the others change is what the walk without a way back shows.
 */
export function isPreviewed(rows: readonly Pick<Row, "name" | "reverse">[], index: number): boolean {
  const row = rows[index]!;
  const before = rows.slice(0, index);
  const begunBefore = before.some(({ name, reverse }) => name === row.name && reverse === "running");
  return before.length === 0 || (row.reverse !== before.at(-1)!.reverse && !begunBefore);
}

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
