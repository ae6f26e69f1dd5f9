/** The configuration of a connector at the target, whole: rewritten, with what comes from Secrets. */
import { createHash } from "node:crypto";
import { readProperties } from "../kubernetes/property-secrets.ts";
import type { ConnectorRef } from "../model/connector-refs.ts";
import type { Scope } from "../model/scope.ts";
import { some } from "../model/words.ts";
import { rewrite, type Properties, type Rewritten } from "./rewrite.ts";
import { connectorAt } from "./sentences.ts";

type Around = Pick<Scope, "addresses" | "topics">;

/** What becomes of a configuration at the target. Throws where the scope has no addresses. */
export function rewritten(connector: ConnectorRef, config: Properties, { addresses, topics }: Around): Rewritten {
  if (addresses === undefined) throw new Error("the scope has no addresses for connectors");
  return rewrite(connector, config, { addresses, topics });
}

/** The whole configuration at the target. Rejects with everything that cannot be left as it is. */
export async function targetConfig(connector: ConnectorRef, config: Properties, scope: Around): Promise<Properties> {
  const { properties, problems } = rewritten(connector, config, scope);
  if (problems.length > 0) throw new Error(`${connectorAt(connector, "source")}: ${some(problems, "problems")}`);
  return { ...properties, ...(await readProperties(connector.secrets)) };
}

/** Hash of a configuration, whatever the order of its properties. */
export function configHash(config: Properties): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(config)))
    .digest("hex");
}

/** Names of the properties in which two configurations differ, sorted. */
export function differingProperties(one: Properties, other: Properties): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => one[name] !== other[name]).sort();
}

const sorted = (config: Properties) => Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1));
