import { readFileSync, writeFileSync } from "node:fs";
import { connect as connectPlain, isIP } from "node:net";
import { connect as connectTls } from "node:tls";
import { hostname } from "node:os";
import { Kafka, logLevel, type ConsumerConfig, type ISocketFactory, type SASLOptions } from "../kafkajs.ts";
import type { RegistryAccess } from "./avro.ts";

type Mechanism = "plain" | "scram-sha-256";

/** What a traffic process is told by its environment. */
export interface Settings {
  /** `host:port` list. */
  readonly bootstrap: readonly string[];
  readonly username: string;
  readonly password: string;
  /** The authority of the brokers' certificates, PEM. */
  readonly ca: string;
  /** How it logs in. */
  readonly mechanism: Mechanism;
  readonly topics: readonly string[];
  readonly workload: string;
  readonly pod: string;
  /** Directory of this workload's logs. */
  readonly logDir: string;
}

/** The value of a required environment variable; throws a sentence that names it when it is missing. */
export function required(name: string, env: NodeJS.ProcessEnv = process.env): string {
  const value = env[name];
  if (value === undefined || value === "")
    throw new Error(`the environment variable ${name} is not set; the traffic needs it`);
  return value;
}

/** Comma-separated values of an environment variable. */
export function list(name: string): string[] {
  return required(name)
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** Reads what producers and consumers have in common. */
export function readSettings(): Settings {
  return {
    bootstrap: list("BOOTSTRAP"),
    username: required("USERNAME"),
    password: required("PASSWORD"),
    ca: required("CA"),
    mechanism: process.env["MECHANISM"] === "scram-sha-256" ? "scram-sha-256" : "plain",
    topics: list("TOPICS"),
    workload: required("WORKLOAD"),
    pod: process.env["POD_NAME"] ?? `${hostname()}-${process.pid}`,
    logDir: required("LOG_DIR"),
  };
}

/** The schema registry that the process uses; undefined where it uses none. */
export function readRegistry(): RegistryAccess | undefined {
  const url = process.env["REGISTRY"];
  if (url === undefined || url === "") return undefined;
  return { url, username: required("REGISTRY_USERNAME"), password: required("REGISTRY_PASSWORD") };
}

/** Tells the lab operator that this pod is ready. */
export function reportReady(): void {
  const file = process.env["READY_FILE"];
  if (file !== undefined && file !== "") writeFileSync(file, "");
}

/** Looks in-cluster names up in the lab's hosts file, read again for each connection because clusters come and go. */
function lookUp(host: string): string {
  const file = process.env["LAB_HOSTS"];
  if (file === undefined || file === "") return host;
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const [address, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (address && names.includes(host)) return address;
  }
  return host;
}

/** Sockets to brokers of the lab by their in-cluster names. */
export const labSockets: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const address = lookUp(host);
  const socket = ssl
    ? connectTls({ host: address, port, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
    : connectPlain({ host: address, port }, onConnect);
  socket.setKeepAlive(true, 60_000);
  return socket;
};

/** How every consumer of the lab reads, whatever its group. */
export const consumerSettings = {
  allowAutoTopicCreation: false,
  // A killed pod's partitions move on after this time.
  sessionTimeout: 10_000,
  rebalanceTimeout: 30_000,
  heartbeatInterval: 1_000,
  // Few large fetches keep the process cheap: two a second and broker while nothing is behind, and kafkajs commits
  // after each partition's share of them.
  minBytes: 65_536,
  maxWaitTimeInMs: 500,
  metadataMaxAge: 30_000,
  // kafkajs gives a consumer 5 attempts where the client has 15: two seconds without a broker, and it begins again at
  // its last commit, having read what follows already. A service waits for its broker to come back.
  retry: { retries: 60 },
} as const satisfies Omit<ConsumerConfig, "groupId">;

/** The same for a process that joins many groups, which read little. */
export const quietConsumerSettings = {
  ...consumerSettings,
  sessionTimeout: 30_000,
  rebalanceTimeout: 60_000,
  heartbeatInterval: 5_000,
  maxWaitTimeInMs: 3_000,
  metadataMaxAge: 300_000,
} as const satisfies Omit<ConsumerConfig, "groupId">;

/** A kafkajs client for the brokers of the settings. */
export function kafkaClient(
  settings: Pick<Settings, "bootstrap" | "username" | "password" | "ca" | "workload"> &
    Partial<Pick<Settings, "mechanism">>,
): Kafka {
  const { mechanism = "plain", username, password } = settings;
  process.env["KAFKAJS_NO_PARTITIONER_WARNING"] = "1";
  return new Kafka({
    clientId: settings.workload,
    brokers: [...settings.bootstrap],
    sasl: { mechanism, username, password } as SASLOptions,
    ssl: { ca: [settings.ca] },
    connectionTimeout: 5_000,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 15 },
    logLevel: logLevel.WARN,
    socketFactory: labSockets,
  });
}
