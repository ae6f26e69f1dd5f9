/**
 * A schema registry as a process of its own. Settings come from the environment: `REGISTRY_HOST`, `REGISTRY_PORT`,
 * `REGISTRY_DIRECTORY`, `REGISTRY_DIALECT` and `REGISTRY_USERS`, a file with passwords by user name as JSON.
 */
import { readFileSync } from "node:fs";
import { dialects, type DialectName } from "./dialects.ts";
import { startRegistry } from "./server.ts";

const setting = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set.`);
  return value;
};

const dialect = process.env["REGISTRY_DIALECT"] || "confluent";
if (!Object.hasOwn(dialects, dialect)) {
  throw new Error(`REGISTRY_DIALECT is "${dialect}", allowed: ${Object.keys(dialects).join(", ")}.`);
}
const usersFile = process.env["REGISTRY_USERS"];
const registry = await startRegistry({
  dialect: dialect as DialectName,
  host: setting("REGISTRY_HOST"),
  port: Number(setting("REGISTRY_PORT")),
  directory: setting("REGISTRY_DIRECTORY"),
  ...(usersFile ? { users: JSON.parse(readFileSync(usersFile, "utf8")) as Record<string, string> } : {}),
});
console.log(`registry (${dialect}): ${registry.url}`);

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => void registry.close().then(() => process.exit(0)));
}
