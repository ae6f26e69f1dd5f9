import * as kafka from "@pulumi/kafka";
import type * as pulumi from "@pulumi/pulumi";
import type { KafkaEndpoint, SecretRef } from "@kafka-migration/kafka";
import { Credentials } from "../gates/credentials.ts";
import { GeneratedSecret } from "../gates/generated-secret.ts";
import { rightName } from "./right.ts";
import type { Right } from "./right.ts";

export interface ScramUserArgs {
  readonly migration: string;
  readonly username: string;
  /** Where its random password is kept. */
  readonly secret: SecretRef;
  readonly mechanism: NonNullable<KafkaEndpoint["mechanism"]>;
  readonly rights: readonly Right[];
  /** Logged in as the side's admin; undefined takes user and rights away and keeps the Secret. */
  readonly admin: { readonly provider: kafka.Provider; readonly parts: readonly pulumi.Resource[] } | undefined;
  /** True leaves user, rights and Secret as they are when they leave the program. @default false */
  readonly kept?: boolean;
}

/** A user with a random password and exactly its rights, as resources of `parent`. */
export function scramUser(name: string, args: ScramUserArgs, parent: pulumi.Resource): readonly pulumi.Resource[] {
  const { migration, username, secret: userSecret, mechanism, rights, admin, kept } = args;
  const secret = new GeneratedSecret(
    `${name}-secret`,
    { kubernetes: userSecret.kubernetes, name: userSecret.name, migration, username, exact: true },
    { parent, ...(kept && { retainOnDelete: true }) },
  );
  if (admin === undefined) return [secret];
  const { password } = new Credentials(`${name}-password`, { userSecret }, { parent, dependsOn: secret });
  const inside = {
    parent,
    provider: admin.provider,
    dependsOn: [...admin.parts],
    ...(kept && { retainOnDelete: true }),
  };
  const user = new kafka.UserScramCredential(
    `${name}-scram`,
    { username, scramMechanism: mechanism, password },
    inside,
  );
  const granted = rights.map(
    (right) =>
      new kafka.Acl(
        `${name}-${rightName(right)}`,
        {
          aclPrincipal: `User:${username}`,
          aclHost: "*",
          aclPermissionType: "Allow",
          aclOperation: right.operation,
          aclResourceType: right.resource,
          aclResourceName: right.name,
          resourcePatternTypeFilter: right.pattern,
        },
        inside,
      ),
  );
  return [secret, user, ...granted];
}
