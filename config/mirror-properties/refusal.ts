import { didYouMean } from "../../phases/did-you-mean.ts";
import { clientRuleOf } from "./client-rules.ts";
import { clientSettings } from "./client-settings.ts";
import { mirrorClients, mirrorProperties, titles, type Connector, type MirrorProperty } from "./table.ts";
import { wrongValue } from "./values.ts";

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
  if (row === undefined) return refuseUnlisted(connector, name, others) ?? refuseValue(name, value);
  if (row.setBy !== undefined) return `set by ${row.setBy}; remove it here`;
  if (row.refused !== undefined) return `${row.refused}; remove it`;
  if (row.allowed === undefined) return refuseValue(name, value);
  if (row.allowed.values.includes(value)) return null;
  return `found ${JSON.stringify(value)}, which ${row.allowed.otherwise}; allowed: ${row.allowed.values.join(", ")}`;
}

/** The longest prefix of a client that a name begins with. */
const clientOf = (name: string) =>
  mirrorClients.filter(({ prefix }) => name.startsWith(prefix)).sort((a, b) => b.prefix.length - a.prefix.length)[0];

function refuseValue(name: string, value: string): string | null {
  // A property of MirrorMaker 2 may begin like a client's, as consumer.poll.timeout.ms does.
  const client = clientOf(name);
  const setting = client === undefined ? name : name.slice(client.prefix.length);
  const { allowed } = (client && clientRuleOf(setting)) ?? {};
  if (allowed !== undefined && !allowed.values.includes(value))
    return `found ${JSON.stringify(value)}, which ${allowed.otherwise}; allowed: ${allowed.values.join(", ")}`;
  const wrong = wrongValue(setting, value);
  return wrong === null ? null : `found ${JSON.stringify(value)}; ${wrong}`;
}

function refuseUnlisted(connector: Connector, name: string, others: readonly string[]): string | null {
  const client = clientOf(name);
  if (client !== undefined) {
    const setting = name.slice(client.prefix.length);
    const known: readonly string[] = clientSettings[client.kind];
    if (!client.of.includes(connector)) return `has no effect: ${titles[connector]} has no such client; remove it`;
    const because = known.includes(setting) ? clientRuleOf(setting)?.because : undefined;
    if (because !== undefined) return `${because}; remove it`;
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
  /(^|\.)(metric\.reporters|forwarding\.admin\.class|partitioner\.class)$/.test(name) ||
  name.endsWith("callback.handler.class");
