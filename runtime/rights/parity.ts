/** What principals are allowed on the source and their users are not on the target; pure. */
import type { AclReading } from "../model/cluster-reading.ts";
import { type GrantedRight, type MappedPrincipal, type Rights } from "../model/rights.ts";
import { concerns, decide, implies, operationsOf, type Answer, type Question } from "./access.ts";
import { AclIndex, SortedNames } from "./acl-index.ts";
import { hostsToProbe, knownProbes, namesToProbe, shownPrefix, shownResource, type Probe } from "./probes.ts";

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
  const before = new AclIndex({ ...source, superUsers: [] });
  const after = new AclIndex(target);
  const shared = sharedProbes(before, after, compared);
  return compared.principals.flatMap(({ principal, users }) =>
    users.flatMap((user) => lostOf(before, after, { principal, user }, shared)),
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
  const [own, other] = [new AclIndex({ ...target, superUsers: [], acls }), new AclIndex(source)];
  const shared = sharedProbes(own, other, compared);
  const pairs = compared.principals.flatMap(({ principal, users }) => users.map((user) => ({ principal, user })));
  return [...Map.groupBy(pairs, ({ user }) => user)].flatMap(([user, of]) => {
    const [first, ...others] = of.map(({ principal }) =>
      lostOf(own, other, { principal: `User:${user}`, user: principal.replace(/^User:/, "") }, shared),
    );
    const alike = (one: Lost, other: Lost) =>
      one.operation === other.operation && one.resource === other.resource && one.host === other.host;
    return first!
      .filter((lost) => others.every((found) => found.some((other) => alike(lost, other))))
      .map(({ operation, resource, host }) => ({
        user,
        operation,
        resource,
        host,
        principals: of.map(({ principal }) => principal),
      }));
  });
}

/** Names of one type of resource that every principal is asked about. */
interface SharedProbes {
  readonly names: SortedNames;
  readonly shown: ReadonlyMap<string, string>;
  /** The names, apart where a cluster is open for one that no ACL is about and not for another. */
  readonly byOpenness: readonly (readonly string[])[];
  /** Moving names that stay on the source; nobody is asked about them. */
  readonly staying: ReadonlySet<string>;
}

/** Where a cluster is open by default the ACLs of others count too, so their names are asked about as well. */
function sharedProbes(before: AclIndex, after: AclIndex, compared: Compared): ReadonlyMap<string, SharedProbes> {
  const open = [before, after].filter(({ openByDefault }) => openByDefault);
  const all = open.flatMap(({ acls }) => acls);
  return new Map(
    Object.keys(operationsOf).map((type) => {
      const staying = new Set(compared.staying[type]);
      const known = compared.moving[type] ?? [];
      const probes = open.length > 0 ? namesToProbe(type, all, known, staying) : knownProbes(type, known, staying);
      const openness = (name: string): string => opennessOf(before, after, type, name);
      const names = new SortedNames(probes.map(({ name }) => name));
      const shown = new Map(probes.map((probe) => [probe.name, probe.shown]));
      const byOpenness = [...Map.groupBy(names.names, openness).values()];
      return [type, { names, shown, byOpenness, staying }];
    }),
  );
}

/** Where all users may use a name because no ACL is about it; alike for names that nothing tells apart. */
const opennessOf = (before: AclIndex, after: AclIndex, type: string, name: string): string =>
  `${before.isOpen(type, name)} ${after.isOpen(type, name)}`;

function lostOf(before: AclIndex, after: AclIndex, who: Who, shared: ReadonlyMap<string, SharedProbes>): Lost[] {
  const sides: Sides = { before, after, ...who };
  const own = {
    before: before.aclsOf(who.principal),
    after: after.aclsOf(`User:${who.user}`),
  };
  const hosts = hostsToProbe([...own.before, ...own.after]);
  return [...shared].flatMap(([type, probes]) => {
    const ofType = (acls: readonly AclReading[]) => acls.filter(({ resourceType }) => resourceType === type);
    const acls = { before: ofType(own.before), after: ofType(own.after) };
    return alikeNames(sides, type, probes, acls).flatMap((alike) => {
      const lost = lostAt(sides, { ...alike, type, hosts });
      return lost.length === 0
        ? []
        : alike.all().flatMap((shown) => lost.map((one): Lost => ({ ...who, ...one, resource: shown })));
    });
  });
}

interface Who {
  readonly principal: string;
  readonly user: string;
}

interface Sides extends Who {
  readonly before: AclIndex;
  readonly after: AclIndex;
}

interface OwnAcls {
  readonly before: readonly AclReading[];
  readonly after: readonly AclReading[];
}

/** Names that the same ACLs of a principal are about: one represents all. */
interface Alike {
  readonly name: string;
  /** What they are about, in words. */
  readonly all: () => readonly string[];
  /** The ACLs that are about them. */
  readonly acls: OwnAcls;
}

