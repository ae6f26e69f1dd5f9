/** KubeDB: what the program knows of it, in one place. Its operator is not public; the facts come from its API and guide. */
import type { KafkaPlatform, Platform } from "../platform.ts";
import {
  appBindingManifest,
  boundWorkerProperties,
  connectClusterManifest,
  connectorManifest,
  connectorType,
  connectType,
  kinds,
  needsBinding,
  workerSecretOf,
} from "./connect.ts";
import {
  brokersOf,
  haltPatch,
  isHalted,
  kafkaManifest,
  kafkaType,
  machineOf,
  metricsPort,
  resumePatch,
  serviceOf,
} from "./kafka.ts";
import { rulesConfigMap } from "./exporter-rules.ts";
import { externalNames, externalRanges, externalServices } from "./external.ts";
import { connectMetrics, load, messagesIn } from "./metrics.ts";
import { readiness } from "./readiness.ts";
import { clusterProblems, connectProblems, sameNameProblems, securityProblems } from "./rules.ts";
import { existingSchema, kubedbVersions, madeSchema, type KubedbCluster } from "./schema.ts";

/** As KubeDB's operator labels the pods of an object (apimachinery, `OffshootSelectors`). */
const podLabels = (name: string, resource: string) => ({
  "app.kubernetes.io/name": resource,
  "app.kubernetes.io/instance": name,
});

const kafka: KafkaPlatform<KubedbCluster> = {
  object: kafkaType,
  planned(cluster) {
    if (cluster.kind !== kinds.made) return undefined;
    const { version, combined, topology, configuration } = cluster;
    return {
      version,
      brokers: combined ?? topology!.broker,
      controllers: combined ?? topology!.controller,
      configuration,
    };
  },
  bootstrap: (name, namespace) => `${serviceOf(name)}.${namespace}.svc:9092`,
  brokersOf,
  machineOf,
  isHalted,
  caSecret: (name) => `${name}-client-cert`,
  mechanisms(cluster) {
    // What exists may be configured otherwise.
    const byThemselves = cluster.kind === kinds.made && !("sasl.enabled.mechanisms" in cluster.configuration);
    return byThemselves ? ["PLAIN", "SCRAM-SHA-256"] : undefined;
  },
  reservedProperties:
    /^(advertised\.)?listeners$|^process\.roles$|^(node|broker)\.id$|^controller\.(quorum|listener)\./,
  clusterObjects({ cluster, namespace, halted, addresses }) {
    if (cluster.kind !== kinds.made) return [];
    return [
      ...externalServices(cluster, namespace),
      { suffix: "kafka", manifest: kafkaManifest(cluster, namespace, halted, addresses) },
    ];
  },
  haltPatch,
  resumePatch,
  wipePatch: { spec: { deletionPolicy: "WipeOut" } },
  brokerPods: (name) => `${name}-(broker-)?[0-9]+`,
  podLabels: (name) => podLabels(name, "kafkas.kubedb.com"),
  ports: { clients: 9092, controllers: 9093, metrics: metricsPort },
  externalRanges: (cluster) => (cluster.kind === kinds.made ? externalRanges(cluster) : []),
  externalNames: (cluster, namespace) => (cluster.kind === kinds.made ? externalNames(cluster, namespace) : []),
  messagesIn,
  load,
  monitored: (cluster) => (cluster.kind === kinds.made ? cluster.monitor !== undefined : undefined),
  problems: clusterProblems,
  securityProblems,
};

export const kubedb = {
  title: "KubeDB",
  ...kinds,
  groups: ["kubedb.com", "kafka.kubedb.com"],
  // Its health checks write to a topic of this name on every cluster.
  ownTopics: ["kafka-health"],
  clusterSchemas: [madeSchema, existingSchema],
  kafka,
  connect: {
    object: connectType,
    connector: connectorType,
    versions: kubedbVersions,
    restUrl: (name: string, namespace: string) => `http://${name}.${namespace}.svc:8083`,
    restUser: true,
    workerSecret: (name, target) => (needsBinding(target) ? workerSecretOf(name) : undefined),
    readsUserSecret: needsBinding,
    workerProperties: boundWorkerProperties,
    connectObjects: (wanted, sha256) => [
      ...(needsBinding(wanted.target) ? [{ suffix: "connect-kafka", manifest: appBindingManifest(wanted) }] : []),
      { suffix: "connect", manifest: connectClusterManifest(wanted, sha256) },
    ],
    metricsRules: rulesConfigMap,
    connectorManifest,
    connectorState: "rest",
    workerPods: (name) => `${name}-[0-9]+`,
    podLabels: (name) => podLabels(name, "connectclusters.kafka.kubedb.com"),
    ports: { rest: 8083, metrics: metricsPort },
    metrics: connectMetrics,
    clientLabel: "clientId",
    problems: connectProblems,
    sameNameProblems,
  },
  readiness,
} as const satisfies Platform<KubedbCluster>;
