/** Values of properties that come from Secrets, read when a configuration is written or checked. */
import type { PropertySecret } from "../model/connector-refs.ts";
import { jaasConfig } from "../model/login.ts";
import { readBasicAuth, readLogin, readSecret } from "./kubernetes.ts";

/** The properties with their values. Rejects with a sentence that names the Secret, never its content. */
export async function readProperties(secrets: readonly PropertySecret[]): Promise<Record<string, string>> {
  return Object.fromEntries(await Promise.all(secrets.map(async (one) => [one.property, await valueOf(one)] as const)));
}

async function valueOf({ secret, key, login = "basic" }: PropertySecret): Promise<string> {
  if (key !== undefined) {
    const found = await readSecret(secret);
    const value = found[key];
    if (value) return value;
    const others = Object.keys(found).sort().join(", ") || "none";
    throw new Error(
      `Secret ${secret.kubernetes.namespace}/${secret.name} has no key ${key} (its keys: ${others}); set it`,
    );
  }
  if (login !== "basic") return jaasConfig(login, await readLogin(secret, login));
  const { username, password } = await readBasicAuth(secret);
  return `${username}:${password}`;
}