/** The names to ask a principal about. Those that none of its ACLs singles out are not looked at one by one. */
function alikeNames({ before, after }: Sides, type: string, probes: SharedProbes, acls: OwnAcls): Alike[] {
  const both = [...acls.before, ...acls.after];
  // The names that only its own ACLs give, and those that represent what no ACL gives.
  const added = namesToProbe(type, both, [], probes.staying);
  const own = added.filter(({ name }) => probes.names.placeOf(name) === undefined);
  const ownNames = new SortedNames(own.map(({ name }) => name));
  const shownOf = new Map(own.map(({ name, shown }) => [name, shown]));
  const placeOf = (name: string): number =>
    probes.names.placeOf(name) ?? probes.names.names.length + ownNames.placeOf(name)!;
  const shown = (name: string): string => probes.shown.get(name) ?? shownOf.get(name)!;
  const numbers = new Map<string, number[]>(own.map(({ name }) => [name, []]));
  const forAll: number[] = [];
  for (const [at, acl] of both.entries()) {
    if (acl.patternType !== "Prefixed" && acl.resourceName === "*") forAll.push(at);
    else
      for (const name of [...probes.names.under(acl), ...ownNames.under(acl)]) {
        const known = numbers.get(name);
        if (known === undefined) numbers.set(name, [at]);
        else known.push(at);
      }
  }
  const aclsAt = (which: readonly number[]): OwnAcls => {
    const about = new Set([...which, ...forAll]);
    return {
      before: acls.before.filter((_, at) => about.has(at)),
      after: acls.after.filter((_, at) => about.has(acls.before.length + at)),
    };
  };
  const singled = [...numbers].toSorted(([one], [other]) => placeOf(one) - placeOf(other));
  const alike = Map.groupBy(singled, ([name, which]) => `${which.join()} ${opennessOf(before, after, type, name)}`);
  const classes = [...alike.values()].map((same) => ({
    name: same[0]![0],
    all: () => same.map(([name]) => shown(name)),
    acls: aclsAt(same[0]![1]),
  }));
  const rest = probes.byOpenness.flatMap((names): Alike[] => {
    const name = names.find((one) => !numbers.has(one));
    if (name === undefined) return [];
    return [{ name, all: () => names.filter((one) => !numbers.has(one)).map(shown), acls: aclsAt([]) }];
  });
  return [...classes, ...rest].toSorted((one, other) => placeOf(one.name) - placeOf(other.name));
}

interface At {
  readonly type: string;
  readonly name: string;
  readonly acls: OwnAcls;
  /** The first one stands for all that no ACL names. */
  readonly hosts: readonly string[];
}

function lostAt(sides: Sides, at: At): Pick<Lost, "operation" | "host" | "answer">[] {
  const { principal, user, before, after } = sides;
  const lost = (operationsOf[at.type] ?? []).flatMap((operation) => {
    const refused = at.hosts.flatMap((host) => {
      const asked = { host, operation, resourceType: at.type, resourceName: at.name };
      if (answerFrom(before, at.acls.before, { ...asked, principal }) !== "allowed") return [];
      const now = answerFrom(after, at.acls.after, { ...asked, principal: `User:${user}` });
      return now === "allowed" ? [] : [{ operation, host: host === at.hosts[0] ? null : host, answer: now }];
    });
    // If a user is refused from everywhere, the single hosts are not listed.
    return refused.some(({ host }) => host === null) ? refused.slice(0, 1) : refused;
  });
  return lost.filter(
    (one) => !lost.some((other) => other.host === one.host && implies(other.operation, one.operation)),
  );
}

/** What the brokers would answer, given those ACLs of the principal and of all users that are about the resource. */
function answerFrom(index: AclIndex, acls: readonly AclReading[], question: Question): Answer {
  if (index.isSuperUser(question.principal)) return "allowed";
  const isOpen = acls.length === 0 && index.isOpen(question.resourceType, question.resourceName);
  return decide(acls, question, isOpen);
}

/** Rights that roles give and that the target does not grant. */
export function ungranted(target: Rights, granted: readonly GrantedRight[]): Lost[] {
  const index = new AclIndex(target);
  return granted.flatMap((right): Lost[] => {
    const { user, operation, resourceType, host } = right;
    const acls = index.aclsOf(`User:${user}`);
    const { name, shown } = probeOf(right, index.openByDefault ? index.acls : acls);
    const from = host === "*" ? hostsToProbe([])[0]! : host;
    const about = acls.filter((acl) => concerns(acl, resourceType, name));
    const asked = { principal: `User:${user}`, host: from, resourceType, resourceName: name };
    const operations = operation === "All" ? (operationsOf[resourceType] ?? []) : [operation];
    const refused = operations.flatMap((each) => {
      const now = answerFrom(index, about, { ...asked, operation: each });
      return now === "allowed" ? [] : [{ operation: each, answer: now }];
    });
    const lost = { principal: null, user, resource: shown, host: host === "*" ? null : host };
    return refused.slice(0, 1).map((one) => ({ ...lost, ...one }));
  });
}

/** The name for which a right is checked, among ACLs that could tell it from others. */
function probeOf({ user, ...right }: GrantedRight, acls: readonly AclReading[]): Probe {
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
  const moving = new Map(Object.entries(compared.moving).map(([type, names]) => [type, new SortedNames(names)]));
  const found = new Map<string, Stranger>();
  for (const acl of source.acls) {
    if (known.has(acl.principal) || found.has(acl.principal) || acl.permission === "Deny") continue;
    const name = moving.get(acl.resourceType)?.first(acl);
    if (name === undefined) continue;
    found.set(acl.principal, { principal: acl.principal, resource: shownResource(acl.resourceType, name) });
  }
  return [...found.values()];
}
