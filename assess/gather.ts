import { setTimeout as sleep } from "node:timers/promises";
import {
  endToEnd,
  isSomebodys,
  marksOf,
  oldestUnread,
  reachBrokers,
  readCluster,
  readDependents,
  readKafkaObject,
  readLevels,
  readLoad,
  readLogin,
  readTopicMarks,
  sampleRecords,
  withCluster,
  type ClusterReading,
  type EndToEnd,
  type KafkaEndpoint,
  type LoadReading,
  type PartitionLoad,
  type ReachReading,
  type RecordSample,
  type Scope,
} from "@kafka-migration/kafka";
import { credentialsOf, mechanismOf, registryEndpoint, scopeOf } from "../components/scope.ts";
import { kubernetesRef } from "../components/side-addresses.ts";
import type { ExistingTopic } from "../config/inventory.ts";
import { selectTopics, type MigrationConfig } from "../config/migration-config.ts";
import { nameIn, usualMechanism } from "../runtime/model/login.ts";
import { isMade, kafkaObjectOf } from "../runtime/model/platforms/platforms.ts";
import { sameCluster } from "../runtime/model/same-cluster.ts";
import type { Facts, LatencyFacts, RegistryFacts, SideFacts } from "./facts.ts";
import { groupFacts, topicFacts, worstRanges } from "./load.ts";
import { toInventory } from "./lock.ts";
import { probeConnect } from "./probe.ts";

