import { isIP } from "node:net";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { KubernetesRef } from "@kafka-migration/kafka";
import type { ClusterConfig, MonitorConfig, NodesConfig } from "../config/clusters.ts";
import { Ready, Unclaimed } from "./resources.ts";

type KubedbCluster = Extract<ClusterConfig, { kind: "kubedb" }>;

export interface KafkaClusterArgs {
  readonly cluster: ClusterConfig;
  readonly kubernetes: KubernetesRef;
  /** `host:port` outside the Kubernetes cluster under which the brokers are reached; their certificate names them. */
  readonly addresses: readonly string[];
  /** True stops the brokers and keeps the volumes; a cluster that is not KubeDB's is left alone. */
  readonly halted: boolean;
  /** True refuses pulumi destroy; either way the cluster stays when it leaves the program. */
  readonly protect: boolean;
  readonly readySeconds: number;
  /** The config's key that says whether the cluster is made here. */
  readonly setting: string;
}

/** One Kafka cluster: a KubeDB object made here, one that stands already, or a cluster of any other kind. */
export class KafkaCluster extends pulumi.ComponentResource {
  /** What must have succeeded before anything may rely on the cluster. */
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, args: KafkaClusterArgs, opts: pulumi.ComponentResourceOptions) {
    super("kafka-migration:components:KafkaCluster", name, {}, opts);
    const { cluster } = args;
    if (cluster.kind === "kubedb") this.parts = this.#create(name, cluster, args);
    else if (cluster.kind === "kubedb-existing" && args.halted) this.parts = [this.#halt(name, cluster.name, args)];
    else this.parts = [];
    this.registerOutputs();
  }

  #create(name: string, cluster: KubedbCluster, args: KafkaClusterArgs): pulumi.Resource[] {
    const object = {
      kubernetes: args.kubernetes,
      apiVersion: "kubedb.com/v1",
      kind: "Kafka",
      plural: "kafkas",
      name: cluster.name,
    } as const;
    const unclaimed = new Unclaimed(`${name}-unclaimed`, { ...object, setting: args.setting }, { parent: this });
    const kafka = new k8s.apiextensions.CustomResource(
      `${name}-kafka`,
      kafkaManifest(cluster, args.kubernetes.namespace, args.halted, args.addresses),
      { parent: this, protect: args.protect, retainOnDelete: true, dependsOn: unclaimed },
    );
    if (args.halted) return [unclaimed, kafka];
    const ready = new Ready(
      `${name}-ready`,
      {
        ...object,
        generation: kafka.metadata.generation,
        readySeconds: args.readySeconds,
      },
      { parent: this, dependsOn: kafka },
    );
    return [unclaimed, kafka, ready];
  }

  #halt(name: string, object: string, args: KafkaClusterArgs): pulumi.Resource {
    return new k8s.apiextensions.CustomResourcePatch(`${name}-halt`, haltPatch(object, args.kubernetes.namespace), {
      parent: this,
      retainOnDelete: true,
    });
  }
}

/** A KubeDB Kafka object (kubedb.com/v1). `deletionPolicy: Halt` keeps volumes and Secrets whatever happens. */
export function kafkaManifest(
  cluster: KubedbCluster,
  namespace: string,
  halted = false,
  addresses: readonly string[] = [],
) {
  const shape = cluster.combined
    ? { replicas: cluster.combined.replicas, storage: storageSpec(cluster.combined) }
    : {
        topology: {
          controller: nodesSpec(cluster.topology!.controller),
          broker: nodesSpec(cluster.topology!.broker),
        },
      };
  const properties = Object.entries(cluster.configuration).map(([key, value]) => `${key}=${value}`);
  return {
    apiVersion: "kubedb.com/v1",
    kind: "Kafka",
    metadata: { name: cluster.name, namespace },
    spec: {
      version: cluster.version,
      ...shape,
      storageType: "Durable",
      deletionPolicy: "Halt",
      ...(halted && { halted }),
      ...tlsSpec(cluster, addresses),
      ...(cluster.authSecret && { authSecret: secretReference(cluster.authSecret) }),
      ...(properties.length > 0 && {
        configuration: {
          inline: { [cluster.combined ? "server.properties" : "broker.properties"]: `${properties.join("\n")}\n` },
        },
      }),
      ...monitorSpec(cluster.monitor),
    },
  };
}

/** KubeDB's own names are in the brokers' certificate anyway; a client refuses any other that it does not hold. */
function tlsSpec({ tls }: KubedbCluster, addresses: readonly string[]) {
  if (tls === undefined) return {};
  const hosts = [...new Set(addresses.map((address) => address.slice(0, address.lastIndexOf(":"))))];
  const plain = hosts.map((host) => host.replace(/^\[|\]$/g, ""));
  const [ipAddresses, dnsNames] = [plain.filter((host) => isIP(host)), plain.filter((host) => !isIP(host))];
  return {
    enableSSL: true,
    tls: {
      issuerRef: { apiGroup: "cert-manager.io", kind: tls.issuer.kind, name: tls.issuer.name },
      ...(hosts.length > 0 && {
        certificates: [
          {
            alias: "server",
            ...(dnsNames.length > 0 && { dnsNames }),
            ...(ipAddresses.length > 0 && { ipAddresses }),
          },
        ],
      }),
    },
  };
}

/** The fields of a Kafka object that stop its brokers and keep their volumes. */
export function haltPatch(name: string, namespace: string) {
  return {
    apiVersion: "kubedb.com/v1",
    kind: "Kafka",
    metadata: { name, namespace, annotations: { "pulumi.com/patchForce": "true" } },
    // KubeDB refuses `halted` with any other policy; Halt keeps the volumes.
    spec: { halted: true, deletionPolicy: "Halt" },
  };
}

/** KubeDB's reference to a Secret; the group is its default, written out so that the server's defaulting changes nothing. */
export const secretReference = (name: string) => ({ apiGroup: "", kind: "Secret", name });

/** KubeDB's `monitor` for the Prometheus operator. */
export function monitorSpec(monitor: MonitorConfig) {
  return monitor === undefined
    ? {}
    : {
        monitor: {
          agent: "prometheus.io/operator",
          prometheus: {
            // KubeDB's default port, written out so that the server's defaulting changes nothing.
            exporter: { port: 56790 },
            serviceMonitor: { labels: monitor.serviceMonitorLabels, interval: `${monitor.intervalSeconds}s` },
          },
        },
      };
}

const nodesSpec = (nodes: NodesConfig) => ({ replicas: nodes.replicas, storage: storageSpec(nodes) });

const storageSpec = ({ storage }: NodesConfig) => ({
  accessModes: ["ReadWriteOnce"],
  resources: { requests: { storage: storage.size } },
  ...(storage.storageClass && { storageClassName: storage.storageClass }),
});
