import * as kafka from "@pulumi/kafka";
import * as pulumi from "@pulumi/pulumi";
import type { MirroredConfig } from "../config/migration-config.ts";
import { Credentials } from "../gates/credentials.ts";
import { GeneratedSecret } from "../gates/generated-secret.ts";
import type { Side } from "../phases/row.ts";
import { mirrorRights, rightName } from "./mirror-rights.ts";
import { mirrorUsername } from "./names.ts";
import { credentialsOf, mechanismOf } from "./scope.ts";

export interface MirrorUserArgs {
  readonly config: MirroredConfig;
  readonly side: Side;
  /** Logged in as the side's admin; undefined takes user and rights away and keeps the Secret. */
  readonly admin: { readonly provider: kafka.Provider; readonly parts: readonly pulumi.Resource[] } | undefined;
}

/** MM2's own user on one side, with a random password and exactly MM2's rights. */
export class MirrorUser extends pulumi.ComponentResource {
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, args: MirrorUserArgs, opts: pulumi.ComponentResourceOptions) {
    super("kafka-migration:components:MirrorUser", name, {}, opts);
    const { config, side, admin } = args;
    const username = mirrorUsername(config);
    const userSecret = credentialsOf(config, side, "mirror")!;
    const secret = new GeneratedSecret(
      `${name}-secret`,
      { kubernetes: userSecret.kubernetes, name: userSecret.name, migration: config.name, username, exact: true },
      { parent: this },
    );
    const granted = admin === undefined ? [] : this.#grant(name, args, admin, secret);
    this.parts = [secret, ...granted];
    this.registerOutputs();
  }

  #grant(
    name: string,
    { config, side }: MirrorUserArgs,
    admin: NonNullable<MirrorUserArgs["admin"]>,
    secret: pulumi.Resource,
  ): pulumi.Resource[] {
    const username = mirrorUsername(config);
    const userSecret = credentialsOf(config, side, "mirror")!;
    const { password } = new Credentials(`${name}-password`, { userSecret }, { parent: this, dependsOn: secret });
    const inside = { parent: this, provider: admin.provider, dependsOn: [...admin.parts] };
    const user = new kafka.UserScramCredential(
      `${name}-scram`,
      { username, scramMechanism: mechanismOf(config, side, "mirror")!, password },
      inside,
    );
    const rights = mirrorRights(config, side).map(
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
    return [user, ...rights];
  }
}
