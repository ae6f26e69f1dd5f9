/** Which subjects of a registry are held to a compatibility level. */
import type { RegistryEndpoint } from "../model/sides.ts";
import { placesOf, readConfigs, readRegistry } from "./read.ts";
import { RegistryRest, type RegistryConfig, type RegistryOptions } from "./rest.ts";
import { contextOf, placeOf } from "./subjects.ts";

export interface LevelsReading {
  /** Subjects that have a version. */
  readonly subjects: number;
  /** Those whose compatibility is NONE: the registry takes any schema for them. */
  readonly unchecked: readonly string[];
}

/** Reads a registry's subjects and what is set for them. Rejects with a sentence if it cannot be read whole. */
export async function readLevels(endpoint: RegistryEndpoint, options: RegistryOptions = {}): Promise<LevelsReading> {
  const rest = new RegistryRest(endpoint, options);
  try {
    const content = await readRegistry(rest);
    const configs = await readConfigs(rest, placesOf(content));
    const live = new Set([...content.versions.values()].flatMap(({ subject, deleted }) => (deleted ? [] : [subject])));
    return {
      subjects: live.size,
      unchecked: [...live].filter((subject) => levelOf(subject, configs) === "NONE").sort(),
    };
  } finally {
    rest.close();
  }
}

/** The level that counts for a subject: its own, else its context's, else the global one. A registry's own default is BACKWARD. */
function levelOf(subject: string, configs: ReadonlyMap<string, RegistryConfig>): unknown {
  const [own, wider, global] = [subject, placeOf(contextOf(subject)), ""].map(
    (place) => configs.get(place)?.["compatibility"],
  );
  return own ?? wider ?? global ?? "BACKWARD";
}
