/** The scope of some waves of a migration that moves applications wave by wave. Pure. */
import type { Scope, WaveRef } from "./scope.ts";

/** What one wave is about. Throws if the scope has no such wave. */
export function scopeOfWave(scope: Scope, name: string): Scope {
  return { ...scopeOfWaves(scope, [name]), wave: name };
}

/** What some waves are about together, in the order of the scope. Throws if the scope has not all of them. */
export function scopeOfWaves(scope: Scope, names: readonly string[]): Scope {
  const waves = names.map((name) => waveOf(scope, name));
  const { wave: _, externals = [], ...rest } = scope;
  const all = (of: (wave: WaveRef) => readonly string[]) => new Set(waves.flatMap(of));
  const workloads = all((wave) => wave.workloads);
  const groups = all((wave) => wave.groups);
  const closes = all((wave) => wave.closes);
  const topics = all((wave) => [...wave.topics, ...wave.closes]);
  const first = (scope.waves ?? []).findIndex(({ name }) => names.includes(name));
  const before = new Set((scope.waves ?? []).slice(0, Math.max(first, 0)).flatMap(({ writes }) => writes));
  const theirs = externals.filter(({ name }) => workloads.has(name));
  return {
    ...rest,
    mirror: scope.mirror && {
      ...scope.mirror,
      sourceConnectors: connectors(
        (scope.waves ?? []).filter((wave) => wave.closes.some((topic) => topics.has(topic))),
      ),
      closing: connectors(waves),
    },
    topics: scope.topics.filter((topic) => topics.has(topic)),
    groups: scope.groups.filter(({ name }) => groups.has(name)),
    workloads: scope.workloads.filter(({ name }) => workloads.has(name)),
    ...(theirs.length > 0 && { externals: theirs }),
    waves,
    closes: scope.topics.filter((topic) => closes.has(topic)),
    inUse: scope.topics.filter((topic) => closes.has(topic) && before.has(topic)),
  };
}

const connectors = (waves: readonly WaveRef[]): string[] =>
  waves.flatMap(({ connector }) => (connector === null ? [] : [connector]));

function waveOf({ waves = [] }: Scope, name: string): WaveRef {
  const found = waves.find((wave) => wave.name === name);
  if (found === undefined) {
    throw new Error(`the scope has no wave "${name}", it has ${waves.map((wave) => wave.name).join(", ") || "none"}`);
  }
  return found;
}

/** What a resource is about: its wave's scope where it names one, else the whole. */
export const scopeOfMove = ({ scope, wave }: { readonly scope: Scope; readonly wave?: string }): Scope =>
  wave === undefined ? scope : scopeOfWave(scope, wave);

/** The topics whose last writers move with the scope. */
export const closedTopics = ({ closes, topics }: Pick<Scope, "closes" | "topics">): readonly string[] =>
  closes ?? topics;
