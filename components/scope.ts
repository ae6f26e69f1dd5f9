import type {
  ConnectEndpoint,
  ConnectorObjects,
  ExternalRef,
  KafkaEndpoint,
  MirrorRef,
  RegistryEndpoint,
  ReverseRef,
  Scope,
  SecretRef,
  WorkloadLogin,
  WorkloadRef,
} from "@kafka-migration/kafka";
import { caSecretOf } from "../config/clusters.ts";
import { isMirrored, type MigrationConfig, type MirroredConfig } from "../config/migration-config.ts";
import { wavesOf } from "../config/waves.ts";
import { deletionsKept, targetTopics } from "../config/target-topics.ts";
import {
  groupsOf,
  isConnector,
  isExternal,
  isInKubernetes,
  reads,
  topicsOf,
  writes,
  type BrokerLogin,
  type KubernetesWorkload,
} from "../config/workloads.ts";
import type { Side } from "../phases/row.ts";
import { wayBackOf } from "../phases/strategies/index.ts";
import { madeAs, mechanismsToTry, saslMechanism, type Mechanism } from "../runtime/model/login.ts";
import { internalTopics, type InternalTopic } from "../runtime/model/streams.ts";
import { connectPlatformOf } from "../runtime/model/platforms/platforms.ts";
import { runsAtTimes } from "../runtime/model/workload-kinds/index.ts";
import { connectorRef, positionKeeping, sideAddresses } from "./connectors.ts";
import { mirrorNames, offsetsTopicOf, type ReverseConnector } from "./names.ts";
import { loginOf } from "./rights-condition.ts";
import { kubernetesRef, runnerBootstrap, type WithSide } from "./side-addresses.ts";
import { sideFields } from "./workload-fields.ts";

/** What every gate and every acting resource knows about the migration. Pure; holds references, never secrets. */
export function scopeOf(config: MigrationConfig): Scope {
  return {
    migration: config.name,
    source: kafkaEndpoint(config, "source"),
    target: kafkaEndpoint(config, "target"),
    mirror: isMirrored(config) ? mirrorRef(config) : null,
    ...registries(config),
    topics: config.topics,
    groups: scopeGroups(config),
    workloads: config.workloads.flatMap((workload) => {
      if (isInKubernetes(workload)) return workloadRefs(config, workload);
      return isConnector(workload) ? [connectorRef(config, workload)] : [];
    }),
    ...externals(config),
    ...(config.workloads.some(isConnector) && { addresses: sideAddresses(config) }),
    ...waves(config),
    ...(config.stragglers.length > 0 && {
      stragglers: config.stragglers.map(({ topic, partition, to }) => ({ topic, partition, to: String(to) })),
    }),
    ...(config.selection.topics.recreated.length > 0 && {
      recreated: config.selection.topics.recreated.map(({ name: topic, id }) => ({ topic, id })),
    }),
    ledger: { kubernetes: kubernetesRef(config, config.target.kubernetes), configMap: `${config.name}-ledger` },
  };
}

/** The groups, each with the topics that it keeps for itself. Nobody is a member of a CronJob's between two of its runs. */
function scopeGroups(config: MigrationConfig): Scope["groups"] {
  const internal = Map.groupBy(internalOf(config), ({ group }) => group);
  return config.groups.map((group) => {
    const joining = config.workloads.filter((workload) => groupsOf(workload).includes(group.name));
    const jobs = joining.length > 0 && joining.every(({ kind }) => runsAtTimes(kind));
    const own = (internal.get(group.name) ?? [])
      .map(({ topic }) => topic)
      .filter((name) => group.topics.includes(name));
    return { ...group, ...(jobs && { idle: true }), ...(own.length > 0 && { internal: own }) };
  });
}

/** Internal topics of the Kafka Streams applications that move. */
function internalOf({ groups, inventory, topics }: MigrationConfig): InternalTopic[] {
  const moving = new Set(groups.map(({ name }) => name));
  return internalTopics(inventory.groups, topics).filter(({ group }) => moving.has(group));
}

function waves(config: MigrationConfig): Pick<Scope, "waves"> {
  const found = wavesOf(config);
  if (found.length === 0) return {};
  const sources = isMirrored(config) ? mirrorNames(config).sources : [];
  const connectorOf = (wave: string) => sources.find((source) => source.wave === wave)?.name ?? null;
  const reverses = reversesOf(config);
  return {
    waves: found.map((wave) => {
      const reverse = reverses.get(wave.name);
      return { ...wave, connector: connectorOf(wave.name), ...(reverse && { reverse }) };
    }),
  };
}

function registries(config: MigrationConfig): Pick<Scope, "registries"> {
  const source = registryEndpoint(config, "source");
  const target = registryEndpoint(config, "target");
  return source && target ? { registries: { source, target } } : {};
}

