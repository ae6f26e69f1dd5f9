/** Connections to Kafka's brokers: credentials read at run time, errors as sentences, nothing left open. */
import { isIP } from "node:net";
import { Admin, ProduceAcks, Producer, type AdminOptions, type Connection } from "@platformatic/kafka";
import { readLogin } from "../kubernetes/kubernetes.ts";
import { Lending } from "../model/lending.ts";
import { brokerLogin, saslMechanism } from "../model/login.ts";
import { requestMilliseconds } from "../model/patience.ts";
import type { KafkaEndpoint } from "../model/sides.ts";
import { BrokerError, kafkaError, kafkaErrorCodes } from "./kafka-error.ts";
import { requests, send } from "./requests.ts";
import { tlsOptions, tlsProblem } from "./tls.ts";

/** Without an answer from one bootstrap address after this long, the next one is asked as well. */
const nextAddressMilliseconds = 2_000;
/** Closing waits for sockets, and a socket to a silent address closes late: this is the longest wait. */
const closeMilliseconds = 500;

/** Kafka's error codes that the measurements distinguish. */
export const unknownTopicOrPartition = 3;
export const topicAuthorizationFailed = 29;
/** Of a password, and of a mechanism that the listener does not have. */
const loginRefused = "SASL_AUTHENTICATION_FAILED";
const mechanismRefused = "UNSUPPORTED_SASL_MECHANISM";

/** One topic as the brokers describe it; `errorCode` 3 is a topic that does not exist. */
export interface TopicDescription {
  readonly errorCode: number;
  /** Kafka's id of the topic; one that was deleted and made again has another. */
  readonly id: string;
  /** Replicas by partition number. */
  readonly replicas: readonly number[];
  /** Leader's broker id by partition number; -1 is a partition without leader. */
  readonly leaders: readonly number[];
}

export interface ClusterDescription {
  readonly clusterId: string;
  readonly brokers: ReadonlyMap<number, { readonly host: string; readonly port: number }>;
  readonly topics: ReadonlyMap<string, TopicDescription>;
}

/** An open connection to one cluster. */
export class Cluster {
  readonly endpoint: KafkaEndpoint;
  readonly admin: Admin;
  /** Cluster id that the brokers report. */
  readonly clusterId: string;
  #brokers: ClusterDescription["brokers"];

  constructor(endpoint: KafkaEndpoint, admin: Admin, first: ClusterDescription) {
    this.endpoint = endpoint;
    this.admin = admin;
    this.clusterId = first.clusterId;
    this.#brokers = first.brokers;
  }

  /** Metadata of the named topics in one request. Topics that do not exist are reported, never created. */
  async describe(topics: readonly string[]): Promise<ClusterDescription> {
    const found = await describe(this.endpoint, this.admin, topics);
    this.#brokers = found.brokers;
    return found;
  }

  /** Ids of the brokers that the cluster knows of. */
  get brokerIds(): readonly number[] {
    return [...this.#brokers.keys()];
  }

  /** A connection to one broker; shared, closed with the cluster. Rejects with a sentence that names the broker. */
  async broker(id: number): Promise<Connection> {
    const address = this.#brokers.get(id);
    if (address === undefined) throw new BrokerError(`broker ${id} of the ${this.endpoint.side} is away`);
    try {
      return await this.admin.connections.get(address);
    } catch (error) {
      const reason = (await tlsProblem(this.endpoint, address, error)) ?? kafkaError(error);
      throw new BrokerError(`broker ${this.name(id)} cannot be reached: ${reason}`, { cause: error });
    }
  }

  /** A broker for error messages: its id, side and address. */
  name(id: number): string {
    const address = this.#brokers.get(id);
    return `${id} of the ${this.endpoint.side}${address === undefined ? "" : ` (${address.host}:${address.port})`}`;
  }
}

/**
 * Calls `use` with a cluster. What is asked of one cluster with the same login at the same time, or within a second, goes
 * over the same connections: most of what a small request takes is the connection with its login. Rejects with one sentence
 * that names the side and its addresses if no broker can be reached or refuses the credentials, or if the cluster's id
 * is not the pinned one, and at once when `signal` aborts.
 */
export async function withCluster<T>(
  endpoint: KafkaEndpoint,
  use: (cluster: Cluster) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const client = { open: () => opened(endpoint), close: ({ admin }: Client) => closed(admin) };
  return clients.use(JSON.stringify(endpoint), client, async (of) => use(await clusterOf(endpoint, of)), signal);
}

/**
 * The same over connections of its own, for what is large or may wait: a broker answers the requests of one connection one
 * after the other. They are closed at the end, at the latest when `signal` aborts. `inFlight` is how many requests may
 * wait for one broker at a time. @default 5
 */
export async function withOwnCluster<T>(
  endpoint: KafkaEndpoint,
  use: (cluster: Cluster) => Promise<T>,
  signal?: AbortSignal,
  inFlight?: number,
): Promise<T> {
  const client = await opened(endpoint, inFlight);
  const abort = () => void closed(client.admin);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await use(await clusterOf(endpoint, client));
  } finally {
    signal?.removeEventListener("abort", abort);
    await closed(client.admin);
  }
}

