/** The platforms, one line each. What the config calls `kind` of a cluster or of Connect says whose it is. */
import type { z } from "zod";
import { external } from "./external.ts";
import { kubedb } from "./kubedb/kubedb.ts";
import type { ConnectPlatform, KafkaPlatform, OfKind, PlannedCluster, Platform } from "./platform.ts";

const table = { kubedb, external };

type Row = (typeof table)[keyof typeof table];

/** A side's `cluster` in the config, of whatever platform. */
export type ClusterConfig = z.output<Row["clusterSchemas"][number]>;

/** The same as a stack file has it, before defaults. */
export type ClusterInput = z.input<Row["clusterSchemas"][number]>;

type ConnectRow = Extract<Row, { readonly connect: object }>;
/** `connect.kind` in the config. */
export type ConnectKind = ConnectRow["made"] | ConnectRow["existing"];
/** `connect.version` in the config. */
export type ConnectVersion = ConnectRow["connect"]["versions"][number];

/** In the order of the table. */
export const platforms: readonly Platform[] = Object.values(table);

/** The platform of a cluster or of Connect. Throws for a kind that no platform has, which the config refuses. */
export function platformOf({ kind }: OfKind): Platform {
  const found = platforms.find(({ made, existing }) => made === kind || existing === kind);
  if (found === undefined) throw new Error(`no platform has the kind "${kind}"`);
  return found;
}

/** Whether this program makes it. */
export const isMade = (of: OfKind): boolean => platformOf(of).made === of.kind;

/** What the config says of a cluster that is made here; undefined for one that is not. */
export const plannedOf = (cluster: OfKind): PlannedCluster | undefined => platformOf(cluster).kafka?.planned(cluster);

/** As much of a cluster as finds its Kafka object. */
export interface KnownCluster extends OfKind {
  readonly name?: string;
}

/** The Kafka object of a cluster, made here or not; null for a cluster that is known by its addresses alone. */
export function kafkaObjectOf(cluster: KnownCluster): { readonly name: string; readonly kafka: KafkaPlatform } | null {
  const { kafka } = platformOf(cluster);
  return kafka === null || cluster.name === undefined ? null : { name: cluster.name, kafka };
}

/** How the platform of `connect` in the config runs Connect. */
export const connectPlatformOf = (connect: { readonly kind: ConnectKind }): ConnectPlatform =>
  platformOf(connect).connect!;

/** The platform that an object of the Kubernetes API belongs to, by its group. Throws for one of nobody. */
export function platformOfApi(apiVersion: string): Platform {
  const [group = ""] = apiVersion.split("/");
  const found = platforms.find(({ groups }) => groups.includes(group));
  if (found === undefined) throw new Error(`no platform has objects of ${apiVersion}`);
  return found;
}
