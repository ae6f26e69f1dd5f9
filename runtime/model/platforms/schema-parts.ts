/** Parts of the config that every platform's clusters have in common. */
import { z } from "zod";
import { form, objectName } from "../forms.ts";

const storageSchema = z.strictObject({
  size: form(/^\d+(Mi|Gi|Ti)$/, "a quantity such as 100Gi").describe("size of each node's volume, in Mi, Gi or Ti"),
  storageClass: objectName()
    .optional()
    .describe("storage class of the volumes; default: the Kubernetes cluster's default class"),
});

export const nodesSchema = z
  .strictObject({
    replicas: z.int().min(1).describe("number of nodes"),
    storage: storageSchema.describe("the volume of each node"),
  })
  .meta({ id: "nodes" });

export const monitorSchema = z
  .strictObject({
    serviceMonitorLabels: z.record(z.string(), z.string()).describe("labels that Prometheus selects by"),
    intervalSeconds: z.int().min(1).max(3600).default(10).describe("seconds between two scrapes; default: 10"),
  })
  .optional()
  .describe("metrics exporter and ServiceMonitor for the Prometheus operator; default: none");

/** Nodes of one kind: how many, and the volume of each. */
export type NodesConfig = z.output<typeof nodesSchema>;
/** How Prometheus finds the metrics; undefined for no exporter. */
export type MonitorConfig = z.output<typeof monitorSchema>;
