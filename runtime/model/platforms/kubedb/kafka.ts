/** Kafka objects of KubeDB (kubedb.com/v1). */
import { isIP } from "node:net";
import type { CleanupKeeps, Machine } from "../platform.ts";
import type { MonitorConfig, NodesConfig } from "../schema-parts.ts";
import type { KubedbMade } from "./schema.ts";

export const kafkaType = { apiVersion: "kubedb.com/v1", kind: "Kafka", plural: "kafkas" } as const;

/** A Kafka object; `deletionPolicy: Halt` keeps volumes and Secrets whatever happens. */
export function kafkaManifest(
  cluster: KubedbMade,
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
    apiVersion: kafkaType.apiVersion,
    kind: kafkaType.kind,
    metadata: { name: cluster.name, namespace },
    spec: {
      version: cluster.version,
      ...shape,
      storageType: "Durable",
      ...(cluster.rack && { brokerRack: { topologyKey: cluster.rack.topologyKey } }),
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
function tlsSpec({ tls }: KubedbMade, addresses: readonly string[]) {
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
    apiVersion: kafkaType.apiVersion,
    kind: kafkaType.kind,
    metadata: { name, namespace, annotations: { "pulumi.com/patchForce": "true" } },
    // KubeDB refuses `halted` with any other policy; Halt keeps the volumes.
    spec: { halted: true, deletionPolicy: "Halt" },
  };
}

/**
 * A merge patch before the object is deleted. KubeDB halts what is deleted as halted, whatever its policy says, so that
 * any other policy needs `halted: false`; the object goes before a broker could start.
 */
export const removalPatch = (keeps: CleanupKeeps) => ({
  spec: { halted: keeps === "volumes", deletionPolicy: policies[keeps] },
});

const policies: Readonly<Record<CleanupKeeps, string>> = { volumes: "Halt", secrets: "Delete", nothing: "WipeOut" };

/** A merge patch that starts the brokers again. */
export const resumePatch = (before: Readonly<Record<string, unknown>>) => ({ spec: { ...before, halted: false } });

/** Whether an object that stands has these fields. */
export const isHalted = (object: unknown): boolean =>
  (object as { readonly spec?: { readonly halted?: boolean } }).spec?.halted === true;

/** The service of a cluster's brokers. */
export const serviceOf = (name: string): string => `${name}-pods`;

interface Nodes {
  readonly replicas?: number;
  readonly suffix?: string;
}

/** The brokers one by one, by the object that stands. */
export function brokersOf(object: unknown, name: string, namespace: string): string[] {
  const { spec } = object as { spec?: Nodes & { topology?: { broker?: Nodes } } };
  const nodes = spec?.topology?.broker ?? spec ?? {};
  // Combined nodes are pods of the object's own name, brokers of a topology carry a suffix.
  const pods = spec?.topology === undefined ? name : `${name}-${nodes.suffix ?? "broker"}`;
  return Array.from(
    { length: nodes.replicas ?? 1 },
    (_, index) => `${pods}-${index}.${serviceOf(name)}.${namespace}.svc:9092`,
  );
}

interface PodTemplate {
  readonly spec?: {
    readonly containers?: readonly {
      readonly name: string;
      readonly resources?: { readonly requests?: Machine; readonly limits?: Machine };
    }[];
  };
}

/** What each broker asks for; KubeDB's webhook writes its defaults into the object. */
export function machineOf(object: unknown): Machine {
  const { spec } = object as {
    spec?: { podTemplate?: PodTemplate; topology?: { broker?: { podTemplate?: PodTemplate } } };
  };
  const template = spec?.topology === undefined ? spec?.podTemplate : spec.topology.broker?.podTemplate;
  const { resources } = template?.spec?.containers?.find(({ name }) => name === "kafka") ?? {};
  const [cpu, memory] = (["cpu", "memory"] as const).map(
    (what) => resources?.requests?.[what] ?? resources?.limits?.[what],
  );
  // The API takes a number for a quantity too.
  return { ...(cpu !== undefined && { cpu: String(cpu) }), ...(memory !== undefined && { memory: String(memory) }) };
}

/** KubeDB's reference to a Secret; the group is its default, written out so that the server's defaulting changes nothing. */
export const secretReference = (name: string) => ({ apiGroup: "", kind: "Secret", name });

/** KubeDB's default port of its metrics exporter. */
export const metricsPort = 56790;

/** KubeDB's `monitor` for the Prometheus operator. */
export function monitorSpec(monitor: MonitorConfig) {
  return monitor === undefined
    ? {}
    : {
        monitor: {
          agent: "prometheus.io/operator",
          prometheus: {
            // Written out so that the server's defaulting changes nothing.
            exporter: { port: metricsPort },
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
