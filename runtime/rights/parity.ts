/** What principals are allowed on the source and their users are not on the target; pure. */
import { type GrantedRight, type MappedPrincipal, type Rights } from "../model/rights.ts";
import { answer, concerns, everybody, implies, operationsOf, type Answer } from "./access.ts";
import { concernsAny, hostsToProbe, namesToProbe, shownPrefix, shownResource, type Probe } from "./probes.ts";

/** One thing that a user could no longer do. */
export interface Lost {
  /** Principal of the source; null where a role gives the right and the source does not know it. */
  readonly principal: string | null;
  /** Name of the user on the target. */
  readonly user: string;
  readonly operation: string;
  /** Such as `topic orders`. */
  readonly resource: string;
  /** Null for every host that no ACL names. */
  readonly host: string | null;
  /** Whether an ACL of the target denies it, or none allows it. */
  readonly answer: Exclude<Answer, "allowed">;
}

/** What is compared, besides the rights themselves. */
export interface Compared {
  readonly principals: readonly MappedPrincipal[];
  /** Names that move, by type of resource: `Topic`, `Group`. */
  readonly moving: Readonly<Record<string, readonly string[]>>;
  /** Names that stay on the source, by type of resource. */
  readonly staying: Readonly<Record<string, readonly string[]>>;
}

/** Everything that is lost, principal by principal. What another loss implies is left out. */
export function lostAccess(source: Rights, target: Rights, compared: Compared): Lost[] {
  // A super user of the source is judged by the ACLs that it has.
  const bare = { ...source, superUsers: [] };
  return compared.principals.flatMap(({ principal, users }) =>
    users.flatMap((user) => lostOf(bare, target, { principal, user }, compared)),
  );
}

/** What a user of the target is allowed, and none of the principals whose place it takes is on the source. */
export interface LostOnSource extends Omit<Lost, "principal" | "user" | "answer"> {
  readonly user: string;
  /** Principals of the source; each of them lacks it. */
  readonly principals: readonly string[];
}

/**
 * The same the other way round: what users of the target would be refused on the source. What roles give beyond the
 * source's own rights (`granted`) is theirs on the target alone. Of several principals that became one user, one that has
 * a right is enough.
 */
export function lostOnSource(
  source: Rights,
  target: Rights,
  compared: Compared,
  granted: readonly GrantedRight[],
): LostOnSource[] {
  const words = (
    { operation, resourceType, resourceName, patternType, host }: Omit<GrantedRight, "user">,
    user: string,
  ) => JSON.stringify([user, operation, resourceType, resourceName, patternType, host]);
  const given = new Set(granted.map((right) => words(right, `User:${right.user}`)));
  const acls = target.acls.filter((acl) => acl.permission === "Deny" || !given.has(words(acl, acl.principal)));
  const own = { ...target, superUsers: [], acls };
  const pairs = compared.principals.flatMap(({ principal, users }) => users.map((user) => ({ principal, user })));
  return [...Map.groupBy(pairs, ({ user }) => user)].flatMap(([user, of]) => {
    const [first, ...others] = of.map(({ principal }) =>
      lostOf(own, source, { principal: `User:${user}`, user: principal.replace(/^User:/, "") }, compared),
    );
    const alike = (one: Lost, other: Lost) =>
      one.operation === other.operation && one.resource === other.resource && one.host === other.host;
    return first!
      .filter((lost) => others.every((found) => found.some((other) => alike(lost, other))))
      .map(({ operation, resource, host }) => ({
        ...{ user, operation, resource, host },
        principals: of.map(({ principal }) => principal),
      }));
  });
}

function lostOf(source: Rights, target: Rights, who: Who, compared: Compared): Lost[] {
  const [before, after] = [seenBy(source, who.principal), seenBy(target, `User:${who.user}`)];
  const hosts = hostsToProbe([...before.acls, ...after.acls]);
  return Object.keys(operationsOf).flatMap((type) => {
    const acls = [...before.acls, ...after.acls].filter(({ resourceType }) => resourceType === type);
    const probes = namesToProbe(type, acls, compared.moving[type] ?? [], new Set(compared.staying[type]));
    // Among names that the same ACLs are about, one represents all.
    const alike = Map.groupBy(probes, ({ name }) =>
      acls.flatMap((acl, at) => (concerns(acl, type, name) ? at : [])).join(),
    );
    return [...alike.values()].flatMap((same) => {
      const lost = lostAt(before, after, { ...who, type, name: same[0]!.name, hosts });
      return same.flatMap(({ shown }) => lost.map((one): Lost => ({ ...who, ...one, resource: shown })));
    });
  });
}

