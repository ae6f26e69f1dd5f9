import { createHash } from "node:crypto";
import type { ConnectorClient, KubernetesRef, Scope, UnclaimedInputs } from "@kafka-migration/kafka";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { MirroredConfig } from "../config/migration-config.ts";
import type { ConnectorWanted, ConnectWanted } from "../runtime/model/platforms/platform.ts";
import { connectPlatformOf, isMade } from "../runtime/model/platforms/platforms.ts";
import { ConnectorConfig, GeneratedSecret, MirrorTopics, Ready, Unclaimed } from "./resources.ts";
import { connectWanted } from "./connect-wanted.ts";
import { connectorProperties, overridden } from "./connector-properties.ts";
import { mirrorNames } from "./names.ts";
import { caOf, clientCertificateOf, credentialsOf, mechanismOf } from "./scope.ts";
import { kubernetesRef } from "./side-addresses.ts";

export interface MirrorMakerArgs {
  readonly config: MirroredConfig;
  readonly scope: Scope;
  /** Whether the connectors exist. */
  readonly connectors: boolean;
  /** The users that Connect and MM2 log in with, as far as the migration makes them; they go after Connect. */
  readonly users: readonly pulumi.Resource[];
}

/** Which connectors of the mirror are meant. */
export type Which = { readonly wave: string } | "others" | "all";

/** One Connect beside the target, made here or existing already, and the MM2 connectors that run on it. */
export class MirrorMaker extends pulumi.ComponentResource {
  readonly parts: readonly pulumi.Resource[];
  /** Topics that MirrorMaker 2 and Connect keep for themselves on the target, and share with no other migration. */
  readonly ownTopics: readonly string[];

  readonly #connectorParts: readonly ConnectorParts[];

  constructor(name: string, args: MirrorMakerArgs, opts: pulumi.ComponentResourceOptions) {
    super("kafka-migration:components:MirrorMaker", name, {}, opts);
    const { config, scope } = args;
    const names = mirrorNames(config);
    const kubernetes = kubernetesRef(config, config.target.kubernetes);
    const inside = { parent: this };
    // Declared before the connectors and depended on by them, so that it goes after they have gone.
    const own = isMade(config.connect) ? Object.values(names.connectTopics) : [];
    this.ownTopics = [...names.mm2Topics, ...own];
    const record = { migration: config.name, kubernetes: scope.ledger.kubernetes, configMap: `${config.name}-record` };
    const topics = new MirrorTopics(
      `${name}-topics`,
      {
        target: scope.target,
        topics: this.ownTopics,
        ...(names.sharedTopic !== undefined && { heartbeatsOf: names.sourceAlias }),
        ...(isMade(config.connect) && { offsetsTopic: names.connectTopics.offset }),
        record,
        ledger: scope.ledger.configMap,
        ...(scope.waves && { waves: scope.waves.map((wave) => ({ name: wave.name, writes: wave.writes.length > 0 })) }),
      },
      inside,
    );
    const object = { kubernetes, ...connectPlatformOf(config.connect).object, name: config.connect.name };
    const made = isMade(config.connect) ? this.#connect(name, args, object, topics) : undefined;
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
      ...(made === undefined ? [] : [...made.user, made.unclaimed, ...made.before, made.connect]),
      ready,
      ...connectors.flatMap(({ settings, connector }) => [settings, connector]),
    ];
    this.#connectorParts = connectors;
    this.registerOutputs();
  }

  /** Hash of connectors' properties and credentials: changes when one of them must be configured again. */
  configurationOf(which: Which): pulumi.Output<string> {
    const meant = this.#connectorParts.filter(({ kind, wave }) => {
      if (which === "all") return true;
      return which === "others" ? kind !== "source" : wave === which.wave;
    });
    return pulumi
      .all(meant.map(({ settings }) => settings.sha256))
      .apply((hashes) => createHash("sha256").update(hashes.join()).digest("hex"));
  }

  /** The Secret with what the workers log in to the target with, where their platform reads it from one. */
  #workerConfig(name: string, { config, users }: MirrorMakerArgs, kubernetes: KubernetesRef, wanted: ConnectWanted) {
    const platform = connectPlatformOf(config.connect);
    const secretName = platform.workerSecret(wanted.name, wanted.target);
    if (secretName === undefined) return undefined;
    return new ConnectorConfig(
      `${name}-connect-config`,
      {
        kubernetes,
        secretName,
        migration: config.name,
        properties: platform.workerProperties(wanted),
        clients: workerClientsOf(config),
      },
      { parent: this, dependsOn: [...users] },
    );
  }

  #connect(name: string, args: MirrorMakerArgs, object: Omit<UnclaimedInputs, "setting">, topics: pulumi.Resource) {
    const { config, scope, users } = args;
    const authSecret = scope.mirror!.connect.credentials?.name;
    const secret = { kubernetes: object.kubernetes, migration: config.name, username: "connect" };
    const user =
      authSecret === undefined
        ? []
        : [new GeneratedSecret(`${name}-connect-user`, { ...secret, name: authSecret }, { parent: this })];
    const unclaimed = new Unclaimed(
      `${name}-connect-unclaimed`,
      { ...object, setting: "connect.kind" },
      { parent: this },
    );
    const wanted = connectWanted(config);
    const settings = this.#workerConfig(name, args, object.kubernetes, wanted);
    const platform = connectPlatformOf(config.connect);
    const objects = platform.connectObjects(wanted, settings?.sha256);
    const before: pulumi.Resource[] = settings === undefined ? [] : [settings];
    const rules = platform.metricsRules(wanted);
    if (rules !== undefined) {
      const manifest = { metadata: { name: rules.name, namespace: wanted.namespace }, data: rules.data };
      before.push(new k8s.core.v1.ConfigMap(`${name}-connect-metrics-rules`, manifest, { parent: this }));
    }
    for (const { suffix, manifest } of objects.slice(0, -1)) {
      const inside = { parent: this, dependsOn: [...users] };
      before.push(new k8s.apiextensions.CustomResource(`${name}-${suffix}`, manifest, inside));
    }
    const { suffix, manifest } = objects.at(-1)!;
    const connect = new k8s.apiextensions.CustomResource(`${name}-${suffix}`, manifest, {
      parent: this,
      dependsOn: [...user, topics, unclaimed, ...users, ...before],
    });
    return { user, unclaimed, before, connect };
  }

  #connectors(name: string, { config, users }: MirrorMakerArgs, kubernetes: KubernetesRef, ready: pulumi.Resource) {
    const { connectorManifest } = connectPlatformOf(config.connect);
    const at = { connect: config.connect.name, namespace: kubernetes.namespace, logins: loginsOf(clientsOf(config)) };
    return wantedConnectors(config).map(({ kind, suffix, wave, connector: named, properties }): ConnectorParts => {
      const secretName = `${named}-config`;
      const settings = new ConnectorConfig(
        `${name}-${suffix}-config`,
        { kubernetes, secretName, migration: config.name, properties, clients: clientsOf(config) },
        { parent: this, dependsOn: [...users] },
      );
      const connector = new k8s.apiextensions.CustomResource(
        `${name}-${suffix}`,
        connectorManifest({ ...at, name: named, properties, secretName, sha256: settings.sha256 }),
        { parent: this, dependsOn: [ready, settings] },
      );
      return { kind, ...(wave !== undefined && { wave }), settings, connector };
    });
  }
}

