import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "dot-properties";
import { replaceFile } from "./addresses.ts";
import type { Certificate } from "./authority.ts";
import { javaCommand, javaEnvironment, programs, type JavaTools } from "./jvm.ts";
import { ports, type Lab } from "./layout.ts";
import type { ProcessSpec } from "./processes.ts";

/** One node of a KRaft cluster. */
export interface KafkaNode {
  readonly pod: string;
  readonly id: number;
  readonly roles: readonly ("broker" | "controller")[];
  readonly address: string;
  /** In-cluster name of the pod. */
  readonly host: string;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A Kafka cluster as the lab runs it. */
export interface KafkaCluster {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly clusterId: string;
  readonly nodes: readonly KafkaNode[];
  /** Address of its ZooKeeper, which has no data of its own to keep; null for a cluster that agrees by KRaft. */
  readonly zookeeper: string | null;
  /** The superuser, or null without security. */
  readonly admin: Credentials | null;
  /** The brokers' certificate, or null where the client listeners speak plaintext. */
  readonly tls: Certificate | null;
  /** Texts of Java properties by file name: `server.properties`, `broker.properties`, `controller.properties`. */
  readonly configuration: Readonly<Record<string, string>>;
}

/** Directory of everything a cluster keeps. */
export const clusterDirectory = (lab: Lab, namespace: string, name: string) => join(lab.data, "kafka", namespace, name);

const dataDirectory = (lab: Lab, cluster: KafkaCluster, node: KafkaNode) =>
  join(clusterDirectory(lab, cluster.namespace, cluster.name), node.pod);

/** The id the cluster was first given; made up where there is none yet. */
export function clusterIdOf(lab: Lab, namespace: string, name: string, wanted: string | undefined): string {
  const file = join(clusterDirectory(lab, namespace, name), "cluster-id");
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  let id = wanted ?? randomBytes(16).toString("base64url");
  while (id.startsWith("-")) id = randomBytes(16).toString("base64url"); // would read as an option
  replaceFile(file, `${id}\n`);
  return id;
}

/** A process that runs one node of a cluster, or all of them; or, with none, its ZooKeeper. */
export interface NodeProcess {
  /** Name among the parts of the lab. */
  readonly part: string;
  readonly nodes: readonly KafkaNode[];
}

/**
 * How a cluster is spread over processes: all nodes in one JVM, which takes a third of the memory and of the start; or
 * one each where they are killed singly (`apart`).
 */
export function nodeProcesses(tools: JavaTools, cluster: KafkaCluster, apart: boolean): NodeProcess[] {
  const { namespace, name, nodes } = cluster;
  const part = (last: string) => `kafka/${namespace}/${name}/${last}`;
  if (cluster.zookeeper !== null) {
    return [{ part: part("zookeeper"), nodes: [] }, ...nodes.map((node) => ({ part: part(node.pod), nodes: [node] }))];
  }
  if (apart || !programs(tools, cluster.version).severalNodes)
    return nodes.map((node) => ({ part: part(node.pod), nodes: [node] }));
  return [{ part: part(name), nodes }];
}

/** The process that formats a node's data directory and ends, or null where the broker's own does that or it is done. */
export function formatSpec(lab: Lab, tools: JavaTools, cluster: KafkaCluster, node: KafkaNode): ProcessSpec | null {
  if (cluster.zookeeper !== null || programs(tools, cluster.version).severalNodes) return null;
  if (existsSync(join(dataDirectory(lab, cluster, node), "meta.properties"))) return null;
  return {
    part: `format/${cluster.namespace}/${cluster.name}/${node.pod}`,
    command: javaCommand(lab, tools, {
      version: cluster.version,
      mainClass: "kafka.tools.StorageTool",
      args: [`@${writeFormatArguments(lab, cluster, node)}`],
    }),
    environment: javaEnvironment(lab),
    workingDirectory: lab.dir,
  };
}

/** The process of these nodes of a cluster. */
export function brokerSpec(
  lab: Lab,
  tools: JavaTools,
  cluster: KafkaCluster,
  { part, nodes }: NodeProcess,
): ProcessSpec {
  const { version, zookeeper } = cluster;
  if (zookeeper !== null && nodes.length === 0) return zookeeperSpec(lab, tools, cluster, part, zookeeper);
  const several = zookeeper === null && programs(tools, version).severalNodes;
  const command = javaCommand(lab, tools, {
    version,
    heapMegabytes: 384 + 128 * nodes.length,
    mainClass: several ? "KafkaNodes" : "kafka.Kafka",
    args: nodes.flatMap((node) => [
      writeProperties(lab, cluster, node),
      ...(several ? [writeFormatArguments(lab, cluster, node)] : []),
    ]),
  });
  const fingerprint = createHash("sha256").update(command.join("\n"));
  for (const node of nodes) {
    fingerprint.update(stringify(properties(lab, cluster, node), { lineWidth: null }));
    mkdirSync(dataDirectory(lab, cluster, node), { recursive: true });
  }
  return {
    part,
    command,
    environment: javaEnvironment(lab),
    workingDirectory: clusterDirectory(lab, cluster.namespace, cluster.name),
    fingerprint: fingerprint.digest("hex"),
  };
}

function zookeeperSpec(lab: Lab, tools: JavaTools, cluster: KafkaCluster, part: string, address: string): ProcessSpec {
  const directory = join(clusterDirectory(lab, cluster.namespace, cluster.name), "zookeeper");
  mkdirSync(directory, { recursive: true });
  const file = join(directory, "zookeeper.properties");
  const settings = {
    dataDir: join(directory, "data"),
    clientPortAddress: address,
    clientPort: String(ports.zookeeper),
    "admin.enableServer": "false",
    maxClientCnxns: "0",
  };
  replaceFile(file, `${stringify(settings, { lineWidth: null })}\n`);
  const command = javaCommand(lab, tools, {
    version: cluster.version,
    heapMegabytes: 256,
    mainClass: "org.apache.zookeeper.server.quorum.QuorumPeerMain",
    args: [file],
  });
  const fingerprint = createHash("sha256").update(command.join("\n")).update(stringify(settings)).digest("hex");
  return { part, command, environment: javaEnvironment(lab), workingDirectory: directory, fingerprint };
}

/** Arguments of `kafka-storage.sh`, one a line. A file, since anybody may read a process's arguments. */
function writeFormatArguments(lab: Lab, cluster: KafkaCluster, node: KafkaNode): string {
  const config = writeProperties(lab, cluster, node);
  const args = ["format", "--ignore-formatted", "--cluster-id", cluster.clusterId, "--config", config];
  if (cluster.admin) {
    const { username, password } = cluster.admin;
    args.push("--add-scram", `SCRAM-SHA-256=[name=${username},password=${password}]`);
  }
  const file = join(lab.secrets, "kafka", `${cluster.namespace}.${node.pod}.format`);
  replaceFile(file, `${args.join("\n")}\n`, 0o600);
  return file;
}

function writeProperties(lab: Lab, cluster: KafkaCluster, node: KafkaNode): string {
  const file = join(lab.secrets, "kafka", `${cluster.namespace}.${node.pod}.properties`);
  replaceFile(file, `${stringify(properties(lab, cluster, node), { lineWidth: null })}\n`, 0o600);
  return file;
}

function properties(lab: Lab, cluster: KafkaCluster, node: KafkaNode): Record<string, string> {
  return {
    ...defaults(cluster),
    ...configured(cluster, node),
    ...(cluster.admin ? security(cluster.admin) : {}),
    // What follows places the node on this machine; a configuration cannot move it.
    ...identity(lab, cluster, node),
    ...(cluster.tls ? encryption(cluster.tls) : {}),
  };
}

function defaults(cluster: KafkaCluster): Record<string, string> {
  const brokers = cluster.nodes.filter(({ roles }) => roles.includes("broker")).length;
  const replicationFactor = String(Math.min(3, brokers));
  const minimumInSync = String(Math.max(1, Math.min(3, brokers) - 1));
  return {
    "default.replication.factor": replicationFactor,
    "offsets.topic.replication.factor": replicationFactor,
    "transaction.state.log.replication.factor": replicationFactor,
    "transaction.state.log.min.isr": minimumInSync,
    ...(cluster.version.startsWith("4.")
      ? {
          "share.coordinator.state.topic.replication.factor": replicationFactor,
          "share.coordinator.state.topic.min.isr": minimumInSync,
        }
      : {}),
    "offsets.topic.num.partitions": "10",
    "transaction.state.log.num.partitions": "10",
    // A group's members start together here; Kafka waits three seconds for those that do not.
    "group.initial.rebalance.delay.ms": "500",
    "log.cleaner.dedupe.buffer.size": "16777216",
    // Kafka takes it for SASL_SSL only if it is said of the listener.
    ...(cluster.tls
      ? { "listener.name.broker.ssl.client.auth": "requested", "listener.name.runner.ssl.client.auth": "requested" }
      : {}),
    // Two busy cores are late with a heartbeat now and then; that is no reason for an election.
    "controller.quorum.fetch.timeout.ms": "5000",
    "controller.quorum.request.timeout.ms": "4000",
  };
}

function configured(cluster: KafkaCluster, node: KafkaNode): Record<string, string> {
  const files = ["server.properties", ...node.roles.map((role) => `${role}.properties`)];
  const texts = files.flatMap((file) => cluster.configuration[file] ?? []);
  return Object.assign({}, ...texts.map((text) => parse(text))) as Record<string, string>;
}

function identity(lab: Lab, cluster: KafkaCluster, node: KafkaNode): Record<string, string> {
  const controllers = cluster.nodes.filter(({ roles }) => roles.includes("controller"));
  const isBroker = node.roles.includes("broker");
  const controllerProtocol = cluster.admin ? "SASL_PLAINTEXT" : "PLAINTEXT";
  const protocol = cluster.tls ? controllerProtocol.replace("PLAINTEXT", "SSL") : controllerProtocol;
  if (cluster.zookeeper !== null) return zookeeperIdentity(lab, cluster, node, protocol);
  const listeners = [
    ...(isBroker ? [`BROKER://${node.address}:${ports.kafka}`, `RUNNER://${node.address}:${ports.runner}`] : []),
    ...(node.roles.includes("controller") ? [`CONTROLLER://${node.address}:${ports.controller}`] : []),
  ];
  return {
    "process.roles": node.roles.join(","),
    "node.id": String(node.id),
    "log.dirs": dataDirectory(lab, cluster, node),
    "controller.quorum.voters": controllers.map(({ id, host }) => `${id}@${host}:${ports.controller}`).join(","),
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": `BROKER:${protocol},RUNNER:${protocol},CONTROLLER:${controllerProtocol}`,
    listeners: listeners.join(","),
    ...(isBroker
      ? {
          "inter.broker.listener.name": "BROKER",
          "advertised.listeners": `BROKER://${node.host}:${ports.kafka},RUNNER://${node.address}:${ports.runner}`,
        }
      : {}),
  };
}

function zookeeperIdentity(lab: Lab, cluster: KafkaCluster, node: KafkaNode, protocol: string): Record<string, string> {
  return {
    "broker.id": String(node.id),
    "zookeeper.connect": `${cluster.zookeeper}:${ports.zookeeper}`,
    // Both start at the same time, on a machine that may be busy.
    "zookeeper.connection.timeout.ms": "120000",
    "zookeeper.session.timeout.ms": "30000",
    "log.dirs": dataDirectory(lab, cluster, node),
    "listener.security.protocol.map": `BROKER:${protocol},RUNNER:${protocol}`,
    listeners: `BROKER://${node.address}:${ports.kafka},RUNNER://${node.address}:${ports.runner}`,
    "inter.broker.listener.name": "BROKER",
    "advertised.listeners": `BROKER://${node.host}:${ports.kafka},RUNNER://${node.address}:${ports.runner}`,
    ...(cluster.admin ? { "authorizer.class.name": "kafka.security.authorizer.AclAuthorizer" } : {}),
  };
}

function security(admin: Credentials): Record<string, string> {
  const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  const plain =
    `org.apache.kafka.common.security.plain.PlainLoginModule required username=${quoted(admin.username)} ` +
    `password=${quoted(admin.password)} user_${admin.username}=${quoted(admin.password)};`;
  const scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
  const clientListeners = ["broker", "runner"].flatMap((listener) => [
    [`listener.name.${listener}.plain.sasl.jaas.config`, plain],
    [`listener.name.${listener}.scram-sha-256.sasl.jaas.config`, scram],
  ]);
  return {
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256",
    "sasl.mechanism.inter.broker.protocol": "PLAIN",
    "sasl.mechanism.controller.protocol": "PLAIN",
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": `User:${admin.username}`,
    "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
    "listener.name.controller.plain.sasl.jaas.config": plain,
    ...(Object.fromEntries(clientListeners) as Record<string, string>),
  };
}

function encryption({ ca, certificate, key }: Certificate): Record<string, string> {
  return {
    "ssl.keystore.type": "PEM",
    "ssl.keystore.certificate.chain": certificate,
    "ssl.keystore.key": key,
    "ssl.truststore.type": "PEM",
    "ssl.truststore.certificates": ca,
    // In this order: a Java without its second compiler needs five times as long for AES.
    "ssl.cipher.suites": [
      "TLS_CHACHA20_POLY1305_SHA256",
      "TLS_AES_256_GCM_SHA384",
      "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
      "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    ].join(),
  };
}
