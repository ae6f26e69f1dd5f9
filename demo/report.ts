import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isClean, type Audit } from "../lab/traffic/audit.ts";
import type { AsMirrorMaker } from "./as-mirror-maker.ts";
import type { UnreadStream } from "../lab/pega/unread.ts";
import type { MoveReport } from "./applications/moves.ts";
import type { Leg } from "./legs.ts";
import type { Held } from "./pega/obstacles.ts";
import type { VendorOutcome } from "./vendor/outcome.ts";
import type { PhaseReport } from "./walk.ts";

/** What the demo demands of a walk. */
export interface Demands {
  readonly rows: readonly string[];
  /** Records per second that must be acknowledged on average in every row. */
  readonly perSecond: number;
  /** Records that must be acknowledged in all. */
  readonly total: number;
  /** Records that must be acknowledged after the last row. */
  readonly afterLast: number;
  /** In which order records of a key must have been read; see `isClean`. @default kept */
  readonly order?: "kept" | "within-side";
  /** Whether no producer may be stopped before its own row. */
  readonly steady?: boolean;
  /** Records that must be lost, no more and no less. @default 0 */
  readonly lost?: number;
}

/** The content of `.lab/report.json`. */
export interface Report {
  /** The table that was walked. */
  readonly strategy: string;
  readonly succeeded: boolean;
  /** Why it did not succeed; empty when it did. */
  readonly problems: readonly string[];
  readonly phases: readonly (Omit<PhaseReport, "from" | "until" | "upFrom" | "upUntil"> & {
    readonly acknowledgedPerSecond: number | null;
  })[];
  readonly acknowledgedAfterLast: number;
  readonly audit: Omit<Audit, "perSecond"> | null;
  /** What MirrorMaker 2's own offsets did beside the walk; only where groups move while they lag. */
  readonly asMirrorMaker?: AsMirrorMaker;
  /** What kept the row `switch` of a drained Pega from opening, tried one after the other. */
  readonly held?: readonly Held[];
  /** What a lossy switch of Pega left in the embedded stream, counted from its volume. */
  readonly unread?: readonly UnreadStream[];
  /** How long writers waited in each row; only of a walk there and back. */
  readonly legs?: readonly Leg[];
  /** What each move took; only where applications move together or in waves. */
  readonly moves?: readonly MoveReport[];
  /** What became of rights, schemas and connectors; only of a move to a vendor. */
  readonly vendor?: VendorOutcome;
}

/** Average of acknowledged records per second between two times (milliseconds since 1970). */
export function rateBetween({ from, acknowledged }: Audit["perSecond"], start: number, end: number): number {
  const first = Math.ceil(start / 1000) - from;
  const last = Math.floor(end / 1000) - from;
  const seconds = acknowledged.slice(Math.max(0, first), Math.max(0, last));
  return Math.round(seconds.reduce((sum, count) => sum + count, 0) / Math.max(1, last - first));
}

/** Judges a walk: every row reached, enough traffic everywhere, and an audit that is clean for every group. */
export function report(
  strategy: string,
  phases: readonly PhaseReport[],
  audit: Audit | null,
  acknowledgedAfterLast: number,
  demands: Demands,
  asMirrorMaker?: AsMirrorMaker,
): Report {
  const judged = phases.map(({ from, until, upFrom: _from, upUntil: _until, ...phase }) => ({
    ...phase,
    acknowledgedPerSecond: audit === null ? null : rateBetween(audit.perSecond, from, until),
  }));
  const problems = demands.rows
    .filter((name) => !judged.some((phase) => phase.name === name && phase.reached))
    .map((name) => `phase ${name} was not reached`);
  if (audit === null) problems.push("the traffic was not audited");
  else {
    const counts = ["lost", "redelivered", "outOfOrder", "corrupt", "unexpected"] as const;
    const { lost = 0 } = demands;
    if (!isClean({ ...audit, lost: Math.abs(audit.lost - lost) }, demands.order)) {
      const expected = lost === 0 ? "" : `; lost ${lost} expected`;
      problems.push(`the audit found ${counts.map((name) => `${name} ${audit[name]}`).join(", ")}${expected}`);
    }
    for (const { name, acknowledgedPerSecond } of judged)
      if (acknowledgedPerSecond !== null && acknowledgedPerSecond < demands.perSecond)
        problems.push(`${name}: ${acknowledgedPerSecond} records per second, at least ${demands.perSecond} expected`);
    // A pause alone may be the machine's; a producer that was stopped comes back as another pod.
    const { restartedProducers: restarted } = audit;
    if (demands.steady && restarted === null) problems.push("the audit did not look whether producers were stopped");
    if (demands.steady && restarted !== null && restarted.length > 0)
      problems.push(`producers were stopped before the row that moves them: ${restarted.join(", ")}`);
    if (audit.acknowledged < demands.total)
      problems.push(`${audit.acknowledged} records acknowledged, at least ${demands.total} expected`);
    if (acknowledgedAfterLast < demands.afterLast)
      problems.push(`${acknowledgedAfterLast} records after the last row, at least ${demands.afterLast} expected`);
  }
  if (demands.steady) problems.push(...harnessProblems(asMirrorMaker));
  const { perSecond: _, ...kept } = audit ?? { perSecond: undefined };
  return {
    strategy,
    succeeded: problems.length === 0,
    problems,
    phases: judged,
    acknowledgedAfterLast,
    audit: audit === null ? null : (kept as Omit<Audit, "perSecond">),
    ...(asMirrorMaker !== undefined && { asMirrorMaker }),
  };
}

/** Groups that lag must read again from MM2's own offsets, else a walk in which they do not proves nothing. */
function harnessProblems(found: AsMirrorMaker | undefined): string[] {
  if (found === undefined) return ["MirrorMaker 2's own offsets were not measured"];
  if (found.redelivered > 0) return [];
  return ["MirrorMaker 2's own offsets repeated no record, so that the walk proves nothing"];
}

/** Writes the report as JSON. */
export function writeReport(file: string, content: Report): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}

/** The walk as a table, one line per row. */
export function phaseTable(phases: Report["phases"]): string[] {
  const width = Math.max(5, ...phases.map(({ name }) => name.length));
  return [
    `${"phase".padEnd(width)}  seconds  records/s  gates`,
    ...phases.map(
      ({ name, seconds, acknowledgedPerSecond, gates, reached }) =>
        `${name.padEnd(width)}  ${seconds.toFixed(0).padStart(7)}  ${String(acknowledgedPerSecond ?? "?").padStart(9)}  ` +
        (reached ? `${gates.length} opened` : "not reached"),
    ),
  ];
}
