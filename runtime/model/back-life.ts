/** Which part of both logs tells where a group goes back to, in a partition that a mirror back copies or has copied. Pure. */
import type { LogBounds } from "./placement.ts";
import type { SideName } from "./sides.ts";

/** Ends of one partition on both sides at one moment: the same records lie before them. */
export type BothEnds = Readonly<Record<SideName, bigint>>;

export interface BackLife {
  /** When the mirror back began: what lies behind was written on the target, and is copied to the source. */
  readonly from: BothEnds;
  /** When it ended, once its writers have gone back: what lies behind was written on the source. Null while it copies. */
  readonly until: BothEnds | null;
}

/**
 * `before`: the group has read less than there was when the mirror back began, copies of the source's; `back`: it has read what
 * comes back; `after`: it has read copies again that were made once the writers had gone back.
 */
export type Leg = "before" | "back" | "after";

/** Of a group that never committed nobody knows where it would have been before the mirror back began: it is asked of what came back. */
export function legOf({ from, until }: BackLife, committed: bigint | null): Leg {
  if (committed === null) return "back";
  if (committed < from.target) return "before";
  return until !== null && committed > until.target ? "after" : "back";
}

/** What of a side's log that leg is about. */
export function boundsOf(leg: Leg, { from, until }: BackLife, side: SideName, log: LogBounds): LogBounds {
  if (leg === "before") return { start: log.start, stable: least(from[side], log.stable), end: log.end };
  const first = leg === "after" ? until![side] : from[side];
  const rest = { ...log, first, start: first > log.start ? first : log.start };
  if (leg === "after" || until === null) return rest;
  return { ...rest, stable: least(until[side], log.stable), end: least(until[side], log.end) };
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