/** The library's client, and what its connections have emitted. */
interface Client {
  readonly admin: Admin;
  readonly failures: readonly unknown[];
}

const clients = new Lending<Client>({ idle: 1_000, longest: 30_000 });

async function opened(endpoint: KafkaEndpoint, inFlight?: number): Promise<Client> {
  const admin = new Admin({ ...(await options(endpoint)), ...(inFlight !== undefined && { maxInflights: inFlight }) });
  // The library emits `error` twice on some failures and listens once: the second one would end the process.
  const failures: unknown[] = [];
  admin.connections.on("connecting", ({ connection }) => connection.on("error", (error) => failures.push(error)));
  return { admin, failures };
}

async function clusterOf(endpoint: KafkaEndpoint, { admin, failures }: Client): Promise<Cluster> {
  const first = await describe(endpoint, admin, [], failures);
  if (endpoint.clusterId !== undefined && first.clusterId !== endpoint.clusterId) {
    throw new Error(
      `the ${endpoint.side} at ${addresses(endpoint)} is the cluster ${first.clusterId}, not ${endpoint.clusterId} ` +
        `as the config says: correct the address or the id`,
    );
  }
  return new Cluster(endpoint, admin, first);
}

/**
 * Logs in at one broker, asks it nothing and closes. Rejects with the reason alone: what is wrong with the Secret, that
 * the credentials are refused, or that no broker can be reached.
 */
export async function logIn(endpoint: KafkaEndpoint, signal?: AbortSignal): Promise<void> {
  const admin = new Admin(await options(endpoint));
  const abort = () => void closed(admin);
  signal?.addEventListener("abort", abort, { once: true });
  admin.connections.on("connecting", ({ connection }) => connection.on("error", () => undefined));
  const failures = new Set<string>();
  const causes: unknown[] = [];
  try {
    for (const address of endpoint.bootstrap) {
      try {
        await admin.connections.get(hostAndPort(address));
        return;
      } catch (error) {
        causes.push(error);
        failures.add((await tlsProblem(endpoint, hostAndPort(address), error)) ?? kafkaError(error));
      }
    }
    throw new Error([...failures].join("; "), { cause: new AggregateError(causes) });
  } finally {
    signal?.removeEventListener("abort", abort);
    await closed(admin);
  }
}

/**
 * Connects to one bootstrap address, logs in where the endpoint has a user, and asks whatever `use` asks. Rejects with the
 * reason alone.
 */
export async function atAddress<T>(
  endpoint: KafkaEndpoint,
  address: string,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const admin = new Admin(await options(endpoint));
  const emitted: unknown[] = [];
  admin.connections.on("connecting", ({ connection }) => connection.on("error", (error) => emitted.push(error)));
  try {
    return await use(await admin.connections.get(hostAndPort(address)));
  } catch (error) {
    const all = new AggregateError([error, ...emitted]);
    throw new Error((await tlsProblem(endpoint, hostAndPort(address), all)) ?? kafkaError(error), { cause: error });
  } finally {
    await closed(admin);
  }
}

/** Whether a login failed because of the user or the mechanism, and not because no broker answered. */
export const isLoginRefused = (error: unknown): boolean =>
  kafkaErrorCodes(error).some((code) => code === loginRefused || code === mechanismRefused);

/** Like `withCluster`, for callers that need nothing but the library's own admin client. */
export async function withAdmin<T>(endpoint: KafkaEndpoint, use: (admin: Admin) => Promise<T>): Promise<T> {
  return withCluster(endpoint, (cluster) => use(cluster.admin));
}

/** The runner's addresses of one side, for error messages. */
export function addresses(endpoint: KafkaEndpoint): string {
  return endpoint.bootstrap.join(", ");
}

/** The library rejects when any topic has an error; the whole answer is still in the error. */
export function responseOf<T>(error: unknown): T {
  if (error instanceof Error && "response" in error && error.response !== undefined) return error.response as T;
  throw error;
}

/**
 * Writes records to one partition of a topic that exists, each acknowledged by all replicas in sync. Rejects with a
 * sentence that names the topic and the side.
 */
export async function writeRecords(
  endpoint: KafkaEndpoint,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  records: readonly { readonly key: string; readonly value: string }[],
): Promise<void> {
  const messages = records.map(({ key, value }) => ({
    topic,
    partition,
    key: Buffer.from(key),
    value: Buffer.from(value),
  }));
  await withProducer(endpoint, topic, async (producer) => {
    await producer.send({ acks: ProduceAcks.ALL, messages });
  });
}

/** Calls `use` with a producer of its own. Rejects with a sentence that names the topic and the side. */
export async function withProducer<T>(
  endpoint: KafkaEndpoint,
  topic: string,
  use: (producer: Producer<Buffer, Buffer, Buffer, Buffer>) => Promise<T>,
): Promise<T> {
  const producer = new Producer<Buffer, Buffer, Buffer, Buffer>(await options(endpoint));
  producer.connections.on("connecting", ({ connection }) => connection.on("error", () => undefined));
  try {
    return await use(producer);
  } catch (error) {
    throw new Error(`topic ${topic} of the ${endpoint.side} could not be written to: ${kafkaError(error)}`, {
      cause: error,
    });
  } finally {
    await producer.close().catch(() => undefined);
  }
}

