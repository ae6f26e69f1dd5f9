/**
 * kafkajs as a second client of the brokers: what has to be said by two is read once more by code that shares nothing with
 * our own client's. It only reads, and joins no group.
 */
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { readLogin } from "../kubernetes/kubernetes.ts";
import { checkKafkajs, takeOutBusyLoops, type RequestQueue } from "../model/kafkajs-loops.ts";
import { brokerLogin, saslMechanism, type BrokerCredentials, type Mechanism } from "../model/login.ts";
import { requestMilliseconds } from "../model/patience.ts";
import type { KafkaEndpoint } from "../model/sides.ts";
import { partitionName } from "./partitions.ts";
import type { GroupPlace, TopicPartition } from "./kafka-port.ts";
import { tlsOptions } from "./tls.ts";

/** Groups that are asked for at a time; the requests share a few connections. */
const groupsAtOnce = 64;
/** A cluster that has had no group makes its topic of offsets with the first question. */
const coordinatorAttempts = 5;
const coordinatorMilliseconds = 1_000;
const readUncommitted = 0;
/** kafkajs's mark of a log's end in a request. */
const latest = "-1";

interface Offset {
  readonly partition: number;
  readonly offset: string;
}

/** What is used of a broker as kafkajs has it. Its calls reject if any partition has an error. */
interface Broker {
  listOffsets(request: {
    readonly isolationLevel: number;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly timestamp: string }[];
    }[];
  }): Promise<{ readonly responses: readonly { readonly topic: string; readonly partitions: readonly Offset[] }[] }>;
  offsetFetch(request: {
    readonly groupId: string;
    readonly topics: readonly { readonly topic: string; readonly partitions: readonly { partition: number }[] }[];
  }): Promise<{ readonly responses: readonly { readonly topic: string; readonly partitions: readonly Offset[] }[] }>;
}

/**
 * What is used of kafkajs's own cluster, which is below its admin client: that one asks topic by topic, refreshes all
 * metadata with each, and for ends gets no further than to the last stable offset.
 */
interface KafkajsCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  findBroker(of: { readonly nodeId: number }): Promise<Broker>;
  findGroupCoordinatorMetadata(of: {
    readonly groupId: string;
    readonly coordinatorType: number;
  }): Promise<{ readonly coordinator: { readonly nodeId: number } }>;
  readonly brokerPool: {
    readonly metadata: {
      readonly topicMetadata: readonly {
        readonly topic: string;
        readonly partitionMetadata: readonly { readonly partitionId: number; readonly leader: number }[];
      }[];
    };
  };
}

interface Kafkajs {
  readonly Cluster: new (options: Readonly<Record<string, unknown>>) => KafkajsCluster;
  readonly socketFactory: unknown;
  readonly logger: unknown;
}

let loaded: Kafkajs | null = null;

/** Loaded when the first move needs it. */
function kafkajs(): Kafkajs {
  if (loaded !== null) return loaded;
  const load = createRequire(import.meta.url);
  checkKafkajs((load("kafkajs/package.json") as { version: string }).version);
  takeOutBusyLoops((load("kafkajs/src/network/requestQueue/index.js") as { prototype: RequestQueue }).prototype);
  const { createLogger } = load("kafkajs/src/loggers/index.js");
  loaded = {
    Cluster: load("kafkajs/src/cluster/index.js"),
    socketFactory: load("kafkajs/src/network/socketFactory.js")(),
    logger: createLogger({ level: 0, logCreator: () => () => undefined }),
  };
  return loaded;
}

/** One side's brokers over kafkajs. */
export class SecondClient {
  readonly #cluster: KafkajsCluster;
  readonly #coordinators = new Map<string, number>();

  private constructor(cluster: KafkajsCluster) {
    this.#cluster = cluster;
  }

