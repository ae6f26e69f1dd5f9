import { didYouMean } from "./did-you-mean.ts";
import type { TableRow } from "./row.ts";

/** The phase that a stack has reached and the one that its config asks for. */
export interface Step {
  readonly strategyName: string;
  readonly strategy: readonly TableRow[];
  /** The config's `phase`. */
  readonly phase: string;
  /** What the last complete update recorded; undefined for a new or destroyed stack. */
  readonly reached: { readonly strategy: string; readonly row: string } | undefined;
  /** A deliberate beginning elsewhere than in the first row. */
  readonly startAt: { readonly row: string; readonly reason: string } | undefined;
}

/**
 * Says why a step is refused, or null if it is allowed. Allowed are the same row, the next one, and an earlier
 * one if every row between has a way back.
 */
export function refuseStep(step: Step): string | null {
  const names = step.strategy.map((row) => row.name);
  const wanted = names.indexOf(step.phase);
  const inOrder = `In order: ${names.join(", ")}.`;
  if (wanted < 0) {
    return `phase "${step.phase}" is not in strategy "${step.strategyName}"${didYouMean(step.phase, names) || "."} ${inOrder}`;
  }
  if (step.reached === undefined) return refuseBeginning(step, wanted, names);
  if (step.reached.strategy !== step.strategyName) {
    return (
      `strategy "${step.strategyName}" differs from "${step.reached.strategy}", in which this stack has reached ` +
      `"${step.reached.row}"; a migration keeps its strategy. Set strategy back to "${step.reached.strategy}".`
    );
  }
  const reached = names.indexOf(step.reached.row);
  if (reached < 0) {
    return (
      `this stack has reached "${step.reached.row}", which strategy "${step.strategyName}" does not have; ` +
      `it was written by another version of the program. ${inOrder} Continue with the version that wrote it.`
    );
  }
  if (wanted > reached + 1) {
    return (
      `phase "${step.phase}" skips ${names
        .slice(reached + 1, wanted)
        .map(quoted)
        .join(", ")}; ` +
      `this stack has reached "${step.reached.row}", the next phase is "${names[reached + 1]}". Set phase to that.`
    );
  }
  return wanted < reached ? refuseWayBack(step, wanted, reached) : null;
}

function refuseBeginning(step: Step, wanted: number, names: readonly string[]): string | null {
  if (wanted === 0) return null;
  if (step.startAt?.row === step.phase) return null;
  return (
    `phase "${step.phase}" is not the first one, and this stack has reached none; it begins at "${names[0]}". ` +
    `If the phases before it were done elsewhere, set startAt: {row: ${step.phase}, reason: …}.`
  );
}

function refuseWayBack(step: Step, wanted: number, reached: number): string | null {
  const before = `phase "${step.phase}" comes before "${step.reached?.row}", which this stack has reached, and phase`;
  for (let at = reached; at > wanted;) {
    const { name, wayBack } = step.strategy[at]!;
    if ("none" in wayBack) return `${before} "${name}" has ${wayBack.none}. Set phase to "${name}" or a later one.`;
    at = step.strategy.findIndex((row) => row.name === wayBack.row);
    if (at < wanted)
      return `${before} "${name}" leads back to "${wayBack.row}" and to no phase between. Set phase to "${wayBack.row}".`;
  }
  return null;
}

const quoted = (name: string): string => `"${name}"`;
