import * as kafka from "@pulumi/kafka";
import * as pulumi from "@pulumi/pulumi";
import type { AclReading, Scope } from "@kafka-migration/kafka";
import type { RightsUser } from "../config/rights.ts";
import { quotaText, targetAcls, targetQuotas } from "../config/target-rights.ts";
import type { TargetAcl, TargetQuota } from "../config/target-rights.ts";
import { TargetRights } from "../gates/target-rights.ts";
import type { KafkaConnection } from "./kafka-connection.ts";
import { loginOf, rightsOf } from "./rights-condition.ts";
import type { WithRights } from "./rights-condition.ts";
import { credentialsOf } from "./scope.ts";
import { scramUser } from "./scram-user.ts";

export interface ApplicationRightsArgs {
  readonly config: WithRights;
  readonly scope: Scope;
  readonly connection: KafkaConnection;
}

/** What Pulumi's Kafka provider can say of an ACL; it refuses every other word. */
const providers = {
  resources: new Set(["Topic", "Group", "Cluster", "TransactionalID", "DelegationToken"]),
  operations: new Set([
    ...["All", "Read", "Write", "Create", "Delete", "Alter", "Describe"],
    ...["ClusterAction", "DescribeConfigs", "AlterConfigs", "IdempotentWrite"],
  ]),
};

/**
 * The applications' users on the target with their rights and quotas. They stay when they leave the program, because
 * applications go on; rights that are no longer wanted are taken away by an update.
 */
export class ApplicationRights extends pulumi.ComponentResource {
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, args: ApplicationRightsArgs, opts: pulumi.ComponentResourceOptions) {
    super("kafka-migration:components:ApplicationRights", name, {}, opts);
    const { config, scope, connection } = args;
    const acls = new Map(targetAcls(rightsOf(config)).map((acl) => [aclName(name, acl), acl] as const));
    const quotas = targetQuotas(rightsOf(config));
    const admin = credentialsOf(config, "target", "admin");
    const rights = new TargetRights(
      `${name}-on-target`,
      {
        target: { ...scope.target, ...(admin && { credentials: admin }) },
        users: config.rights.users.filter(({ standing }) => !standing).map((user) => loginOf(config, user)),
        acls: Object.fromEntries([...acls].map(([key, acl]) => [key, readingOf(acl)])),
        further: {
          acls: [...acls.values()].filter((acl) => !isProviders(acl)).map(readingOf),
          quotas: quotas.filter((quota) => !isSingle(quota)).map(({ entity, limits }) => ({ entity, limits })),
        },
      },
      { parent: this, dependsOn: [...connection.parts] },
    );
    const inside = {
      parent: this,
      provider: connection.provider,
      dependsOn: [rights, ...connection.parts],
      retainOnDelete: true,
    };
    this.parts = [
      rights,
      ...config.rights.users.flatMap((user) => this.#user(`${name}-${segment(user.name)}`, args, user, rights)),
      ...[...acls].filter(([, acl]) => isProviders(acl)).map(([key, acl]) => new kafka.Acl(key, aclArgs(acl), inside)),
      ...quotas
        .filter(isSingle)
        .map((quota) => new kafka.Quota(`${name}-quota/${quotaText(quota.entity)}`, quotaArgs(quota), inside)),
    ];
    this.registerOutputs();
  }

  #user(name: string, { config, connection }: ApplicationRightsArgs, user: RightsUser, after: pulumi.Resource) {
    if (user.standing) return [];
    const { mechanism, credentials: secret } = loginOf(config, user);
    const admin = { provider: connection.provider, parts: [after, ...connection.parts] };
    const made = { migration: config.name, username: user.name, secret, mechanism, rights: [], admin, kept: true };
    return scramUser(name, { ...made, generated: user.create }, this);
  }
}

const isProviders = ({ resourceType, operation }: TargetAcl): boolean =>
  providers.resources.has(resourceType) && providers.operations.has(operation);

const isSingle = ({ entity }: TargetQuota): boolean => Object.keys(entity).length === 1;

/** A name of a user or host as one part of a resource's name: without the signs that divide the parts. */
const segment = (name: string): string => encodeURIComponent(name);

/**
 * Name of an ACL's resource: `shop-rights-billing/read-topic-orders`, `…/deny-write-topics-orders.` for a prefix,
 * `shop-rights-billing@10.0.0.5/…` for a host. No two ACLs have the same.
 */
export function aclName(name: string, acl: TargetAcl): string {
  const { user, host, permission, operation, resourceType, patternType, resourceName } = acl;
  const from = host === "*" ? "" : `@${segment(host)}`;
  const kind = (resourceType === "TransactionalID" ? "transaction" : resourceType).toLowerCase();
  const what = `${permission === "Deny" ? "deny-" : ""}${operation.toLowerCase()}-${kind}`;
  return `${name}-${segment(user)}${from}/${what}${patternType === "Prefixed" ? "s" : ""}-${resourceName}`;
}

function readingOf({ user, ...acl }: TargetAcl): AclReading {
  return { principal: `User:${user}`, ...acl };
}

function aclArgs(acl: TargetAcl): kafka.AclArgs {
  return {
    aclPrincipal: `User:${acl.user}`,
    aclHost: acl.host,
    aclPermissionType: acl.permission,
    aclOperation: acl.operation,
    aclResourceType: acl.resourceType,
    aclResourceName: acl.resourceName,
    resourcePatternTypeFilter: acl.patternType,
  };
}

function quotaArgs({ entity, limits }: TargetQuota): kafka.QuotaArgs {
  const [[entityType, name]] = Object.entries(entity) as [[string, string]];
  const config = Object.fromEntries(Object.entries(limits).map(([key, limit]) => [key, String(limit)]));
  return { entityType, config, ...(name !== "<default>" && { entityName: name }) };
}
