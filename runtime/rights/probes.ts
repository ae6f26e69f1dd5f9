/** A few names and hosts that represent all others, because no ACL distinguishes them; pure. */
import type { AclReading } from "../model/cluster-reading.ts";

/** A name to ask about. */
export interface Probe {
  readonly name: string;
  /** What it represents, in words: `topic orders`, `topics that begin with "orders."`, `any other topic`. */
  readonly shown: string;
}

/** Words for a type of resource, one and many. */
const words: Readonly<Record<string, readonly [string, string]>> = {
  Topic: ["topic", "topics"],
  Group: ["group", "groups"],
  TransactionalID: ["transactional id", "transactional ids"],
  DelegationToken: ["delegation token", "delegation tokens"],
  User: ["user", "users"],
};

/** `topic orders`, `the cluster`. */
export function shownResource(type: string, name: string): string {
  return type === "Cluster" ? "the cluster" : `${words[type]?.[0] ?? type} ${name}`;
}

/** `topics that begin with "orders."` */
export const shownPrefix = (type: string, prefix: string): string =>
  `${words[type]?.[1] ?? type} that begin with "${prefix}"`;

/** The moving names themselves, for ACLs of whomever; the cluster is one name. */
export function knownProbes(type: string, known: readonly string[], left: ReadonlySet<string>): readonly Probe[] {
  if (type === "Cluster") return namesToProbe(type, [], known, left);
  return [...new Set(known)]
    .filter((one) => !left.has(one))
    .map((name) => ({ name, shown: shownResource(type, name) }));
}

/**
 * Names of one type of resource at which the ACLs' answers can differ: every name they give, one under each of their
 * prefixes and one that is under none. `known` names are asked about themselves. A name that stays behind is left out.
 */
export function namesToProbe(
  type: string,
  acls: readonly AclReading[],
  known: readonly string[],
  left: ReadonlySet<string>,
): readonly Probe[] {
  if (type === "Cluster") return [{ name: "kafka-cluster", shown: "the cluster" }];
  const about = acls.filter(({ resourceType }) => resourceType === type);
  const literals = about.filter(({ patternType, resourceName }) => patternType === "Literal" && resourceName !== "*");
  const prefixes = [...new Set(about.filter(isPrefixed).map(({ resourceName }) => resourceName))];
  const names = new Set(
    [...known, ...literals.map(({ resourceName }) => resourceName)].filter((one) => !left.has(one)),
  );
  const given = new Set(literals.map(({ resourceName }) => resourceName));
  return [
    ...[...names].map((name) => ({ name, shown: shownResource(type, name) })),
    ...prefixes.map((prefix) => ({ name: nameUnder(prefix, prefixes, given), shown: shownPrefix(type, prefix) })),
    { name: nameUnder("", prefixes, given), shown: `any other ${words[type]?.[0] ?? type}` },
  ];
}

const isPrefixed = ({ patternType }: AclReading): boolean => patternType === "Prefixed";

/** A name that begins with a prefix, with no longer one of the others, and that no ACL gives. */
function nameUnder(prefix: string, prefixes: readonly string[], given: ReadonlySet<string>): string {
  const longer = prefixes.filter((other) => other.length > prefix.length && other.startsWith(prefix));
  // Characters with which prefixes rarely continue; the prefixes are finite, so one character is always left.
  for (let sign = 0x4e00; ; sign++) {
    const name = `${prefix}${String.fromCodePoint(sign)}`;
    if (!given.has(name) && !longer.some((other) => name.startsWith(other))) return name;
  }
}

/** Every host that an ACL gives, and one that none gives. */
export function hostsToProbe(acls: readonly AclReading[]): readonly string[] {
  const given = [...new Set(acls.map(({ host }) => host).filter((host) => host !== "*"))];
  return ["any other host", ...given];
}
