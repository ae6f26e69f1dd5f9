import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Scope } from "@kafka-migration/kafka";
import type { MigrationConfig } from "../../config/migration-config.ts";
import type { KubernetesConnection } from "../kubernetes.ts";
import { bundle } from "./bundle.ts";
import { configMapManifest, cronJobManifest, type Program } from "./manifests.ts";
import { pathProbes } from "./path-settings.ts";

export interface PathProbesArgs {
  readonly config: MigrationConfig;
  readonly scope: Scope;
  readonly connections: Readonly<Record<string, KubernetesConnection>>;
}

/** In each application's namespace a CronJob that tries the path to the target, for the gate `paths-open`. */
export class PathProbes extends pulumi.ComponentResource {
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, { config, scope, connections }: PathProbesArgs, opts: pulumi.ComponentResourceOptions) {
    super("kafka-migration:components:PathProbes", name, {}, opts);
    const { image, labels, paths } = config.inCluster!;
    this.parts = pathProbes(config, scope).flatMap(({ connection, ref, settings, secrets }) => {
      const { provider, parts } = connections[connection]!;
      const program: Program = {
        program: "path-probe",
        migration: config.name,
        name: ref.name,
        image,
        labels,
        settings,
        secrets,
        namespace: ref.kubernetes.namespace,
      };
      const files = new k8s.core.v1.ConfigMap(`${name}-${connection}-files`, configMapManifest(program, bundle()), {
        parent: this,
        provider,
        dependsOn: [...parts],
      });
      const job = new k8s.batch.v1.CronJob(`${name}-${connection}`, cronJobManifest(program, paths!.everyMinutes), {
        parent: this,
        provider,
        dependsOn: [files],
      });
      return [files, job];
    });
    this.registerOutputs();
  }
}
