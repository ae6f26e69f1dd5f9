import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { isMirrored, type MigrationConfig } from "../config/migration-config.ts";
import type { Peer } from "../config/network.ts";
import { isInKubernetes } from "../config/workloads.ts";
import type { Side } from "../phases/row.ts";
import { connectPlatformOf, isMade, kafkaObjectOf } from "../runtime/model/platforms/platforms.ts";
import { portsOf } from "./side-addresses.ts";

/** One end of a connection, as a NetworkPolicy (networking.k8s.io/v1) writes it. */
type PolicyPeer =
  | { readonly ipBlock: { readonly cidr: string } }
  | {
      readonly namespaceSelector?: { readonly matchLabels?: Readonly<Record<string, string>> };
      readonly podSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
    };

interface PolicyPort {
  readonly protocol: "TCP" | "UDP";
  readonly port: number;
}

/** A NetworkPolicy and what it is called among the resources. */
export interface NamedPolicy {
  readonly suffix: string;
  readonly manifest: {
    readonly metadata: { readonly name: string; readonly namespace: string };
    readonly spec: {
      readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> };
      readonly policyTypes: readonly string[];
      readonly ingress: readonly { readonly from: readonly PolicyPeer[]; readonly ports: readonly PolicyPort[] }[];
      readonly egress?: readonly { readonly to: readonly PolicyPeer[]; readonly ports: readonly PolicyPort[] }[];
    };
  };
}

const tcp = (...ports: readonly number[]): PolicyPort[] => ports.map((port) => ({ protocol: "TCP", port }));
const pods = (matchLabels: Readonly<Record<string, string>>): PolicyPeer => ({ podSelector: { matchLabels } });

/** Label that Kubernetes gives to every namespace. */
const namespaceLabel = "kubernetes.io/metadata.name";
const inNamespace = (name: string): PolicyPeer => ({ namespaceSelector: { matchLabels: { [namespaceLabel]: name } } });

const peerOf = (peer: Peer): PolicyPeer =>
  "cidr" in peer
    ? { ipBlock: { cidr: peer.cidr } }
    : {
        ...inNamespace(peer.namespace),
        ...(Object.keys(peer.labels).length > 0 && { podSelector: { matchLabels: peer.labels } }),
      };

/** Whether two connections of the config lead to one Kubernetes cluster, judged by the config alone. */
function sameCluster({ kubernetes }: MigrationConfig, a: string, b: string): boolean {
  const [one, other] = [kubernetes[a]!, kubernetes[b]!];
  return a === b || (one.kubeconfig === other.kubeconfig && one.context === other.context);
}

/** The brokers of a side as Connect's pods see them. */
function brokersOf(config: MigrationConfig, side: Side): PolicyPeer[] {
  const { cluster, kubernetes } = config[side];
  const object = kafkaObjectOf(cluster);
  const listed = config.network![side].map(peerOf);
  if (listed.length > 0 || object === null || !sameCluster(config, kubernetes, config.target.kubernetes)) return listed;
  return [{ ...inNamespace(config.kubernetes[kubernetes]!.namespace), ...pods(object.kafka.podLabels(object.name)) }];
}

/** Namespaces of the workloads that run in the target's Kubernetes cluster. */
export const clientNamespaces = (config: MigrationConfig): string[] => {
  const used = config.workloads
    .filter(isInKubernetes)
    .map(({ kubernetes = config.source.kubernetes }) => kubernetes)
    .filter((name) => sameCluster(config, name, config.target.kubernetes));
  return [...new Set(used.map((name) => config.kubernetes[name]!.namespace))].sort();
};

/**
 * The NetworkPolicies of what is made here: the target's brokers, and Connect's workers where they stand. What no policy
 * names is refused, as Kubernetes does once one selects a pod. Pure.
 */
export function networkPolicies(config: MigrationConfig, connect: "present" | "absent"): NamedPolicy[] {
  if (config.network === undefined) return [];
  const { namespace } = config.kubernetes[config.target.kubernetes]!;
  const operators = config.network.operators.map(peerOf);
  const workers = isMirrored(config) && isMade(config.connect) ? connectPlatformOf(config.connect) : undefined;
  const workersOwn = workers && isMirrored(config) ? pods(workers.podLabels(config.connect.name)) : undefined;
  const object = isMade(config.target.cluster) ? kafkaObjectOf(config.target.cluster) : null;
  // The stack's own UI stands in the same namespace, and asks the brokers and Connect.
  const ui = isMirrored(config) && config.ui ? [pods({ "app.kubernetes.io/instance": config.ui.release })] : [];
  const policy = (suffix: string, labels: Readonly<Record<string, string>>, rules: object): NamedPolicy => ({
    suffix,
    manifest: {
      metadata: { name: `${config.name}-${suffix}`, namespace },
      spec: { podSelector: { matchLabels: labels }, ...rules } as NamedPolicy["manifest"]["spec"],
    },
  });
  const brokers = (): NamedPolicy[] => {
    if (object === null) return [];
    const { podLabels, ports } = object.kafka;
    const clients = [
      ...(workersOwn ? [workersOwn] : []),
      ...clientNamespaces(config).map(inNamespace),
      ...config.network!.clients.map(peerOf),
      ...ui,
      ...object.kafka.externalRanges(config.target.cluster).map((cidr) => ({ ipBlock: { cidr } })),
    ];
    return [
      policy("brokers", podLabels(object.name), {
        policyTypes: ["Ingress"],
        ingress: [
          { from: [pods(podLabels(object.name))], ports: tcp(ports.clients, ports.controllers) },
          ...(clients.length > 0 ? [{ from: clients, ports: tcp(ports.clients) }] : []),
          ...(operators.length > 0 ? [{ from: operators, ports: tcp(ports.clients, ports.metrics) }] : []),
        ],
      }),
    ];
  };
  const connectors = (): NamedPolicy[] => {
    if (workers === undefined || workersOwn === undefined || !isMirrored(config) || connect === "absent") return [];
    const { ports } = workers;
    return [
      policy("connect", workers.podLabels(config.connect.name), {
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          { from: [workersOwn, ...ui], ports: tcp(ports.rest) },
          ...(operators.length > 0 ? [{ from: operators, ports: tcp(ports.rest, ports.metrics) }] : []),
        ],
        egress: [
          { to: [workersOwn], ports: tcp(ports.rest) },
          { to: brokersOf(config, "source"), ports: tcp(...portsOf(config, "source")) },
          { to: brokersOf(config, "target"), ports: tcp(...portsOf(config, "target")) },
          { to: [{ namespaceSelector: {} }], ports: [{ protocol: "UDP", port: 53 }, ...tcp(53)] },
        ],
      }),
    ];
  };
  return [...brokers(), ...connectors()];
}

export interface NetworkPoliciesArgs {
  readonly config: MigrationConfig;
  readonly connect: "present" | "absent";
}

/** Who may connect to the target and to Connect. Policies of the brokers stay as long as the brokers do. */
export class NetworkPolicies extends pulumi.ComponentResource {
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, { config, connect }: NetworkPoliciesArgs, opts: pulumi.ComponentResourceOptions) {
    super("kafka-migration:components:NetworkPolicies", name, {}, opts);
    this.parts = networkPolicies(config, connect).map(
      ({ suffix, manifest }) =>
        new k8s.networking.v1.NetworkPolicy(`${name}-${suffix}`, manifest as k8s.networking.v1.NetworkPolicyArgs, {
          parent: this,
          ...(suffix === "brokers" && { retainOnDelete: true }),
        }),
    );
    this.registerOutputs();
  }
}
