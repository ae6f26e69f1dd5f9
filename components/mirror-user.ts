import type { Declared } from "@kafka-migration/kafka";
import * as kafka from "@pulumi/kafka";
import * as pulumi from "@pulumi/pulumi";
import { mirrorQuotas, type MirroredConfig } from "../config/migration-config.ts";
import { aclText } from "../config/target-rights.ts";
import type { Row, Side } from "../phases/row.ts";
import { mirrorRights } from "./mirror-rights.ts";
import { mirrorUsername } from "./names.ts";
import { MirrorRights } from "./resources.ts";
import type { Right } from "./right.ts";
import { scramUser, type ScramUserArgs } from "./scram-user.ts";
import { credentialsOf, kafkaEndpoint, mechanismOf } from "./scope.ts";

export interface MirrorUserArgs extends Pick<ScramUserArgs, "admin"> {
  readonly config: MirroredConfig;
  readonly side: Side;
  readonly declared: Declared;
  /** Whether the user copies back as well. */
  readonly reverse: Row["reverse"];
}

/** Kafka's names of the quotas. */
const kafkaQuotas = { consumerByteRate: "consumer_byte_rate", producerByteRate: "producer_byte_rate" } as const;

/** MM2's own user on one side, with a random password and exactly MM2's rights. */
export class MirrorUser extends pulumi.ComponentResource {
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, args: MirrorUserArgs, opts: pulumi.ComponentResourceOptions) {
    super("kafka-migration:components:MirrorUser", name, {}, opts);
    const { config, side, admin, declared, reverse } = args;
    const rights = mirrorRights(config, side, reverse);
    const user = scramUser(
      name,
      {
        migration: config.name,
        username: mirrorUsername(config),
        secret: credentialsOf(config, side, "mirror")!,
        mechanism: mechanismOf(config, side, "mirror")!,
        rights: declared === "together" ? [] : rights,
        // What leaves the program last must not take away what was granted together before.
        rightsKept: declared === "joining",
        admin,
      },
      this,
    );
    const together = admin !== undefined && declared !== "apart";
    this.parts = [
      ...user,
      ...this.#quota(name, args, user),
      ...(together ? [this.#together(name, args, rights, user)] : []),
    ];
    this.registerOutputs();
  }

  /** Takes from the side's bandwidth at most what the config allows, in either direction while the user copies back as well. */
  #quota(
    name: string,
    { config, side, admin, reverse }: MirrorUserArgs,
    after: readonly pulumi.Resource[],
  ): kafka.Quota[] {
    const limits = Object.fromEntries(
      mirrorQuotas(side, reverse).flatMap((quota) => {
        const rate = config.mirror.quotas[quota];
        return rate === undefined ? [] : [[kafkaQuotas[quota], String(rate)] as const];
      }),
    );
    if (Object.keys(limits).length === 0 || admin === undefined) return [];
    const entity = { entityName: mirrorUsername(config), entityType: "user" };
    return [
      new kafka.Quota(
        `${name}-quota`,
        { ...entity, config: limits },
        { parent: this, provider: admin.provider, dependsOn: [...admin.parts, ...after] },
      ),
    ];
  }

  /** All rights in one resource, where there are too many for one each. */
  #together(
    name: string,
    { config, side, declared }: MirrorUserArgs,
    rights: readonly Right[],
    after: readonly pulumi.Resource[],
  ): MirrorRights {
    const admin = credentialsOf(config, side, "admin");
    const user = mirrorUsername(config);
    return new MirrorRights(
      `${name}-rights`,
      {
        cluster: { ...kafkaEndpoint(config, side), ...(admin && { credentials: admin }) },
        principal: `User:${user}`,
        acls: rights.map(({ operation, resource, name: of, pattern }) =>
          aclText({
            user,
            permission: "Allow",
            operation,
            host: "*",
            resourceType: resource,
            patternType: pattern,
            resourceName: of,
          }),
        ),
        // Also while both kinds stand on the way up: an update that fails then, and is turned back, leaves the single ones alone.
        handedOver: declared !== "together",
      },
      { parent: this, dependsOn: [...after] },
    );
  }
}
