import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { MirroredConfig } from "../config/migration-config.ts";
import { prometheusRuleManifest } from "./alerts.ts";
import { dashboardConfigMap } from "./dashboard.ts";

export interface MonitoringArgs {
  readonly config: MirroredConfig;
}

/** Alerts and a dashboard about the mirror, in the target's Kubernetes cluster; each only if the config asks for it. */
export class Monitoring extends pulumi.ComponentResource {
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, { config }: MonitoringArgs, opts: pulumi.ComponentResourceOptions) {
    super("kafka-migration:components:Monitoring", name, {}, opts);
    const rule = prometheusRuleManifest(config);
    const dashboard = dashboardConfigMap(config);
    this.parts = [
      ...(rule ? [new k8s.apiextensions.CustomResource(`${name}-alerts`, rule, { parent: this })] : []),
      ...(dashboard ? [new k8s.core.v1.ConfigMap(`${name}-dashboard`, dashboard, { parent: this })] : []),
    ];
    this.registerOutputs();
  }
}
