import { createHash } from "node:crypto";
import type { ConnectorRef } from "./connector-refs.ts";
import type { Scope } from "./scope.ts";

/** Hash of everything that the config says of a connector's configuration at the target. */
export function connectorSettings(
  { renamed, rewrites, secrets }: ConnectorRef,
  { addresses }: Pick<Scope, "addresses">,
): string {
  const text = JSON.stringify([renamed, Object.entries(rewrites).sort(), secrets, addresses]);
  return createHash("sha256").update(text).digest("hex");
}
