/**
 * A schema registry as a process of its own. Settings come from the environment: `REGISTRY_HOST`, `REGISTRY_PORT`,
 * `REGISTRY_DIRECTORY`, `REGISTRY_DIALECT` and `REGISTRY_LOGINS` as `name:password,name:password`. `READY_FILE` is written
 * once it answers.
 */
import { writeFileSync } from "node:fs";
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
const logins = process.env["REGISTRY_LOGINS"];
const registry = await startRegistry({
  dialect: dialect as DialectName,
  host: setting("REGISTRY_HOST"),
  port: Number(setting("REGISTRY_PORT")),
  directory: setting("REGISTRY_DIRECTORY"),
  ...(logins ? { users: usersFrom(logins) } : {}),
});
console.log(`registry (${dialect}): ${registry.url}`);
if (process.env["READY_FILE"]) writeFileSync(process.env["READY_FILE"], "");

function usersFrom(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(",").map((login) => {
      const colon = login.indexOf(":");
      return [login.slice(0, colon), login.slice(colon + 1)];
    }),
  );
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => void registry.close().then(() => process.exit(0)));
}
