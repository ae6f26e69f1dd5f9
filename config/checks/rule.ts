import type { Problem } from "../../runtime/model/config-problem.ts";
import type { TableName } from "../../phases/strategies/index.ts";
import type { Inventory } from "../inventory.ts";
import type { MigratedGroup } from "../migration-config.ts";
import type { StackConfig } from "../schema.ts";

export { wrong, type Problem } from "../../runtime/model/config-problem.ts";
export { placeOf } from "../same-namespace.ts";

/** A config's sections that are valid on their own, and what follows from them and the inventory. */
export interface Sections extends StackConfig {
  readonly locked: Inventory;
  /** Names of the topics that are migrated. */
  readonly migratedTopics: readonly string[];
  readonly migratedGroups: readonly MigratedGroup[];
  /** The table that strategy, persistedData and wayBack choose. */
  readonly table: TableName;
}

export type Rule = (config: Partial<Sections>) => readonly Problem[];

/** A rule over the sections that it names; silent while one of them is invalid on its own. */
export function rule<S extends keyof Sections>(
  reads: readonly S[],
  check: (sections: { readonly [Name in S]-?: NonNullable<Sections[Name]> }) => readonly Problem[],
): Rule {
  return (config) =>
    reads.every((section) => config[section] !== undefined)
      ? check(config as { readonly [Name in S]-?: NonNullable<Sections[Name]> })
      : [];
}

/** A problem for each name that is listed twice. */
export function duplicates(path: string, names: readonly string[]): Problem[] {
  const seen = new Set<string>();
  const twice = names.filter((name) => seen.size === seen.add(name).size);
  return [...new Set(twice)].map((name) => ({ path, message: `"${name}" is named twice; name it once` }));
}

/** Whether two connections of the config lead to one Kubernetes API, judged by the config alone. */
export function sameApi({ kubernetes }: Pick<Sections, "kubernetes">, a: string, b: string): boolean {
  const [one, other] = [kubernetes[a], kubernetes[b]];
  return a === b || (one?.kubeconfig === other?.kubeconfig && one?.context === other?.context);
}

/** References to Kubernetes connections that do not exist. */
export function absent(
  { kubernetes }: Pick<Sections, "kubernetes">,
  uses: readonly { readonly path: string; readonly used: string | undefined }[],
): Problem[] {
  return uses
    .filter(({ used }) => used !== undefined && !Object.hasOwn(kubernetes, used))
    .map(({ path, used }) => ({
      path,
      message: `"${used}" is not under kubernetes; allowed: ${Object.keys(kubernetes).join(", ")}`,
    }));
}

/** A property's place in a map of the config. */
export const propertyPath = (map: string, key: string): string =>
  /^[\w-]+$/.test(key) ? `${map}.${key}` : `${map}[${JSON.stringify(key)}]`;

export const sides = ["source", "target"] as const;
export type Side = (typeof sides)[number];