  /**
   * Connects, and asks who leads the topics and coordinates the groups, so that what is read later takes one round trip.
   * Rejects with one sentence that names the side and its addresses.
   */
  static async open(
    endpoint: KafkaEndpoint,
    topics: readonly string[],
    groups: readonly string[] = [],
  ): Promise<SecondClient> {
    const { Cluster } = kafkajs();
    const cluster = new Cluster(await options(endpoint));
    try {
      await cluster.connect();
      if (topics.length > 0) await cluster.addMultipleTargetTopics(topics);
      const client = new SecondClient(cluster);
      await atOnce(groups, async (group) => void (await client.#coordinator(group)));
      return client;
    } catch (error) {
      await cluster.disconnect().catch(() => undefined);
      throw new Error(
        `the ${endpoint.side} at ${endpoint.bootstrap.join(", ")} cannot be read by kafkajs, the second client: ` +
          (error as Error).message,
        { cause: error },
      );
    }
  }

  /** The ends of logs (high watermarks), by `partitionName`: one request for each broker. */
  async ends(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, bigint>> {
    if (partitions.length === 0) return new Map();
    return this.#again(async () => {
      const found = new Map<string, bigint>();
      const byLeader = Map.groupBy(partitions, this.#leaderOf());
      const ask = async ([nodeId, led]: [number, TopicPartition[]]) => {
        const topics = [...Map.groupBy(led, ({ topic }) => topic)].map(([topic, alike]) => ({
          topic,
          partitions: alike.map(({ partition }) => ({ partition, timestamp: latest })),
        }));
        const broker = await this.#cluster.findBroker({ nodeId });
        const { responses } = await broker.listOffsets({ isolationLevel: readUncommitted, topics });
        collect(responses, found);
      };
      await Promise.all([...byLeader].map(ask));
      return found;
    });
  }

  /** Committed offsets of the places that are asked for, by group, then by `partitionName`; absent where there is none. */
  async committed(places: readonly GroupPlace[]): Promise<ReadonlyMap<string, ReadonlyMap<string, bigint>>> {
    const found = new Map<string, Map<string, bigint>>();
    await atOnce([...Map.groupBy(places, ({ group }) => group)], async ([groupId, of]) => {
      const topics = [...Map.groupBy(of, ({ topic }) => topic)].map(([topic, alike]) => ({
        topic,
        partitions: alike.map(({ partition }) => ({ partition })),
      }));
      const offsets = await this.#again(async () => {
        const broker = await this.#cluster.findBroker({ nodeId: await this.#coordinator(groupId) });
        const { responses } = await broker.offsetFetch({ groupId, topics });
        const all = new Map<string, bigint>();
        collect(responses, all);
        return all;
      });
      found.set(groupId, offsets);
    });
    return found;
  }

  async close(): Promise<void> {
    await this.#cluster.disconnect().catch(() => undefined);
  }

  async #coordinator(groupId: string): Promise<number> {
    const known = this.#coordinators.get(groupId);
    if (known !== undefined) return known;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { coordinator } = await this.#cluster.findGroupCoordinatorMetadata({ groupId, coordinatorType: 0 });
        this.#coordinators.set(groupId, coordinator.nodeId);
        return coordinator.nodeId;
      } catch (error) {
        if (attempt === coordinatorAttempts) throw error;
        await sleep(coordinatorMilliseconds);
      }
    }
  }

  #leaderOf(): (of: TopicPartition) => number {
    const leaders = new Map(
      this.#cluster.brokerPool.metadata.topicMetadata.flatMap(({ topic, partitionMetadata }) =>
        partitionMetadata.map(({ partitionId, leader }) => [partitionName(topic, partitionId), leader] as const),
      ),
    );
    return ({ topic, partition }) => {
      const leader = leaders.get(partitionName(topic, partition));
      if (leader === undefined || leader < 0) throw new Error(`${partitionName(topic, partition)} has no leader`);
      return leader;
    };
  }

  /** Leaders and coordinators move: with what is known now, then with what is known after asking for it. */
  async #again<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch {
      this.#coordinators.clear();
      await this.#cluster.refreshMetadata();
      return read();
    }
  }
}

function collect(
  responses: readonly { readonly topic: string; readonly partitions: readonly Offset[] }[],
  into: Map<string, bigint>,
): void {
  for (const { topic, partitions } of responses) {
    for (const { partition, offset } of partitions) {
      if (BigInt(offset) >= 0n) into.set(partitionName(topic, partition), BigInt(offset));
    }
  }
}

async function atOnce<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all];
  const next = async (): Promise<void> => {
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) await act(one);
  };
  await Promise.all(Array.from({ length: Math.min(groupsAtOnce, all.length) }, next));
}

async function options(endpoint: KafkaEndpoint): Promise<Readonly<Record<string, unknown>>> {
  const mechanism = saslMechanism(endpoint);
  const login =
    mechanism && endpoint.credentials
      ? await brokerLogin(mechanism, await readLogin(endpoint.credentials, mechanism))
      : null;
  const tls = await tlsOptions(endpoint);
  const milliseconds = requestMilliseconds(endpoint);
  const { socketFactory, logger } = kafkajs();
  return {
    clientId: "kafka-migration-witness",
    brokers: endpoint.bootstrap,
    logger,
    socketFactory,
    connectionTimeout: milliseconds,
    authenticationTimeout: milliseconds,
    reauthenticationThreshold: 10_000,
    requestTimeout: milliseconds,
    enforceRequestTimeout: true,
    metadataMaxAge: 300_000,
    maxInFlightRequests: null,
    allowAutoTopicCreation: false,
    // Each try asks the next bootstrap address.
    retry: { retries: Math.max(2, endpoint.bootstrap.length), initialRetryTime: 300 },
    ...(tls && { ssl: tls }),
    ...(login && { sasl: sasl(login) }),
  };
}

/** A login as kafkajs takes it. */
function sasl({ mechanism, token, ...user }: BrokerCredentials & { readonly mechanism: Mechanism }): object {
  if (token !== undefined) return { mechanism: "oauthbearer", oauthBearerProvider: async () => ({ value: token }) };
  return { mechanism: mechanism.toLowerCase(), ...user };
}
