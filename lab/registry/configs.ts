import { invalidLevel, noConfig } from "./errors.ts";
import { assertNotReadOnly } from "./modes.ts";
import type { Registry } from "./registry.ts";
import type { Config } from "./state.ts";
import { globalScope, scopesOf } from "./subjects.ts";

const levels = [
  ...["NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD"],
  ...["FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE"],
];

/** Fields of a config besides the level. */
const otherFields = [
  ...["alias", "normalize", "compatibilityGroup"],
  ...["defaultMetadata", "overrideMetadata", "defaultRuleSet", "overrideRuleSet"],
];

/** The level that holds for a subject. @default BACKWARD */
export function levelInScope({ state }: Registry, scope: string): string {
  const found = scopesOf(scope).flatMap((one) => state.configs.get(one)?.compatibilityLevel ?? []);
  return found[0] ?? "BACKWARD";
}

/** `GET /config/{subject}`: the answer names the level `compatibilityLevel`. */
export function getConfig(registry: Registry, scope: string, defaultToGlobal: boolean): Config {
  const own = registry.state.configs.get(scope);
  if (own === undefined && !defaultToGlobal && scope !== globalScope) throw noConfig(scope);
  const nearest = scopesOf(scope).flatMap((one) => registry.state.configs.get(one) ?? [])[0];
  return { ...(nearest ?? {}), compatibilityLevel: levelInScope(registry, scope) };
}

/** `PUT /config/{subject}`: the request names the level `compatibility`, and fields it does not name stay. */
export function putConfig(registry: Registry, scope: string, body: Readonly<Record<string, unknown>>): Config {
  assertNotReadOnly(registry, scope);
  const { compatibility } = body;
  const level = typeof compatibility === "string" ? compatibility.toUpperCase() : undefined;
  if (compatibility !== undefined && !levels.includes(level ?? "")) throw invalidLevel();
  const others = Object.fromEntries(otherFields.flatMap((field) => (field in body ? [[field, body[field]]] : [])));
  const changed = { ...others, ...(level === undefined ? {} : { compatibilityLevel: level }) };
  registry.commit([{ kind: "config", scope, value: { ...registry.state.configs.get(scope), ...changed } }]);
  return { ...others, ...(level === undefined ? {} : { compatibility: level }) };
}

/** `DELETE /config/{subject}`: drops the scope's own config and answers what was there. */
export function deleteConfig(registry: Registry, scope: string): Config {
  assertNotReadOnly(registry, scope);
  const own = registry.state.configs.get(scope);
  if (own === undefined && scope !== globalScope) throw noConfig(scope);
  if (own !== undefined) registry.commit([{ kind: "config", scope, value: null }]);
  return own ?? { compatibilityLevel: "BACKWARD" };
}
