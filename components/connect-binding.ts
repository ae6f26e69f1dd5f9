import type { MirroredConfig } from "../config/migration-config.ts";
import { usesSasl, usesTls } from "../runtime/model/protocol.ts";
import { workerProperties } from "./connector-properties.ts";
import { caOf, credentialsOf } from "./scope.ts";
import { bootstrapInside } from "./side-addresses.ts";

/** What the Connect workers log in to the target with, where that is not what KubeDB's own AppBinding says. */
export interface ConnectBinding {
  /** The AppBinding that the ConnectCluster refers to. */
  readonly name: string;
  /** The Secret with the worker's properties, credentials included. */
  readonly workerSecret: string;
}

/**
 * Connect needs an AppBinding of the migration's own if MM2 has a user of its own on the target, since KubeDB's is the
 * superuser's, and for a cluster that KubeDB does not know.
 */
export function connectBinding({ connect, target }: MirroredConfig): ConnectBinding | undefined {
  const own = target.credentials?.mirror !== undefined || target.cluster.kind === "external";
  // A ConnectCluster that stands already keeps the user that it has.
  return own && connect.kind === "kubedb"
    ? { name: `${connect.name}-kafka`, workerSecret: `${connect.name}-worker` }
    : undefined;
}

/**
 * An AppBinding (appcatalog.appscode.com/v1alpha1) that leads to the target as MM2's user. It names no `appRef`: with
 * one the operator could take the superuser of the Kafka object behind it.
 */
export function appBindingManifest(config: MirroredConfig, binding: ConnectBinding) {
  const { target, kubernetes } = config;
  const { cluster } = target;
  const user = usesSasl(target.security.protocol) ? credentialsOf(config, "target", "mirror") : undefined;
  const ca = usesTls(target.security.protocol) ? caOf(config, "target") : undefined;
  return {
    apiVersion: "appcatalog.appscode.com/v1alpha1",
    kind: "AppBinding",
    metadata: { name: binding.name, namespace: kubernetes[target.kubernetes]!.namespace },
    spec: {
      type: "kubedb.com/kafka",
      ...(cluster.kind === "kubedb" && { version: cluster.version }),
      clientConfig:
        cluster.kind === "external"
          ? // One address: the field holds a URL. The others are among the worker's properties.
            { url: bootstrapInside(config, "target")[0]! }
          : { service: { name: `${cluster.name}-pods`, port: 9092, scheme: "kafka" } },
      ...(user && { secret: { kind: "Secret", name: user.name } }),
      ...(ca && { tlsSecret: { kind: "Secret", name: ca.name } }),
    },
  };
}

/** The worker's properties for its Secret, without credentials. */
export function boundWorkerProperties(config: MirroredConfig): Record<string, string> {
  return {
    ...(config.target.cluster.kind === "external" && {
      "bootstrap.servers": bootstrapInside(config, "target").join(","),
    }),
    ...workerProperties(config),
  };
}
