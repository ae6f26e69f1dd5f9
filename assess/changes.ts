import { isDeepStrictEqual } from "node:util";
import type { Inventory } from "../config/inventory.ts";

/** What differs between two inventories, one line per thing; empty if nothing does. Pure. */
export function changesBetween(before: Inventory, after: Inventory): string[] {
  return [
    ...sideChanges(before, after),
    ...byKey("default", before.defaults, after.defaults, (value) => `${value.value} (${value.from})`),
    ...lists("topic", before.topics, after.topics, ({ name }) => name, topicChanges),
    ...lists("group", before.groups, after.groups, ({ name }) => name, fieldChanges),
    ...lists("acl", before.acls, after.acls, aclText, fieldChanges),
    ...lists("user", before.users, after.users, ({ name }) => name, fieldChanges),
    ...lists("quota", before.quotas, after.quotas, ({ entity }) => JSON.stringify(entity), fieldChanges),
    ...lists("unread", before.unread, after.unread, ({ what }) => what, fieldChanges),
  ];
}

function sideChanges(before: Inventory, after: Inventory): string[] {
  const source = fieldChanges("source", before.source, after.source);
  if (before.target === null || after.target === null) {
    if (before.target === after.target) return source;
    return [...source, after.target === null ? "target: no longer exists" : "target: exists now"];
  }
  const { topics: were, ...target } = before.target;
  const { topics: are, ...now } = after.target;
  return [
    ...source,
    ...fieldChanges("target", target, now),
    ...lists("topic on the target", were, are, ({ name }) => name, fieldChanges),
  ];
}

type Inventories = Inventory["topics"][number];

function topicChanges(label: string, before: Inventories, after: Inventories): string[] {
  const { configs: were, ...old } = before;
  const { configs: are, ...now } = after;
  return [...fieldChanges(label, old, now), ...byKey(label, were, are, (value) => value)];
}

/** Entries that are new, gone or different, matched by their names. */
function lists<T extends object>(
  kind: string,
  before: readonly T[],
  after: readonly T[],
  nameOf: (entry: T) => string,
  changes: (label: string, before: T, after: T) => string[],
): string[] {
  const old = new Map(before.map((entry) => [nameOf(entry), entry]));
  const now = new Map(after.map((entry) => [nameOf(entry), entry]));
  const gone = [...old.keys()].filter((name) => !now.has(name)).map((name) => `${kind} ${name}: gone`);
  const others = [...now].flatMap(([name, entry]) => {
    const former = old.get(name);
    return former === undefined ? [`${kind} ${name}: new`] : changes(`${kind} ${name}`, former, entry);
  });
  return [...gone, ...others];
}

function fieldChanges(label: string, before: object, after: object): string[] {
  const [old, now] = [before as Record<string, unknown>, after as Record<string, unknown>];
  return byKey(label, old, now, (value) => (typeof value === "string" ? value : JSON.stringify(value)));
}

function byKey<T>(
  label: string,
  old: Readonly<Record<string, T>>,
  now: Readonly<Record<string, T>>,
  text: (value: T) => string,
): string[] {
  const shown = (value: T | undefined) => (value === undefined ? "not set" : text(value));
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((key) => !isDeepStrictEqual(old[key], now[key]))
    .map((key) => `${label}: ${key} ${shown(old[key])} -> ${shown(now[key])}`);
}

const aclText = (acl: Inventory["acls"][number]): string =>
  `${acl.permission} ${acl.principal} ${acl.operation} on ${acl.resourceType} ${acl.resourceName} (${acl.patternType}) from ${acl.host}`;