/** A side's registry as the machine that runs Pulumi reaches it. */
export function registryEndpoint(config: MigrationConfig, side: Side): RegistryEndpoint | undefined {
  const { registry, kubernetes } = config[side];
  if (registry === undefined) return undefined;
  const { urls, runnerUrls, credentials: user, caSecret, requestSeconds } = registry;
  const secret = (name: string, of: string = kubernetes) => ({ kubernetes: kubernetesRef(config, of), name });
  return {
    side,
    urls: runnerUrls ?? urls,
    ...(user && { credentials: secret(user.secret, user.kubernetes) }),
    ...(caSecret !== undefined && { ca: secret(caSecret) }),
    ...(requestSeconds !== undefined && { requestSeconds }),
  };
}

/** The connectors of a migration that copies records. */
export function mirrorRef(config: MirroredConfig): MirrorRef {
  const names = mirrorNames(config);
  const offsetsTopic = offsetsTopicOf(config);
  const objects = connectorObjects(config);
  const purged = internalOf(config).flatMap(({ topic, use }) => (use === "repartition" ? [topic] : []));
  const reverse = reversesOf(config).get(undefined);
  return {
    connect: connectEndpoint(config),
    ...(objects !== undefined && { objects }),
    ...(offsetsTopic !== undefined && { offsetsTopic }),
    sourceConnectors: names.sources.map(({ name }) => name),
    otherConnectors: names.others,
    sourceAlias: names.sourceAlias,
    ...(reverse && { reverse }),
    ...(purged.length > 0 && { purged }),
    ...(config.gaps.length > 0 && {
      gaps: config.gaps.map(({ topic, partition, to, side }) => ({
        topic,
        partition,
        to: String(to),
        ...(side !== "source" && { side }),
      })),
    }),
  };
}

/** The mirrors back by the wave whose topics they copy, or the one of everything; none where the config opens no way back. */
function reversesOf(config: MigrationConfig): ReadonlyMap<string | undefined, ReverseRef> {
  if (!isMirrored(config) || wayBackOf(config.table) !== "mirrored") return new Map();
  return new Map(mirrorNames(config).reverses.map((reverse) => [reverse.wave, reverseRef(config, reverse)]));
}

function reverseRef(config: MirroredConfig, { name, alias, own, topics: copied }: ReverseConnector): ReverseRef {
  const among = new Set(copied);
  const credentials = credentialsOf(config, "source", "mirror");
  const mechanism = mechanismOf(config, "source", "mirror");
  const kafka = {
    ...kafkaEndpoint(config, "source"),
    ...(mechanism && { mechanism }),
    ...(credentials && { credentials }),
  };
  const compactedThere = targetTopics(config)
    .filter((topic) => topic.config["cleanup.policy"]?.includes("compact"))
    .map(({ name }) => name);
  return {
    connector: name,
    alias,
    topics: own,
    kafka,
    replicationFactor: Math.min(3, config.inventory.source.brokers),
    compacted: [...new Set([...compactedThere, ...Object.keys(deletionsKept(config))])]
      .filter((topic) => among.has(topic))
      .sort(),
  };
}

/** The connectors' objects, where Connect itself is not asked to stop them. */
function connectorObjects({ connect, target, ...config }: MirroredConfig): ConnectorObjects | undefined {
  const { connector, connectorState } = connectPlatformOf(connect);
  if (connectorState === "rest") return undefined;
  return { kubernetes: kubernetesRef(config, target.kubernetes), ...connector, ...connectorState };
}

/** A workload, and its twin if it names one. */
function workloadRefs(config: MigrationConfig, workload: KubernetesWorkload): WorkloadRef[] {
  const { name, kind, role } = workload;
  const groups = groupsOf(workload);
  const topics = topicsOf(workload);
  const kubernetes = kubernetesRef(config, workload.kubernetes ?? config.source.kubernetes);
  const { gitops } = workload;
  const fields = sideFields(config, workload);
  const login = workload.login && workloadLogins(config, workload, workload.login);
  const ref: WorkloadRef = {
    name,
    kind,
    kubernetes,
    role,
    groups,
    fields,
    ...(topics.length > 0 && { topics }),
    ...(writes(workload) && workload.writesRarely !== undefined && { writesRarely: true }),
    ...(login && { login }),
    ...(gitops && { gitops }),
    ...(reads(workload) &&
      workload.streams && { streams: { cleared: workload.streams.cleared.map(({ volume }) => volume) } }),
    ...positionKeeping(workload),
  };
  const twin = role === "consumer" ? workload.twin : undefined;
  return twin === undefined ? [ref] : [ref, { name: twin.name, kind, kubernetes, role: "twin", groups, of: name }];
}

