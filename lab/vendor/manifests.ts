import type { AnyObject } from "../kubernetes.ts";
import { namespace } from "../source.ts";
import { connectName, connectSecret, registryListener, type Side } from "./addresses.ts";
import { registrySecret, registryUsers } from "./users.ts";

/** A side's schema registry: a Deployment of one pod, whose storage outlives it. */
export function registryDeployment(side: Side): AnyObject {
  const name = `registry-${side}`;
  const labels = { app: name, "kafka-migration.lab/run": "true" };
  const { host, port } = registryListener(side);
  const users = registryUsers.flatMap((user) => {
    const variable = user.toUpperCase();
    const from = (key: string) => ({ secretKeyRef: { name: registrySecret(side, user), key } });
    return [
      { name: `${variable}_NAME`, valueFrom: from("username") },
      { name: `${variable}_PASSWORD`, valueFrom: from("password") },
    ];
  });
  const logins = registryUsers.map((user) => `$(${user.toUpperCase()}_NAME):$(${user.toUpperCase()}_PASSWORD)`);
  const env = [
    ...users,
    { name: "REGISTRY_HOST", value: host },
    { name: "REGISTRY_PORT", value: String(port) },
    { name: "REGISTRY_DIRECTORY", value: `$(LAB_DIR)/data/registry/${side}` },
    { name: "REGISTRY_LOGINS", value: logins.join(",") },
  ];
  const command = ["node", "lab/registry/main.ts"];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      // Two of one address and one storage cannot run side by side.
      strategy: { type: "Recreate" },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "registry", image: "kafka-migration/lab-registry", command, env }] },
      },
    },
  };
}

/** A Connect cluster beside a side; the one beside the target starts once there are brokers. */
export const connectCluster = (side: Side): AnyObject => ({
  apiVersion: "kafka.kubedb.com/v1alpha1",
  kind: "ConnectCluster",
  metadata: { name: connectName(side), namespace },
  spec: {
    version: side === "source" ? "3.9.0" : "4.2.0",
    replicas: 1,
    kafkaRef: { name: `${side}-kafka`, namespace },
    authSecret: { name: connectSecret(side) },
    // KubeDB runs a single worker standalone otherwise, which keeps its connectors' offsets to itself.
    podTemplate: {
      spec: {
        containers: [{ name: "connect-cluster", env: [{ name: "CONNECT_CLUSTER_MODE", value: "distributed" }] }],
      },
    },
    // Connect commits the offsets of connectors once a minute otherwise: a sink that began just now has none.
    configuration: { inline: { "config.properties": "offset.flush.interval.ms=5000" } },
    deletionPolicy: "WipeOut",
  },
});
