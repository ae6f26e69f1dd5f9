/** Clients of both registries. */
import type { Scope } from "../model/scope.ts";
import { RegistryRest, type RegistryOptions } from "../registry/rest.ts";
import type { Registries } from "./copy.ts";

/** Clients of both registries; null where schemas are not moved. */
export function registriesOf(
  { registries }: Pick<Scope, "registries">,
  options: RegistryOptions = {},
): Registries | null {
  if (registries === undefined) return null;
  return {
    source: new RegistryRest(registries.source, options),
    target: new RegistryRest(registries.target, options),
  };
}

/** Uses both registries and ends their connections. */
export async function withRegistries<T>(
  scope: Pick<Scope, "registries">,
  options: RegistryOptions,
  use: (registries: Registries) => Promise<T>,
): Promise<T> {
  const registries = registriesOf(scope, options);
  if (registries === null) throw new Error("this migration has no registries");
  try {
    return await use(registries);
  } finally {
    registries.source.close();
    registries.target.close();
  }
}
