import { createHash } from "node:crypto";
import type { ConnectorClient, KubernetesRef, Scope, UnclaimedInputs } from "@kafka-migration/kafka";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { MirroredConfig } from "../config/migration-config.ts";
import { ConnectorConfig, GeneratedSecret, MirrorTopics, Ready, Unclaimed } from "./resources.ts";
import { appBindingManifest, boundWorkerProperties, connectBinding, type ConnectBinding } from "./connect-binding.ts";
import { connectorProperties, workerProperties } from "./connector-properties.ts";
import { monitorSpec, secretReference } from "./kafka-cluster.ts";
import { mirrorNames } from "./names.ts";
import { caOf, clientCertificateOf, credentialsOf, mechanismOf } from "./scope.ts";
import { kubernetesRef } from "./side-addresses.ts";

export interface MirrorMakerArgs {
  readonly config: MirroredConfig;
  readonly scope: Scope;
  /** Whether the three connectors exist. */
  readonly connectors: boolean;
  /** The users that Connect and MM2 log in with, as far as the migration makes them; they go after Connect. */
  readonly users: readonly pulumi.Resource[];
}

/** One ConnectCluster beside the target, made here or standing already, and the three MM2 connectors that run on it. */
export class MirrorMaker extends pulumi.ComponentResource {
  readonly parts: readonly pulumi.Resource[];
  /** Hash of the connectors' properties and credentials: changes when one of them must be configured again. */
  readonly configuration: pulumi.Output<string>;
  /** Topics that MirrorMaker 2 and Connect keep for themselves on the target. */
  readonly ownTopics: readonly string[];

  constructor(name: string, args: MirrorMakerArgs, opts: pulumi.ComponentResourceOptions) {
    super("kafka-migration:components:MirrorMaker", name, {}, opts);
    const { config, scope } = args;
    const names = mirrorNames(config);
    const kubernetes = kubernetesRef(config, config.target.kubernetes);
    const inside = { parent: this };
    // Declared before the connectors and depended on by them, so that it goes after they have gone.
    const own = config.connect.kind === "kubedb" ? Object.values(names.connectTopics) : [];
    this.ownTopics = [...names.mm2Topics, ...own];
    const record = { migration: config.name, kubernetes: scope.ledger.kubernetes, configMap: `${config.name}-record` };
    const topics = new MirrorTopics(
      `${name}-topics`,
      {
        target: scope.target,
        topics: this.ownTopics,
        ...(config.connect.kind === "kubedb" && { offsetsTopic: names.connectTopics.offset }),
        record,
        ledger: scope.ledger.configMap,
      },
      inside,
    );
    const object = {
      kubernetes,
      apiVersion: "kafka.kubedb.com/v1alpha1",
      kind: "ConnectCluster",
      plural: "connectclusters",
      name: config.connect.name,
    } as const;
    const made = config.connect.kind === "kubedb" ? this.#connect(name, args, object, topics) : undefined;
    const ready = new Ready(
      `${name}-connect-ready`,
      {
        ...object,
        generation: made === undefined ? 0 : made.connect.metadata.generation,
        readySeconds: config.switch.readySeconds,
      },
      { ...inside, dependsOn: made === undefined ? topics : made.connect },
    );
    const connectors = args.connectors ? this.#connectors(name, args, kubernetes, ready) : [];
    this.parts = [
      topics,
      ...(made === undefined ? [] : [made.user, made.unclaimed, ...made.bound, made.connect]),
      ready,
      ...connectors.flatMap(({ settings, connector }) => [settings, connector]),
    ];
    this.configuration = pulumi
      .all(connectors.map(({ settings }) => settings.sha256))
      .apply((hashes) => createHash("sha256").update(hashes.join()).digest("hex"));
    this.registerOutputs();
  }

