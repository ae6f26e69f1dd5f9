/** ConnectClusters and Connectors of KubeDB (kafka.kubedb.com/v1alpha1), and the AppBinding that they follow. */
import { createHash } from "node:crypto";
import type { ConnectorWanted, ConnectTarget, ConnectWanted, Properties } from "../platform.ts";
import { exporterRules, rulesInPods } from "./exporter-rules.ts";
import { monitorSpec, secretReference, serviceOf } from "./kafka.ts";

const apiVersion = "kafka.kubedb.com/v1alpha1";

export const connectType = { apiVersion, kind: "ConnectCluster", plural: "connectclusters" } as const;
export const connectorType = { apiVersion, kind: "Connector", plural: "connectors" } as const;

/** What is made for one Kafka object, which it names under `kafkaRef`. */
export const dependents = [
  connectType,
  { apiVersion, kind: "SchemaRegistry", plural: "schemaregistries" },
  { apiVersion, kind: "RestProxy", plural: "restproxies" },
] as const;

/** Whether such an object names the Kafka object; a reference without a namespace is to its own. */
export function refersTo(object: unknown, name: string, namespace: string): boolean {
  const { metadata, spec } = object as {
    readonly metadata?: { readonly namespace?: string };
    readonly spec?: { readonly kafkaRef?: { readonly name?: string; readonly namespace?: string } };
  };
  const reference = spec?.kafkaRef;
  return reference?.name === name && (reference.namespace ?? metadata?.namespace) === namespace;
}

/** Kinds in the config of clusters that KubeDB knows. */
export const kinds = { made: "kubedb", existing: "kubedb-existing" } as const;

const isKubedbs = ({ kind }: { readonly kind: string }): boolean => kind === kinds.made || kind === kinds.existing;

/**
 * Whether Connect needs an AppBinding of the migration's own: if MM2 has a user of its own on the target, since KubeDB's
 * binding is the superuser's, and for a cluster that KubeDB does not know.
 */
export const needsBinding = ({ mirrorUser, cluster }: Pick<ConnectTarget, "cluster" | "mirrorUser">): boolean =>
  mirrorUser || !isKubedbs(cluster);

/** The Secret with the worker's properties, credentials included. */
export const workerSecretOf = (name: string): string => `${name}-worker`;

const bindingOf = (name: string): string => `${name}-kafka`;

/**
 * An AppBinding (appcatalog.appscode.com/v1alpha1) that leads to the target as MM2's user. It names no `appRef`: with
 * one the operator could take the superuser of the Kafka object behind it.
 */
export function appBindingManifest({ name, namespace, target }: ConnectWanted) {
  const { cluster, version, bootstrap, login, caSecret } = target;
  return {
    apiVersion: "appcatalog.appscode.com/v1alpha1",
    kind: "AppBinding",
    metadata: { name: bindingOf(name), namespace },
    spec: {
      type: "kubedb.com/kafka",
      ...(isKubedbs(cluster) && version !== undefined && { version }),
      clientConfig: isKubedbs(cluster)
        ? { service: { name: serviceOf(cluster.name!), port: 9092, scheme: "kafka" } }
        : // One address: the field holds a URL. The others are among the worker's properties.
          { url: bootstrap[0]! },
      ...(login && { secret: { kind: "Secret", name: login.secret } }),
      ...(caSecret !== undefined && { tlsSecret: { kind: "Secret", name: caSecret } }),
    },
  };
}

/** The worker's properties for its Secret, without credentials. */
export const boundWorkerProperties = ({ target, worker }: ConnectWanted): Properties => ({
  ...(!isKubedbs(target.cluster) && { "bootstrap.servers": target.bootstrap.join(",") }),
  ...worker,
});

/** A ConnectCluster; two replicas or more run Connect in distributed mode. */
export function connectClusterManifest<Text = string>(wanted: ConnectWanted, sha256?: Text) {
  const { name, namespace, target } = wanted;
  const bound = needsBinding(target);
  const properties = Object.entries(wanted.worker).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    apiVersion,
    kind: connectType.kind,
    metadata: { name, namespace },
    spec: {
      version: wanted.version,
      replicas: wanted.replicas,
      kafkaRef: {
        // Without a binding of the migration's own the target is a Kafka object, and KubeDB's binding has its name.
        name: bound ? bindingOf(name) : target.cluster.name!,
        namespace,
      },
      authSecret: secretReference(wanted.restSecret),
      configuration: bound
        ? { secretName: workerSecretOf(name) }
        : { inline: { "config.properties": `${properties.map(([key, value]) => `${key}=${value}`).join("\n")}\n` } },
      ...podTemplate(wanted, bound ? (sha256 ?? "") : undefined),
      deletionPolicy: "WipeOut",
      ...monitorSpec(wanted.monitor),
    },
  };
}

/** Editing a Secret or a ConfigMap alone restarts no worker; what is in them is in annotations of the pods too. */
function podTemplate<Text>(wanted: ConnectWanted, sha256: Text | undefined) {
  const pods = rulesInPods(wanted);
  const rules = pods && createHash("sha256").update(exporterRules).digest("hex");
  const annotations = {
    ...(sha256 !== undefined && { "kafka-migration/configuration": sha256 }),
    ...(rules && { "kafka-migration/metrics-rules": rules }),
  };
  if (Object.keys(annotations).length === 0) return {};
  return { podTemplate: { metadata: { annotations }, ...(pods && { spec: pods }) } };
}

/** A Connector. Any deletion policy but `WipeOut` would leave the connector running in Connect. */
export function connectorManifest<Text>({
  name,
  connect,
  namespace,
  secretName,
  sha256,
}: Pick<ConnectorWanted<Text>, "name" | "connect" | "namespace" | "secretName" | "sha256">) {
  return {
    apiVersion,
    kind: connectorType.kind,
    metadata: {
      name,
      namespace,
      // Editing a Secret alone changes no object that the operator is known to watch.
      annotations: { "kafka-migration/configuration": sha256 },
    },
    spec: {
      connectClusterRef: { name: connect, namespace },
      configuration: { secretName },
      deletionPolicy: "WipeOut",
    },
  };
}
