import {
  moveTimes,
  outsideGaps,
  type MoveTimes,
  type OutsideGap,
  type Span,
  type Timeline,
} from "../../lab/traffic/timeline.ts";
import type { TrafficSet } from "../../lab/traffic/workloads.ts";

/** Applications that move in one row. */
export interface PlannedMove {
  readonly row: string;
  readonly workloads: readonly string[];
}

/** A row that was applied: when `pulumi up` began and ended, in milliseconds since 1970. */
export interface AppliedRow extends Span {
  readonly row: string;
}

/** What one move took, and what the applications outside of it noticed. */
export interface MoveReport {
  readonly row: string;
  readonly workloads: readonly string[];
  /** Null where some of them did not move. */
  readonly times: MoveTimes | null;
  /** Of writers outside: the longest gap before the move and while it went on; see `outsideGaps`. */
  readonly outside: readonly OutsideGap[];
}

/** What the moves of a walk took, by the applications' own logs, and why it was no success. Pure. */
export function movesReport(
  found: ReadonlyMap<string, Timeline>,
  moves: readonly PlannedMove[],
  applied: readonly AppliedRow[],
  traffic: TrafficSet,
): { readonly moves: readonly MoveReport[]; readonly problems: readonly string[] } {
  const walked = moves.flatMap((move) => {
    const span = applied.find(({ row }) => row === move.row);
    return span === undefined ? [] : [{ ...move, from: span.from, until: span.until }];
  });
  const problems: string[] = [];
  const reports = walked.map((wave, at): MoveReport => {
    const { row, workloads } = wave;
    const times = moveTimes(found, workloads, wave);
    if ("missing" in times)
      problems.push(`${row}: did not stop or did not work on the target: ${times.missing.join(", ")}`);
    const stopped = [...found].filter(
      ([name, { pods }]) => !workloads.includes(name) && pods.some(({ stoppedAt }) => isIn(wave, stoppedAt)),
    );
    if (stopped.length > 0)
      problems.push(`${row}: stopped although they are not part of it: ${stopped.map(([name]) => name).join(", ")}`);
    return {
      row,
      workloads,
      times: "missing" in times ? null : times,
      outside: outsideGaps(found, walked, at, traffic),
    };
  });
  return { moves: reports, problems };
}

const isIn = ({ from, until }: Span, time: number | null): boolean => time !== null && time >= from && time <= until;

/** The moves as lines of text. */
export function movesTable(moves: readonly MoveReport[]): string[] {
  const seconds = (value: number | undefined): string => (value === undefined ? "?" : value.toFixed(1));
  const heading = [
    "move",
    "total",
    "gates, rehearsal",
    "stop",
    "drain, place",
    "start",
    "longest gap outside",
    "before",
  ];
  const rows = moves.map(({ row, times, outside }) => {
    const worst = [...outside].sort((a, b) => b.during - b.before - (a.during - a.before))[0];
    const parts = [times?.total, times?.untilStop, times?.stopping, times?.placing, times?.starting].map(seconds);
    return [row, ...parts, worst ? `${seconds(worst.during)} (${worst.workload})` : "nobody", seconds(worst?.before)];
  });
  const widths = heading.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join("  ");
  return [
    "seconds from `up` to the last application of each move working on the target:",
    line(heading),
    ...rows.map(line),
  ];
}
