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
  /** The config's waves, and what the last complete update recorded of them. @default none */
  readonly waves?: { readonly now: readonly WaveParts[]; readonly before: readonly WaveParts[] | undefined };
}

/** What of a wave has to stay as it is: its topics from when they are copied, its workloads once they have moved. */
export interface WaveParts {
  readonly name: string;
  readonly workloads: readonly string[];
  /** Topics that its own connector copies. */
  readonly closes: readonly string[];
  readonly moved?: true;
}

/**
 * Says why a step is refused, or null if it is allowed. Allowed are the same row, the next one, and an earlier
 * one if every row between has a way back.
 */
export function refuseStep(step: Step): string | null {
  const changed = step.waves?.before === undefined ? null : refuseChange(step.waves.now, step.waves.before);
  if (changed !== null) return changed;
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

/** What of the waves is another than when they moved, or when their connectors began to copy; every problem at once. */
function refuseChange(now: readonly WaveParts[], before: readonly WaveParts[]): string | null {
  const found = new Map(now.map((wave) => [wave.name, wave]));
  const waveOf = new Map(now.flatMap(({ name, closes }) => closes.map((topic) => [topic, name] as const)));
  const moved = before.filter((wave) => wave.moved).map(({ name }) => name);
  const gone = before.filter(({ name, closes, moved: has }) => !found.has(name) && (has || closes.length > 0));
  const first = now.slice(0, moved.length).map(({ name }) => name);
  const problems = [
    ...gone.map(({ name, workloads, moved: has }) =>
      has
        ? `wave "${name}" has moved, and is no longer under waves; put it back: {name: ${name}, workloads: [${workloads.join(", ")}]}`
        : `wave "${name}" is no longer under waves, but its connector has begun to copy, and is known by that name; put it back: {name: ${name}, workloads: [${workloads.join(", ")}]}`,
    ),
    ...(gone.length === 0 && first.join() !== moved.join()
      ? [
          `waves that have moved come first, in the order in which they moved: ${moved.join(", ")}; found ${first.join(", ")}`,
        ]
      : []),
    ...before.flatMap((wave) => {
      const is = found.get(wave.name);
      if (is === undefined) return [];
      return [...(wave.moved ? changedCast(wave, is) : []), ...movedTopics(wave, waveOf)];
    }),
  ];
  return problems.length === 0 ? null : `${problems.join("; ")}.`;
}

function changedCast({ name, workloads }: WaveParts, now: WaveParts): string[] {
  const added = now.workloads.filter((one) => !workloads.includes(one));
  const left = workloads.filter((one) => !now.workloads.includes(one));
  return [
    ...added.map(
      (one) =>
        `workload "${one}" is new in wave "${name}", which has moved, so nothing would stop it and place its groups; name it in a wave that is still to come`,
    ),
    ...left.map((one) => `workload "${one}" has moved with wave "${name}" and has left it; put it back there`),
  ];
}

function movedTopics({ name, closes }: WaveParts, waveOf: ReadonlyMap<string, string>): string[] {
  return closes.flatMap((topic) => {
    const is = waveOf.get(topic);
    return is === undefined || is === name
      ? []
      : [
          `topic "${topic}" closed with wave "${name}", whose connector has begun to copy it, and now closes with wave "${is}", whose connector would copy it a second time; have its last writer move in wave "${name}"`,
        ];
  });
}

const quoted = (name: string): string => `"${name}"`;