export interface GatherOptions {
  readonly stack: string;
  readonly config: MigrationConfig;
  readonly seconds: number;
  readonly sampleSeconds: number;
  /** @default nothing is written */
  readonly latencyTopic?: string | undefined;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Reads both sides. Rejects with one sentence if the source, or an existing target, cannot be read completely. */
export async function gather(options: GatherOptions): Promise<Facts> {
  const { stack, config, seconds, sampleSeconds, latencyTopic, tell, signal } = options;
  const scope = scopeOf(config);
  tell(`Reading the source at ${scope.source.bootstrap.join(", ")}; two samples, ${seconds} s apart`);
  const sampling = { selection: config.selection, milliseconds: sampleSeconds * 1000 };
  const source = await readSource(scope.source, seconds, sampling, signal);
  const target = await readTarget(config, scope, source.cluster, tell, signal);
  const existing = target && { cluster: target.cluster, topics: target.existing };
  const inventory = toInventory(source.cluster, existing, await ownUsers(config));
  const migrated = selectTopics(config.selection, inventory);
  const locked = new Set(inventory.groups.map(({ name }) => name));
  if (latencyTopic !== undefined && migrated.includes(latencyTopic)) {
    throw new Error(
      `--latency-topic: ${latencyTopic} migrates, and its consumers would read what is written to measure; name a topic that does not`,
    );
  }
  const latency =
    latencyTopic === undefined ? undefined : await readLatency(latencyTopic, scope, target !== null, tell, signal);
  const connect = await probeConnect(config, scope, {
    migrated,
    source: source.cluster,
    target: target?.cluster ?? null,
    tell,
    signal,
  });
  return {
    stack,
    takenAt: source.load.takenAt,
    config,
    inventory,
    migrated,
    source,
    target,
    topics: topicFacts(source.cluster, source.samples, migrated),
    samples: source.records,
    groups: groupFacts([source.before, source.cluster], source.samples, source.ages, locked),
    connect,
    dependents: await readDependents(kubernetesRef(config, config.source.kubernetes), config.source.cluster).catch(
      (error: unknown) => {
        tell(error instanceof Error ? error.message : String(error));
        return [];
      },
    ),
    ...(latency && { latency }),
    registry: await readRegistry(config, tell),
  };
}

/** How long records take on both sides; a side on which that cannot be measured keeps nothing else from being assessed. */
async function readLatency(
  topic: string,
  scope: Scope,
  targetExists: boolean,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<LatencyFacts> {
  const of = async (endpoint: KafkaEndpoint): Promise<EndToEnd | { readonly problem: string }> => {
    tell(`Writing records to topic ${topic} of the ${endpoint.side} and reading them, to see how long they take`);
    try {
      return await endToEnd(endpoint, topic, signal);
    } catch (error) {
      signal.throwIfAborted();
      return { problem: error instanceof Error ? error.message : String(error) };
    }
  };
  // One after the other: both run on this machine.
  const source = await of(scope.source);
  return { topic, source, target: targetExists ? await of(scope.target) : null };
}

/** What the source's registry says; one that does not answer keeps nothing else from being assessed. */
async function readRegistry(config: MigrationConfig, tell: (line: string) => void): Promise<RegistryFacts> {
  const endpoint = registryEndpoint(config, "source");
  if (endpoint === undefined) return { state: "none" };
  tell(`Reading the source's registry at ${endpoint.urls.join(", ")}`);
  try {
    return { state: "read", ...(await readLevels(endpoint)) };
  } catch (error) {
    return { state: "away", reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Names of this program's users on the source; one whose Secret does not exist yet has no rights there either. */
async function ownUsers(config: MigrationConfig): Promise<string[]> {
  const names = (["runner", "admin", "mirror"] as const).map(async (role) => {
    const secret = credentialsOf(config, "source", role);
    const mechanism = mechanismOf(config, "source", role) ?? usualMechanism;
    return secret && nameIn(mechanism, await readLogin(secret, mechanism).catch(() => ({})));
  });
  return (await Promise.all(names)).filter((name) => name !== undefined);
}

interface SourceFacts extends SideFacts {
  readonly samples: readonly [LoadReading, LoadReading];
  readonly before: ClusterReading;
  readonly records: ReadonlyMap<string, RecordSample>;
  readonly ages: ReadonlyMap<string, number>;
}

function readSource(
  endpoint: KafkaEndpoint,
  seconds: number,
  sampling: { readonly selection: MigrationConfig["selection"]; readonly milliseconds: number },
  signal: AbortSignal,
): Promise<SourceFacts> {
  return withCluster(
    endpoint,
    async (cluster) => {
      const network = await reachBrokers(cluster);
      // Without a broker its topics and groups would be missing, and the inventory would be of another source.
      refuseUnreached("source", network);
      const before = await readCluster(cluster);
      const names = before.topics.filter(isSomebodys).map(({ name }) => name);
      const first = await readLoad(cluster, names);
      await sleep(seconds * 1000, undefined, { signal });
      const last = await readLoad(cluster, names);
      const after = await readCluster(cluster);
      const ages = await oldestUnread(cluster, worstRanges(after, last));
      const { milliseconds } = sampling;
      const records = await sampleRecords(cluster, toSample(sampling.selection, after, last), { milliseconds });
      return { cluster: after, load: last, network, samples: [first, last] as const, before, ages, records };
    },
    signal,
  );
}

/** Partitions of the topics that move: of the others nothing is said, and the time is short. Pure. */
export function toSample(
  selection: MigrationConfig["selection"],
  cluster: ClusterReading,
  { partitions }: Pick<LoadReading, "partitions">,
): PartitionLoad[] {
  const migrated = new Set(selectTopics(selection, toInventory(cluster, null)));
  return [...partitions.values()].filter(({ topic }) => migrated.has(topic));
}

async function readTarget(
  config: MigrationConfig,
  scope: Scope,
  source: ClusterReading,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<(SideFacts & { readonly existing: readonly ExistingTopic[] }) | null> {
  const { target: endpoint } = scope;
  const { cluster: kind, kubernetes } = config.target;
  const reference = kubernetesRef(config, kubernetes);
  const object = isMade(kind) ? kafkaObjectOf(kind) : null;
  if (object !== null && (await readKafkaObject(reference, kind)) === null) {
    tell(
      `The target does not exist yet: there is no ${object.kafka.object.kind} ${reference.namespace}/${object.name}`,
    );
    return null;
  }
  tell(`Reading the target at ${endpoint.bootstrap.join(", ")}`);
  return withCluster(
    endpoint,
    async (cluster) => {
      const network = await reachBrokers(cluster);
      refuseUnreached("target", network);
      const found = await readCluster(cluster);
      if (sameCluster(found.clusterId, source.clusterId)) {
        throw new Error(
          `source and target are one cluster, ${found.clusterId}: correct the bootstrap addresses of one of them`,
        );
      }
      const theirs = new Set(source.topics.filter(isSomebodys).map(({ name }) => name));
      const marks = marksOf(scope);
      const ours = await readTopicMarks(marks.kubernetes, marks.configMap);
      const foreign = found.topics.filter(({ name, id }) => theirs.has(name) && ours.get(name) !== id);
      const shared = found.topics.filter(({ name }) => theirs.has(name)).map(({ name }) => name);
      const load = await readLoad(cluster, shared);
      const filled = new Set(
        [...load.partitions.values()].flatMap(({ topic, start, end }) => (start === end ? [] : [topic])),
      );
      const existing = foreign.map(({ name, partitions }) => ({
        name,
        partitions: partitions.length,
        replicationFactor: Math.min(...partitions.map(({ replicas }) => replicas.length)),
        empty: !filled.has(name),
      }));
      return { cluster: found, load, network, existing };
    },
    signal,
  );
}

function refuseUnreached(side: "source" | "target", network: readonly ReachReading[]): void {
  const away = network.filter(({ problem }) => problem !== null);
  if (away.length === 0) return;
  const list = away.map(({ broker, address, problem }) => `broker ${broker} at ${address}: ${problem}`).join("; ");
  throw new Error(
    `${away.length} of ${network.length} brokers of the ${side} cannot be reached at their advertised addresses: ${list}. ` +
      `Make the listener under runnerBootstrap reachable from this machine`,
  );
}
