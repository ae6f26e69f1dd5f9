/** What holding a gate needs to know about what it measures. */
import type { Verdict } from "./gates.ts";

export interface SweepOptions {
  /** All measurements together may take this long. */
  readonly deadlineMs: number;
  /** A measurement of another gate may be this old to be used again. @default 1000 */
  readonly freshMs?: number;
}

/** What one sweep has measured for one gate. */
export interface Reading {
  /** Milliseconds since 1970. */
  readonly takenAt: number;
}

/** One gate: how it measures, judges and advises. */
export interface GateKind<R extends Reading> {
  /** Whether the condition is about something that moves, which takes two readings. */
  readonly movement: boolean;
  /** Movement is judged over the readings of this long. */
  readonly windowMilliseconds: number;
  /** Never rejects: what could not be measured is part of the reading. */
  read(options: SweepOptions): Promise<R>;
  /** `earlier` readings of the same gate, oldest first. */
  judge(reading: R, earlier: readonly R[]): Verdict;
  /** What to do about a closed gate that was measured and names no remedy itself, as the end of its sentence. */
  readonly remedy: string;
}
