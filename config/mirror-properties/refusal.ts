import { didYouMean } from "../../phases/did-you-mean.ts";
import { clientSettings } from "./client-settings.ts";
import { mirrorClients, mirrorProperties, titles, type Connector, type MirrorProperty } from "./table.ts";

/** What the table says of a property; the longest name with a `*` where none is its own. */
export function propertyOf(connector: Connector, name: string): MirrorProperty | undefined {
  const own = mirrorProperties.filter(({ of }) => of.includes(connector));
  const patterns = own
    .filter((one) => one.name.endsWith("*") && name.startsWith(one.name.slice(0, -1)))
    .sort((a, b) => b.name.length - a.name.length);
  return own.find((one) => one.name === name) ?? patterns[0];
}

/**
 * Why a property of a connector may not have this value, as a sentence without the place; null if it may. `others` are
 * the connector's further properties: beside a class of one's own its properties are known to that class alone.
 */
export function refuseProperty(
  connector: Connector,
  name: string,
  value: string,
  others: readonly string[],
): string | null {
  const row = propertyOf(connector, name);
  if (row === undefined) return refuseUnlisted(connector, name, others);
  if (row.setBy !== undefined) return `set by ${row.setBy}; remove it here`;
  if (row.refused !== undefined) return `${row.refused}; remove it`;
  if (row.allowed === undefined || row.allowed.values.includes(value)) return null;
  return `found ${JSON.stringify(value)}, which ${row.allowed.otherwise}; allowed: ${row.allowed.values.join(", ")}`;
}

function refuseUnlisted(connector: Connector, name: string, others: readonly string[]): string | null {
  const client = mirrorClients
    .filter(({ prefix }) => name.startsWith(prefix))
    .sort((a, b) => b.prefix.length - a.prefix.length)[0];
  if (client !== undefined) {
    const setting = name.slice(client.prefix.length);
    const known: readonly string[] = clientSettings[client.kind];
    if (!client.of.includes(connector)) return `has no effect: ${titles[connector]} has no such client; remove it`;
    if (known.includes(setting)) return null;
    const near = didYouMean(setting, known);
    if (near === "" && others.some(namesOwnClass)) return null;
    return `not a setting of Kafka's ${client.kind} client${near || `; allowed: those that it has, after ${client.prefix}`}`;
  }
  const near = didYouMean(name, namesOf(connector));
  if (near === "" && others.some(namesOwnClass)) return null;
  return `not a property of ${titles[connector]}${near || "; allowed: those in docs/mirror-properties.md"}`;
}

/** Every property of a connector by its whole name, and its clients' settings that the table names. */
const namesOf = (connector: Connector): string[] =>
  mirrorProperties.flatMap(({ name, of }) => (of.includes(connector) && !name.endsWith("*") ? [name] : []));

/** Whether a property names a class that may have properties of its own. */
const namesOwnClass = (name: string): boolean =>
  /(^|\.)(metric\.reporters|forwarding\.admin\.class|interceptor\.classes|partitioner\.class)$/.test(name) ||
  name.endsWith("callback.handler.class");
