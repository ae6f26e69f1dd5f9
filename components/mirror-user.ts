import * as pulumi from "@pulumi/pulumi";
import type { MirroredConfig } from "../config/migration-config.ts";
import type { Side } from "../phases/row.ts";
import { mirrorRights } from "./mirror-rights.ts";
import { mirrorUsername } from "./names.ts";
import { scramUser, type ScramUserArgs } from "./scram-user.ts";
import { credentialsOf, mechanismOf } from "./scope.ts";

export interface MirrorUserArgs extends Pick<ScramUserArgs, "admin"> {
  readonly config: MirroredConfig;
  readonly side: Side;
}

/** MM2's own user on one side, with a random password and exactly MM2's rights. */
export class MirrorUser extends pulumi.ComponentResource {
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, { config, side, admin }: MirrorUserArgs, opts: pulumi.ComponentResourceOptions) {
    super("kafka-migration:components:MirrorUser", name, {}, opts);
    this.parts = scramUser(
      name,
      {
        migration: config.name,
        username: mirrorUsername(config),
        secret: credentialsOf(config, side, "mirror")!,
        mechanism: mechanismOf(config, side, "mirror")!,
        rights: mirrorRights(config, side),
        admin,
      },
      this,
    );
    this.registerOutputs();
  }
}
