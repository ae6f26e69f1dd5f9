import * as pulumi from "@pulumi/pulumi";
import type { PegaConfig } from "../../config/pega/schema.ts";
import { StreamSecret } from "../resources.ts";
import { scramUser, type ScramUserArgs } from "../scram-user.ts";
import { kubernetesRef } from "../side-addresses.ts";
import { pegaRights } from "./rights.ts";
import { streamMechanism, streamSecretName } from "./settings.ts";

export interface PegaUserArgs {
  readonly config: PegaConfig;
  /** What the names of Pega's topics and groups begin with. */
  readonly prefix: string;
  readonly admin: ScramUserArgs["admin"];
}

/** Pega's user on the target with the rights that Pega asks for, and the Secret that the release reads. */
export class PegaUser extends pulumi.ComponentResource {
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, { config, prefix, admin }: PegaUserArgs, opts: pulumi.ComponentResourceOptions) {
    super("kafka-migration:components:PegaUser", name, {}, opts);
    const { credentials } = config.stream;
    const mechanism = streamMechanism(config);
    if (credentials === undefined || "secret" in credentials || mechanism === undefined) {
      this.parts = [];
    } else {
      const { user, create, storePasswords } = credentials;
      const userSecret = { kubernetes: kubernetesRef(config, config.target.kubernetes), name: user };
      const kubernetes = kubernetesRef(config, config.release.kubernetes);
      const made = create
        ? scramUser(
            name,
            {
              migration: config.name,
              username: `${config.name}-stream`,
              secret: userSecret,
              mechanism,
              rights: pegaRights(prefix),
              admin,
              // Pega goes on when the stack is destroyed.
              kept: true,
            },
            this,
          )
        : [];
      const secret = new StreamSecret(
        `${name}-stream`,
        {
          kubernetes,
          name: streamSecretName(config)!,
          migration: config.name,
          userSecret,
          mechanism,
          ...(storePasswords && { storePasswords: { kubernetes, name: storePasswords } }),
        },
        { parent: this, dependsOn: [...made], retainOnDelete: true },
      );
      this.parts = [...made, secret];
    }
    this.registerOutputs();
  }
}