/** Asks the bootstrap addresses in their order, the next one as soon as one fails or is slow; the first answer counts. */
async function describe(
  endpoint: KafkaEndpoint,
  admin: Admin,
  topics: readonly string[],
  emitted: readonly unknown[] = [],
): Promise<ClusterDescription> {
  const failures: string[] = [];
  let refused = false;
  const ask = async (address: string): Promise<ClusterDescription | null> => {
    const before = emitted.length;
    try {
      const connection = await admin.connections.get(hostAndPort(address));
      const answer = await send(connection, requests.metadata, [...topics], false, false).catch(responseOf<Metadata>);
      return description(answer);
    } catch (error) {
      // A client's certificate is refused after the handshake, which the request itself only sees as a closed connection.
      const all = new AggregateError([error, ...emitted.slice(before)]);
      failures.push((await tlsProblem(endpoint, hostAndPort(address), all)) ?? kafkaError(error));
      refused ||= kafkaErrorCodes(all).includes(loginRefused);
      return null;
    }
  };
  const found = await firstAnswer(endpoint.bootstrap, ask, nextAddressMilliseconds);
  if (found !== null) return found;
  const reasons = [...new Set(failures)].join("; ");
  const user =
    endpoint.credentials && refused
      ? ` with the user of Secret ${endpoint.credentials.kubernetes.namespace}/${endpoint.credentials.name}`
      : "";
  throw new Error(`the ${endpoint.side} at ${addresses(endpoint)} cannot be reached${user}: ${reasons}`);
}

/**
 * The first result that is not null of calls that are begun one after the other: each as soon as the one before has
 * failed or has taken `patienceMilliseconds`, so that an address that is silent does not use up the time of the others.
 */
async function firstAnswer<A, R>(
  asked: readonly A[],
  ask: (one: A) => Promise<R | null>,
  patienceMilliseconds: number,
): Promise<R | null> {
  const running: Promise<R | null>[] = [];
  for (const one of asked) {
    const call = ask(one);
    running.push(call);
    const { promise: slow, resolve } = Promise.withResolvers<null>();
    const timer = setTimeout(() => resolve(null), patienceMilliseconds);
    // An earlier address may answer late; only the newest one that fails makes way for the next at once.
    const answered = running.map(async (earlier) => (await earlier) ?? (earlier === call ? null : slow));
    const found = await Promise.race([...answered, slow]);
    clearTimeout(timer);
    resolve(null);
    if (found !== null) return found;
  }
  const first = Promise.withResolvers<R | null>();
  for (const call of running) void call.then((found) => found !== null && first.resolve(found));
  void Promise.all(running).then(() => first.resolve(null));
  return first.promise;
}

type Metadata = Awaited<ReturnType<(typeof requests.metadata.versions)[number]["async"]>>;

function description(answer: Metadata): ClusterDescription {
  const topics = new Map<string, TopicDescription>();
  for (const { name, errorCode, topicId, partitions } of answer.topics) {
    const leaders: number[] = [];
    const replicas: number[] = [];
    for (const { partitionIndex, leaderId, replicaNodes } of partitions) {
      leaders[partitionIndex] = leaderId;
      replicas[partitionIndex] = replicaNodes.length;
    }
    topics.set(name ?? "", {
      errorCode,
      id: topicId,
      replicas: Array.from(replicas, (count) => count ?? 0),
      leaders: Array.from(leaders, (leader) => leader ?? -1),
    });
  }
  return {
    clusterId: answer.clusterId ?? "",
    brokers: new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }])),
    topics,
  };
}

async function options(endpoint: KafkaEndpoint): Promise<AdminOptions> {
  const mechanism = saslMechanism(endpoint);
  const sasl =
    mechanism && endpoint.credentials
      ? await brokerLogin(mechanism, await readLogin(endpoint.credentials, mechanism))
      : null;
  // A server name in TLS may not be an address.
  const named = endpoint.bootstrap.every((address) => isIP(hostAndPort(address).host) === 0);
  const tls = await tlsOptions(endpoint);
  const milliseconds = requestMilliseconds(endpoint);
  return {
    clientId: "kafka-migration",
    bootstrapBrokers: endpoint.bootstrap.map(hostAndPort),
    autocreateTopics: false,
    // Of a connection attempt it is the time of the login as well, which a busy machine makes long.
    connectTimeout: milliseconds,
    requestTimeout: milliseconds,
    retries: 2,
    retryDelay: 300,
    ...(sasl && { sasl }),
    ...(tls && { tls, tlsServerName: named }),
  };
}

function hostAndPort(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}

async function closed(admin: Admin): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, closeMilliseconds);
  admin.close().then(resolve, () => resolve());
  await promise;
  clearTimeout(timer);
}
