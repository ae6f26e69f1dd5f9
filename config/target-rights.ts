import type { Inventory } from "./inventory.ts";
import { mirrorUsername, type MigratedGroup } from "./migration-config.ts";
import { everybody, type RightsConfig, type RightsUser } from "./rights.ts";

type LockedAcl = Inventory["acls"][number];

/** An ACL on the target; its principal is `User:<user>`, or `User:*`. */
export interface TargetAcl extends Omit<LockedAcl, "principal"> {
  /** A name under rights.users, or `*`. */
  readonly user: string;
}

/** A quota on the target. */
export interface TargetQuota {
  readonly entity: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, number>>;
}

/** What the mapping of rights is made from. */
export interface RightsOf {
  readonly rights: RightsConfig;
  readonly inventory: Inventory;
  /** Names of the topics that are migrated. */
  readonly topics: readonly string[];
  readonly groups: readonly MigratedGroup[];
  /** Name of the migration. */
  readonly name: string;
}

/** Principals of the source whose rights a user has directly. */
export const principalsOf = ({ name, from }: RightsUser): readonly string[] => from ?? [`User:${name}`];

/** The target's users by the source principal that they replace, `*` for all users; sorted. */
export function mappedPrincipals(rights: RightsConfig): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  const add = (principal: string, user: string) => found.set(principal, (found.get(principal) ?? new Set()).add(user));
  for (const user of rights.users) for (const principal of principalsOf(user)) add(principal, user.name);
  for (const { users, from } of rights.roles) {
    for (const principal of from) for (const user of users) add(principal, user);
  }
  if (rights.everybody) add(everybody, "*");
  return new Map(
    [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([principal, users]) => [principal, [...users].sort()]),
  );
}

/** Principals that are not mapped: the source's super users and this program's users. */
export function ownPrincipals({ inventory, name }: Pick<RightsOf, "inventory" | "name">): readonly string[] {
  return [...(inventory.ownPrincipals ?? []), `User:${mirrorUsername({ name })}`];
}

/** Whether an ACL is about a topic or group that moves; false for other resources, where this is not known. */
export function concernsMoving(
  { resourceType, resourceName, patternType }: LockedAcl,
  of: Pick<RightsOf, "topics" | "groups">,
) {
  const moving: Readonly<Record<string, readonly string[]>> = {
    Topic: of.topics,
    Group: of.groups.map(({ name }) => name),
  };
  return (moving[resourceType] ?? []).some((name) => {
    if (patternType === "Prefixed") return name.startsWith(resourceName);
    return resourceName === "*" || name === resourceName;
  });
}

/** Names in ACLs of topics and groups of the lockfile that do not move, by type of resource. */
export function stayingNames({
  inventory,
  topics,
  groups,
}: Omit<RightsOf, "rights" | "name">): Record<string, string[]> {
  const given = (type: string) =>
    new Set(
      inventory.acls
        .filter(({ resourceType, patternType }) => resourceType === type && patternType === "Literal")
        .map(({ resourceName }) => resourceName),
    );
  const [topicsGiven, groupsGiven] = [given("Topic"), given("Group")];
  const [moving, joining] = [new Set(topics), new Set(groups.map(({ name }) => name))];
  const staying = {
    Topic: inventory.topics.map(({ name }) => name).filter((name) => topicsGiven.has(name) && !moving.has(name)),
    Group: inventory.groups.map(({ name }) => name).filter((name) => groupsGiven.has(name) && !joining.has(name)),
  };
  return Object.fromEntries(Object.entries(staying).filter(([, names]) => names.length > 0));
}

/** Rights that roles grant in addition to those of the lockfile, user by user. */
export function grantedByRoles({ roles }: Pick<RightsConfig, "roles">): TargetAcl[] {
  return roles.flatMap(({ users, allow }) =>
    users.flatMap((user) =>
      allow.flatMap(({ operations, resource, name, pattern, host }) =>
        operations.map((operation): TargetAcl => ({
          user,
          operation,
          host,
          permission: "Allow",
          resourceType: resource,
          resourceName: name,
          patternType: pattern,
        })),
      ),
    ),
  );
}

/**
 * Every ACL of the target: those of the mapped principals, except for what stays on the source, and those
 * that roles grant. Each once, sorted. Pure.
 */
export function targetAcls(of: RightsOf): readonly TargetAcl[] {
  const mapped = mappedPrincipals(of.rights);
  const staying = new Map(Object.entries(stayingNames(of)).map(([type, names]) => [type, new Set(names)]));
  const found = of.inventory.acls
    .filter(
      ({ resourceType, resourceName, patternType }) =>
        patternType !== "Literal" || !staying.get(resourceType)?.has(resourceName),
    )
    .flatMap(({ principal, ...acl }) => (mapped.get(principal) ?? []).map((user): TargetAcl => ({ user, ...acl })));
  const all = [...found, ...grantedByRoles(of.rights)].map((acl) => [aclText(acl), acl] as const);
  return [...new Map(all)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, acl]) => acl);
}

/** A text that is unique for each ACL; the name comes last, because names of groups can contain any character. */
export const aclText = (acl: TargetAcl): string =>
  `User:${acl.user} ${acl.permission} ${acl.operation} from ${acl.host} of ${acl.resourceType} ${acl.patternType} ${acl.resourceName}`;

/** A quota as text: `user billing, client-id web`. */
export const quotaText = (entity: Readonly<Record<string, string>>): string =>
  ["user", "client-id", "ip"]
    .flatMap((type) => (entity[type] === undefined ? [] : [`${type} ${entity[type]}`]))
    .join(", ");

/** Quotas of the lockfile that are recreated: those of a mapped user, and those that name no user. Sorted. Pure. */
export function targetQuotas(of: Pick<RightsOf, "rights" | "inventory">): readonly TargetQuota[] {
  const mapped = mappedPrincipals(of.rights);
  const ignored = new Set(
    of.rights.quotas.ignore.map(({ reason: _, ...entity }) => quotaText(entity as Record<string, string>)),
  );
  return of.inventory.quotas
    .filter(({ entity }) => !ignored.has(quotaText(entity)))
    .flatMap(({ entity, limits }): TargetQuota[] => {
      const { user } = entity;
      if (user === undefined || user === "<default>") return [{ entity, limits }];
      return (mapped.get(`User:${user}`) ?? []).map((name) => ({ entity: { ...entity, user: name }, limits }));
    })
    .sort((a, b) => (quotaText(a.entity) < quotaText(b.entity) ? -1 : 1));
}