/** A workload's users of the brokers. What it logs in by is known where the config says it. */
function workloadLogins(
  config: MigrationConfig,
  { user, kubernetes: home = config.source.kubernetes }: KubernetesWorkload,
  login: BrokerLogin,
): Record<Side, WorkloadLogin> {
  const named = config.rights?.users.find(({ name }) => name === user);
  const on = (side: Side): WorkloadLogin => {
    const { secret: name, kubernetes = home, mechanism: stated } = login[side];
    const usual = saslMechanism(config[side].security);
    const likeliest = usual && side === "target" && named ? loginOf(config, named).mechanism : usual;
    return {
      secret: { kubernetes: kubernetesRef(config, kubernetes), name },
      mechanisms: likeliest === null ? [] : stated ? [stated] : mechanismsToTry(likeliest),
    };
  };
  return { source: on("source"), target: on("target") };
}

function externals({ workloads }: MigrationConfig): Pick<Scope, "externals"> {
  const found = workloads.filter(isExternal).map((workload): ExternalRef => ({
    name: workload.name,
    role: workload.role,
    groups: groupsOf(workload),
    topics: topicsOf(workload),
    ...positionKeeping(workload),
  }));
  return found.length > 0 ? { externals: found } : {};
}

/** The Secret of a side's user for a role. */
export function credentialsOf<S extends Side>(
  config: WithSide<S>,
  side: S,
  role: "runner" | "admin" | "mirror",
): SecretRef | undefined {
  const { credentials, kubernetes } = config[side];
  const found = credentials?.[role] ?? credentials?.runner;
  return found && { kubernetes: kubernetesRef(config, found.kubernetes ?? kubernetes), name: found.secret };
}

/**
 * How a side's user for a role logs in. A user that is made here may need another mechanism than the others, whose
 * users are made elsewhere.
 */
export function mechanismOf<S extends Side>(
  config: WithSide<S>,
  side: S,
  role: "runner" | "admin" | "mirror",
): Mechanism | undefined {
  const { security, credentials } = config[side];
  const mirror = role === "mirror" ? credentials?.mirror : undefined;
  if (mirror?.mechanism !== undefined) return mirror.mechanism;
  return mirror?.create ? madeAs(security.mechanism) : security.mechanism;
}

/** Name of the Secret with the user of Connect's REST API, beside the target. */
export const connectSecret = ({ connect }: MirroredConfig): string => connect.authSecret ?? `${connect.name}-auth`;

/** The same; undefined where the platform's REST API asks for no user. */
export const connectCredentials = (config: MirroredConfig): string | undefined =>
  connectPlatformOf(config.connect).restUser ? connectSecret(config) : undefined;

/** The Secret with a side's certificate authority; a platform makes one with a cluster that speaks TLS. */
export function caOf<S extends Side>(config: WithSide<S>, side: S): SecretRef | undefined {
  const name = caSecretOf(config[side]);
  return name === undefined ? undefined : { kubernetes: kubernetesRef(config, config[side].kubernetes), name };
}

/** The Secret with the certificate by which this program and MM2 show a side who they are (mutual TLS). */
export function clientCertificateOf<S extends Side>(config: WithSide<S>, side: S): SecretRef | undefined {
  const { security, kubernetes } = config[side];
  return security.clientSecret === undefined
    ? undefined
    : { kubernetes: kubernetesRef(config, kubernetes), name: security.clientSecret };
}

export function kafkaEndpoint<S extends Side>(config: WithSide<S>, side: S): KafkaEndpoint {
  const { security, clusterId, requestSeconds } = config[side];
  const credentials = credentialsOf(config, side, "runner");
  const ca = caOf(config, side);
  const certificate = clientCertificateOf(config, side);
  return {
    side,
    bootstrap: runnerBootstrap(config, side),
    protocol: security.protocol,
    ...(security.mechanism && { mechanism: security.mechanism }),
    ...(credentials && { credentials }),
    ...(ca && { ca }),
    ...(certificate && { certificate }),
    ...(clusterId && { clusterId }),
    ...(requestSeconds !== undefined && { requestSeconds }),
  };
}

function connectEndpoint(config: MirroredConfig): ConnectEndpoint {
  const { connect, target } = config;
  const kubernetes = kubernetesRef(config, target.kubernetes);
  const secret = connectCredentials(config);
  return {
    urls: connect.runnerUrls ?? [connectPlatformOf(connect).restUrl(connect.name, kubernetes.namespace)],
    ...(secret !== undefined && { credentials: { kubernetes, name: secret } }),
    ...(connect.requestSeconds !== undefined && { requestSeconds: connect.requestSeconds }),
  };
}
