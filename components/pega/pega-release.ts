import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PegaConfig } from "../../config/pega/schema.ts";
import type { Values } from "./values.ts";

export interface PegaReleaseArgs {
  readonly config: PegaConfig;
  /** The user's values with the row's overlay. */
  readonly values: Values;
}

/** The user's own Helm release, taken over as it runs and left as it is when it leaves the program. */
export class PegaRelease extends pulumi.ComponentResource {
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, { config, values }: PegaReleaseArgs, opts: pulumi.ComponentResourceOptions) {
    super("kafka-migration:components:PegaRelease", name, {}, opts);
    const { release, kubernetes } = config;
    const { namespace } = kubernetes[release.kubernetes]!;
    this.parts = [
      new k8s.helm.v3.Release(
        `${name}-helm`,
        {
          name: release.name,
          namespace,
          chart: release.chart,
          version: release.version,
          ...(release.repository && { repositoryOpts: { repo: release.repository } }),
          // Values files of Pega hold passwords of databases; the program prints what the row changes by itself.
          values: pulumi.secret(values),
          timeout: release.timeoutSeconds,
          skipAwait: false,
          allowNullValues: true,
        },
        {
          parent: this,
          import: `${namespace}/${release.name}`,
          retainOnDelete: true,
          customTimeouts: { update: `${release.timeoutSeconds}s` },
        },
      ),
    ];
    this.registerOutputs();
  }
}