interface Who {
  readonly principal: string;
  readonly user: string;
}

interface At extends Who {
  readonly type: string;
  readonly name: string;
  /** The first one stands for all that no ACL names. */
  readonly hosts: readonly string[];
}

function lostAt(before: Rights, after: Rights, at: At): Pick<Lost, "operation" | "host" | "answer">[] {
  const lost = (operationsOf[at.type] ?? []).flatMap((operation) => {
    const refused = at.hosts.flatMap((host) => {
      const asked = { host, operation, resourceType: at.type, resourceName: at.name };
      if (answer(before, { ...asked, principal: at.principal }) !== "allowed") return [];
      const now = answer(after, { ...asked, principal: `User:${at.user}` });
      return now === "allowed" ? [] : [{ operation, host: host === at.hosts[0] ? null : host, answer: now }];
    });
    // If a user is refused from everywhere, the single hosts are not listed.
    return refused.some(({ host }) => host === null) ? refused.slice(0, 1) : refused;
  });
  return lost.filter(
    (one) => !lost.some((other) => other.host === one.host && implies(other.operation, one.operation)),
  );
}

/** What matters to one principal: everything where a resource that no ACL is about is open. */
function seenBy(rights: Rights, principal: string): Rights {
  if (rights.openByDefault) return rights;
  const acls = rights.acls.filter((acl) => acl.principal === principal || acl.principal === everybody);
  return { ...rights, acls };
}

/** Rights that roles give and that the target does not grant. */
export function ungranted(target: Rights, granted: readonly GrantedRight[]): Lost[] {
  return granted.flatMap((right): Lost[] => {
    const { user, operation, resourceType, host } = right;
    const { name, shown } = probeOf(right, target);
    const from = host === "*" ? hostsToProbe([])[0]! : host;
    const asked = { principal: `User:${user}`, host: from, resourceType, resourceName: name };
    const operations = operation === "All" ? (operationsOf[resourceType] ?? []) : [operation];
    const refused = operations.flatMap((each) => {
      const now = answer(target, { ...asked, operation: each });
      return now === "allowed" ? [] : [{ operation: each, answer: now }];
    });
    const about = { principal: null, user, resource: shown, host: host === "*" ? null : host };
    return refused.slice(0, 1).map((one) => ({ ...about, ...one }));
  });
}

/** The name for which a right is checked. */
function probeOf({ user, ...right }: GrantedRight, { acls }: Rights): Probe {
  const { resourceType, resourceName, patternType } = right;
  const probes = namesToProbe(
    resourceType,
    [...acls, { principal: `User:${user}`, permission: "Allow", ...right }],
    [],
    new Set(),
  );
  const shown =
    patternType === "Prefixed" ? shownPrefix(resourceType, resourceName) : shownResource(resourceType, resourceName);
  // What is given for every name is asked for one that no ACL names.
  return probes.find((probe) => probe.shown === shown) ?? probes.at(-1)!;
}

/** A principal that is not in the config, with one of the topics or groups that it has rights on. */
export interface Stranger {
  readonly principal: string;
  readonly resource: string;
}

/** Principals that have rights on what moves and are neither mapped nor left alone; each once. */
export function strangers(source: Rights, compared: Compared, leftAlone: readonly string[]): Stranger[] {
  const known = new Set([...compared.principals.map(({ principal }) => principal), ...leftAlone, ...source.superUsers]);
  const found = new Map<string, Stranger>();
  for (const acl of source.acls) {
    if (known.has(acl.principal) || found.has(acl.principal) || acl.permission === "Deny") continue;
    const name = concernsAny(acl, compared.moving);
    if (name === undefined) continue;
    found.set(acl.principal, { principal: acl.principal, resource: shownResource(acl.resourceType, name) });
  }
  return [...found.values()];
}
