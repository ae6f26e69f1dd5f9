import * as kafka from "@pulumi/kafka";
import * as pulumi from "@pulumi/pulumi";
import type { Scope } from "@kafka-migration/kafka";
import type { RightsUser } from "../config/rights.ts";
import { aclText, quotaText, targetAcls, targetQuotas, type TargetQuota } from "../config/target-rights.ts";
import { TargetRights } from "./resources.ts";
import type { KafkaConnection } from "./kafka-connection.ts";
import { loginOf, rightsOf, type WithRights } from "./rights-condition.ts";
import { credentialsOf } from "./scope.ts";
import { scramUser } from "./scram-user.ts";

export interface ApplicationRightsArgs {
  readonly config: WithRights;
  readonly scope: Scope;
  readonly connection: KafkaConnection;
}

/**
 * The applications' users on the target with their rights and quotas. They stay when they leave the program, because
 * applications go on; rights that are no longer wanted are taken away by an update.
 */
export class ApplicationRights extends pulumi.ComponentResource {
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, args: ApplicationRightsArgs, opts: pulumi.ComponentResourceOptions) {
    super("kafka-migration:components:ApplicationRights", name, {}, opts);
    const { config, scope, connection } = args;
    const quotas = targetQuotas(rightsOf(config));
    const admin = credentialsOf(config, "target", "admin");
    const rights = new TargetRights(
      `${name}-on-target`,
      {
        target: { ...scope.target, ...(admin && { credentials: admin }) },
        users: config.rights.users.filter(({ existing }) => !existing).map((user) => loginOf(config, user)),
        acls: Object.fromEntries(targetAcls(rightsOf(config)).map((acl) => [aclText(acl), true as const])),
        quotas: quotas.filter((quota) => !isSingle(quota)),
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
      ...config.rights.users.flatMap((user) =>
        this.#user(`${name}-${encodeURIComponent(user.name)}`, args, user, rights),
      ),
      ...quotas
        .filter(isSingle)
        .map((quota) => new kafka.Quota(`${name}-quota/${quotaText(quota.entity)}`, quotaArgs(quota), inside)),
    ];
    this.registerOutputs();
  }

  #user(name: string, { config, connection }: ApplicationRightsArgs, user: RightsUser, after: pulumi.Resource) {
    if (user.existing) return [];
    const { mechanism, credentials: secret } = loginOf(config, user);
    const admin = { provider: connection.provider, parts: [after, ...connection.parts] };
    const made = { migration: config.name, username: user.name, secret, mechanism, rights: [], admin, kept: true };
    return scramUser(name, { ...made, generated: user.create }, this);
  }
}

const isSingle = ({ entity }: TargetQuota): boolean => Object.keys(entity).length === 1;

function quotaArgs({ entity, limits }: TargetQuota): kafka.QuotaArgs {
  const [[entityType, name]] = Object.entries(entity) as [[string, string]];
  const config = Object.fromEntries(Object.entries(limits).map(([key, limit]) => [key, String(limit)]));
  return { entityType, config, ...(name !== "<default>" && { entityName: name }) };
}