type Kind = "source" | "checkpoint" | "heartbeat";

interface ConnectorParts {
  readonly kind: Kind;
  /** Of a source connector that copies the topics of one wave. */
  readonly wave?: string;
  readonly settings: ConnectorConfig;
  readonly connector: pulumi.Resource;
}

/** The connectors by their names in Connect; `suffix` ends their resources' names. */
function wantedConnectors(config: MirroredConfig) {
  const names = mirrorNames(config);
  const { checkpoint, heartbeat } = connectorProperties(config);
  const single = (kind: Kind, connector: string, properties: Record<string, string>) => ({
    kind,
    suffix: kind as string,
    wave: undefined as string | undefined,
    connector,
    properties,
  });
  return [
    ...names.sources.map((source) => ({
      ...single("source", source.name, connectorProperties(config, source).source),
      ...(source.wave !== undefined && { suffix: `source-${source.wave}`, wave: source.wave }),
    })),
    single("checkpoint", names.checkpoint, checkpoint),
    ...(names.heartbeat === undefined ? [] : [single("heartbeat", names.heartbeat, heartbeat)]),
  ];
}

/** A worker's own clients, and those that it makes for connectors' records, for its topics and for its errands. */
export const workerClientsOf = (config: MirroredConfig): ConnectorClient[] =>
  ["", "producer.", "consumer.", "admin."].map((prefix) => clientOf(config, "target", prefix));

/** How the connectors reach both sides. */
export const clientsOf = (config: MirroredConfig): ConnectorClient[] =>
  (["source", "target"] as const).map((side) => clientOf(config, side, `${side}.cluster.`));

/** The same of the mirror back, whose own clients on the worker reach the source too. */
export const reverseClientsOf = (config: MirroredConfig): ConnectorClient[] => [
  clientOf(config, "target", "source.cluster."),
  ...["target.cluster.", ...overridden].map((prefix) => clientOf(config, "source", prefix)),
];

/** How a platform that writes a connector's properties into its object is told of clients. */
export const loginsOf = (clients: readonly ConnectorClient[]): ConnectorWanted<unknown>["logins"] =>
  clients.map(({ prefix, mechanism, credentials, ca }) => ({
    prefix,
    ...(mechanism && { mechanism }),
    ...(credentials && { secret: credentials.name }),
    ...(ca && { caSecret: ca.name }),
  }));

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