  /** What the workers log in to the target with, where it is not what KubeDB's own AppBinding says. */
  #bind(name: string, { config, users }: MirrorMakerArgs, kubernetes: KubernetesRef, binding: ConnectBinding) {
    const inside = { parent: this, dependsOn: [...users] };
    const settings = new ConnectorConfig(
      `${name}-connect-config`,
      {
        kubernetes,
        secretName: binding.workerSecret,
        migration: config.name,
        properties: boundWorkerProperties(config),
        clients: workerClientsOf(config),
      },
      inside,
    );
    const manifest = appBindingManifest(config, binding);
    const app = new k8s.apiextensions.CustomResource(`${name}-connect-kafka`, manifest, inside);
    return { settings, parts: [settings, app] };
  }

  #connect(name: string, args: MirrorMakerArgs, object: Omit<UnclaimedInputs, "setting">, topics: pulumi.Resource) {
    const { config, scope, users } = args;
    const authSecret = scope.mirror!.connect.credentials!.name;
    const user = new GeneratedSecret(
      `${name}-connect-user`,
      { kubernetes: object.kubernetes, name: authSecret, migration: config.name, username: "connect" },
      { parent: this },
    );
    const unclaimed = new Unclaimed(
      `${name}-connect-unclaimed`,
      { ...object, setting: "connect.kind" },
      { parent: this },
    );
    const binding = connectBinding(config);
    const bound = binding && this.#bind(name, args, object.kubernetes, binding);
    const connect = new k8s.apiextensions.CustomResource(
      `${name}-connect`,
      connectClusterManifest(config, authSecret, bound?.settings.sha256),
      { parent: this, dependsOn: [user, topics, unclaimed, ...users, ...(bound?.parts ?? [])] },
    );
    return { user, unclaimed, bound: bound?.parts ?? [], connect };
  }

  #connectors(name: string, { config, users }: MirrorMakerArgs, kubernetes: KubernetesRef, ready: pulumi.Resource) {
    const names = mirrorNames(config);
    const properties = connectorProperties(config);
    return (["source", "checkpoint", "heartbeat"] as const).map((kind) => {
      const secretName = `${names[kind]}-config`;
      const settings = new ConnectorConfig(
        `${name}-${kind}-config`,
        { kubernetes, secretName, migration: config.name, properties: properties[kind], clients: clientsOf(config) },
        { parent: this, dependsOn: [...users] },
      );
      const connector = new k8s.apiextensions.CustomResource(
        `${name}-${kind}`,
        connectorManifest(config, names[kind], secretName, settings.sha256),
        { parent: this, dependsOn: [ready, settings] },
      );
      return { settings, connector };
    });
  }
}

/** A KubeDB ConnectCluster (kafka.kubedb.com/v1alpha1); two replicas or more run Connect in distributed mode. */
export function connectClusterManifest(config: MirroredConfig, authSecret: string, sha256?: pulumi.Input<string>) {
  const { connect, target, kubernetes } = config;
  const { namespace } = kubernetes[target.kubernetes]!;
  const binding = connectBinding(config);
  const properties = Object.entries(workerProperties(config)).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    apiVersion: "kafka.kubedb.com/v1alpha1",
    kind: "ConnectCluster",
    metadata: { name: connect.name, namespace },
    spec: {
      version: connect.version,
      replicas: connect.replicas,
      kafkaRef: {
        // Without a binding of the migration's own the target is a Kafka object, and KubeDB's binding has its name.
        name: binding?.name ?? ("name" in target.cluster ? target.cluster.name : ""),
        namespace,
      },
      authSecret: secretReference(authSecret),
      ...(binding
        ? {
            configuration: { secretName: binding.workerSecret },
            // Editing a Secret alone restarts no worker.
            podTemplate: { metadata: { annotations: { "kafka-migration/configuration": sha256 ?? "" } } },
          }
        : {
            configuration: {
              inline: { "config.properties": `${properties.map(([key, value]) => `${key}=${value}`).join("\n")}\n` },
            },
          }),
      deletionPolicy: "WipeOut",
      ...monitorSpec(connect.monitor),
    },
  };
}

/** A KubeDB Connector. Any deletion policy but `WipeOut` would leave the connector running in Connect. */
export function connectorManifest(
  config: MirroredConfig,
  connector: string,
  secretName: string,
  sha256: pulumi.Input<string>,
) {
  const { namespace } = config.kubernetes[config.target.kubernetes]!;
  return {
    apiVersion: "kafka.kubedb.com/v1alpha1",
    kind: "Connector",
    metadata: {
      name: connector,
      namespace,
      // Editing a Secret alone changes no object that the operator is known to watch.
      annotations: { "kafka-migration/configuration": sha256 },
    },
    spec: {
      connectClusterRef: { name: config.connect.name, namespace },
      configuration: { secretName },
      deletionPolicy: "WipeOut",
    },
  };
}

/** A worker's own clients, and those that it makes for connectors' records, for its topics and for its errands. */
export const workerClientsOf = (config: MirroredConfig): ConnectorClient[] =>
  ["", "producer.", "consumer.", "admin."].map((prefix) => clientOf(config, "target", prefix));

/** How the connectors reach both sides. */
export const clientsOf = (config: MirroredConfig): ConnectorClient[] =>
  (["source", "target"] as const).map((side) => clientOf(config, side, `${side}.cluster.`));

function clientOf(config: MirroredConfig, side: "source" | "target", prefix: string): ConnectorClient {
  const { protocol, properties } = config[side].security;
  const mechanism = mechanismOf(config, side, "mirror");
  const credentials = credentialsOf(config, side, "mirror");
  const ca = caOf(config, side);
  const certificate = clientCertificateOf(config, side);
  return {
    prefix,
    protocol,
    ...(mechanism && { mechanism }),
    ...(credentials && { credentials }),
    ...(ca && { ca }),
    ...(certificate && { certificate }),
    properties,
  };
}
