/** The order in which versions can be registered: what a schema refers to comes before it. */
import { versionName } from "../registry/read.ts";
import type { SchemaVersion } from "../registry/rest.ts";
import { referred } from "../registry/subjects.ts";
import { described } from "./compare.ts";

/**
 * The versions in levels: those of a level refer to earlier levels only, or to what is `known` already. Throws with
 * the version and its reference if something is referred to that is in neither.
 */
export function levels(
  versions: readonly SchemaVersion[],
  known: { has(name: string): boolean } = new Set(),
): SchemaVersion[][] {
  const waiting = new Map(versions.map((version) => [versionName(version), version]));
  const depths = new Map<string, number>();
  const depthOf = (name: string, path: readonly string[]): number => {
    const done = depths.get(name);
    if (done !== undefined) return done;
    if (path.includes(name))
      throw new Error(`schemas refer to one another in a circle: ${[...path, name].join(" -> ")}`);
    const version = waiting.get(name)!;
    let depth = 0;
    for (const { subject, version: number } of version.references) {
      const needed = versionName({ subject: referred(version.subject, subject), version: number });
      if (waiting.has(needed)) depth = Math.max(depth, depthOf(needed, [...path, name]) + 1);
      else if (!known.has(needed)) {
        throw new Error(`${described(version)} refers to ${needed}, which the source does not have`);
      }
    }
    depths.set(name, depth);
    return depth;
  };
  const found: SchemaVersion[][] = [];
  for (const [name, version] of waiting) (found[depthOf(name, [])] ??= []).push(version);
  return found;
}

/** Versions by subject, each in the order of its numbers: a subject's versions are registered one after the other. */
export const bySubject = (versions: readonly SchemaVersion[]): SchemaVersion[][] =>
  [...Map.groupBy(versions, ({ subject }) => subject).values()].map((list) =>
    list.toSorted((a, b) => a.version - b.version),
  );
