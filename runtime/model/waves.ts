/** The scope of some waves of a migration that moves applications wave by wave. Pure. */
import type { Scope, WaveRef } from "./scope.ts";
import { writes } from "./workloads.ts";

/** What one wave is about. Throws if the scope has no such wave. */
export function scopeOfWave(scope: Scope, name: string): Scope {
  return { ...scopeOfWaves(scope, [name]), wave: name };
}

/** What some waves are about together, in the order of the scope. Throws if the scope has not all of them. */
export function scopeOfWaves(scope: Scope, names: readonly string[]): Scope {
  const every = scope.waves ?? [];
  const waves = names.map((name) => waveOf(scope, name));
  const { wave: _, externals = [], ...rest } = scope;
  const all = (of: (wave: WaveRef) => readonly string[], among: readonly WaveRef[] = waves) =>
    new Set(among.flatMap(of));
  const workloads = all((wave) => wave.workloads);
  const groups = all((wave) => wave.groups);
  const closes = all((wave) => wave.closes);
  const topics = all((wave) => [...wave.topics, ...wave.closes]);
  const first = every.findIndex(({ name }) => names.includes(name));
  const inUse = all((wave) => wave.writes, every.slice(0, Math.max(first, 0)));
  // Each wave has a mirror back of its own, and a scope has one at most.
  const reverse = waves.length === 1 ? waves[0]!.reverse : undefined;
  const theirs = externals.filter(({ name }) => workloads.has(name));
  const own = scope.topics.filter((topic) => topics.has(topic));
  return {
    ...rest,
    mirror: scope.mirror && {
      ...scope.mirror,
      sourceConnectors: connectors(every.filter((wave) => wave.closes.some((topic) => topics.has(topic)))),
      closing: connectors(waves),
      ...(reverse && { reverse }),
    },
    topics: own,
    groups: scope.groups.filter(({ name }) => groups.has(name)),
    workloads: scope.workloads.filter(({ name }) => workloads.has(name)),
    ...(theirs.length > 0 && { externals: theirs }),
    only: names,
    closes: own.filter((topic) => closes.has(topic)),
    inUse: own.filter((topic) => inUse.has(topic)),
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

/** What a resource or an entry is about: its wave's scope where it names one, else the whole. */
export const scopeOfMove = (scope: Scope, { wave }: { readonly wave?: string }): Scope =>
  wave === undefined ? scope : scopeOfWave(scope, wave);

/** The topics whose last writers move with the scope. */
export const closedTopics = ({ closes, topics }: Pick<Scope, "closes" | "topics">): readonly string[] =>
  closes ?? topics;

/** The source connectors that stop with the scope's own move; none where nothing is copied. */
export const closingConnectors = ({ mirror }: Pick<Scope, "mirror">): readonly string[] =>
  mirror === null ? [] : (mirror.closing ?? mirror.sourceConnectors);

/** What closes with the scope, and nothing else: its topics, and the connectors that copy them. */
export const closingScope = (scope: Scope): Scope => ({
  ...scope,
  topics: closedTopics(scope),
  mirror: scope.mirror && { ...scope.mirror, sourceConnectors: closingConnectors(scope) },
});

/**
 * The scope of each mirror back that a scope has: what closes with it, and nothing else. None where the config opens no
 * way back.
 */
export function backScopes(scope: Scope): Scope[] {
  const waves = scope.waves?.map(({ name }) => name).filter((name) => scope.only?.includes(name) ?? true);
  const apart = waves === undefined ? [scope] : waves.map((name) => scopeOfWave(scope, name));
  return apart.filter(({ mirror }) => mirror?.reverse !== undefined).map(closingScope);
}

/** Whether somebody of the scope writes to the migrated topics. */
export const hasWriters = ({ workloads, externals = [] }: Pick<Scope, "workloads" | "externals">): boolean =>
  [...workloads, ...externals].some(({ role }) => writes(role));

/** Topics that close and that nobody writes to at the target before. */
export function soleTopics(scope: Pick<Scope, "closes" | "topics" | "inUse">): readonly string[] {
  const inUse = new Set(scope.inUse);
  return closedTopics(scope).filter((topic) => !inUse.has(topic));
}

/** Topics that the scope's applications write to, and others after them. */
export function staysOpen(scope: Scope): readonly string[] {
  const closes = new Set(closedTopics(scope));
  const writers = [...scope.workloads, ...(scope.externals ?? [])].filter(({ role }) => writes(role));
  const told = writers.every(({ topics }) => topics !== undefined);
  const written = new Set(writers.flatMap(({ topics = [] }) => topics));
  if (writers.length === 0) return [];
  return scope.topics.filter((topic) => !closes.has(topic) && (!told || written.has(topic)));
}
