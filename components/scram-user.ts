import type { SecretRef } from "@kafka-migration/kafka";
import * as kafka from "@pulumi/kafka";
import type * as pulumi from "@pulumi/pulumi";
import type { Mechanism } from "../runtime/model/login.ts";
import { Credentials, GeneratedSecret } from "./resources.ts";
import { rightName, type Right } from "./right.ts";

export interface ScramUserArgs {
  readonly migration: string;
  readonly username: string;
  /** Where its password is kept. */
  readonly secret: SecretRef;
  /** False takes the password that the Secret holds. @default true, it is made with a random one */
  readonly generated?: boolean;
  readonly mechanism: Mechanism;
  readonly rights: readonly Right[];
  /** Logged in as the side's admin; undefined takes user and rights away and keeps the Secret. */
  readonly admin: { readonly provider: kafka.Provider; readonly parts: readonly pulumi.Resource[] } | undefined;
  /** True leaves the rights as they are when they leave the program. @default what `kept` says */
  readonly rightsKept?: boolean;
  /** True leaves user, rights and Secret as they are when they leave the program. @default false */
  readonly kept?: boolean;
}

/** A user with the password of its Secret and exactly its rights, as resources of `parent`. */
export function scramUser(name: string, args: ScramUserArgs, parent: pulumi.Resource): readonly pulumi.Resource[] {
  const { username, secret: userSecret, mechanism, rights, admin, kept, rightsKept = kept, generated = true } = args;
  const secrets = generated ? [generatedSecret(name, args, parent)] : [];
  if (admin === undefined) return secrets;
  const password = new Credentials(`${name}-password`, { userSecret }, { parent, dependsOn: secrets }).user("password");
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
        { ...inside, ...(rightsKept && { retainOnDelete: true }) },
      ),
  );
  return [...secrets, user, ...granted];
}

function generatedSecret(name: string, args: ScramUserArgs, parent: pulumi.Resource): GeneratedSecret {
  const { migration, username, secret, kept } = args;
  return new GeneratedSecret(
    `${name}-secret`,
    { kubernetes: secret.kubernetes, name: secret.name, migration, username, exact: true },
    { parent, ...(kept && { retainOnDelete: true }) },
  );
}
