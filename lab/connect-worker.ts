import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "dot-properties";
import { replaceFile } from "./addresses.ts";
import type { Certificate } from "./authority.ts";
import type { Credentials } from "./broker.ts";
import { javaCommand, javaEnvironment, type JavaTools } from "./jvm.ts";
import { ports, type Lab } from "./layout.ts";
import type { ProcessSpec } from "./processes.ts";

/** One worker of a Connect cluster. */
export interface Worker {
  readonly pod: string;
  readonly address: string;
  /** In-cluster name of the pod. */
  readonly host: string;
}

/** A Connect cluster as the lab runs it. */
export interface ConnectCluster {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly mode: "distributed" | "standalone";
  readonly bootstrap: string;
  /** User at the brokers, or null where they ask for none. */
  readonly kafkaUser: Credentials | null;
  /** What the brokers' clients trust and show, or null where the brokers speak plaintext. */
  readonly kafkaTls: Certificate | null;
  /** User of the REST API, or null where it is open. */
  readonly restUser: Credentials | null;
  /** Text of Java properties that the ConnectCluster object brings. */
  readonly configuration: string;
}

/** Names that a Connect cluster uses in Kafka. */
export const storageNames = (name: string) => ({
  group: `connect-cluster-${name}`,
  configs: `connect-configs-${name}`,
  offsets: `connect-offsets-${name}`,
  status: `connect-status-${name}`,
});

/** Name of a worker's process among the parts of the lab. */
export const workerPart = (cluster: { namespace: string; name: string }, pod: string) =>
  `connect/${cluster.namespace}/${cluster.name}/${pod}`;

/** The worker's process. */
export function workerSpec(lab: Lab, tools: JavaTools, cluster: ConnectCluster, worker: Worker): ProcessSpec {
  const data = join(lab.data, "connect", cluster.namespace, worker.pod);
  mkdirSync(data, { recursive: true });
  const secretFile = (suffix: string) => join(lab.secrets, "connect", `${cluster.namespace}.${worker.pod}.${suffix}`);
  const text = `${ascii(stringify(properties(cluster, worker, data), { lineWidth: null }))}\n`;
  replaceFile(secretFile("properties"), text, 0o600);

  const security: string[] = [];
  if (cluster.restUser) {
    const { username, password } = cluster.restUser;
    replaceFile(secretFile("users"), `${stringify({ [username]: password })}\n`, 0o600);
    const login = "org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule";
    replaceFile(secretFile("jaas"), `KafkaConnect {\n  ${login} required file="${secretFile("users")}";\n};\n`, 0o600);
    security.push(`-Djava.security.auth.login.config=${secretFile("jaas")}`);
  }
  const command = javaCommand(lab, tools, {
    version: cluster.version,
    mainClass: `org.apache.kafka.connect.cli.Connect${cluster.mode === "standalone" ? "Standalone" : "Distributed"}`,
    args: [secretFile("properties")],
    properties: security,
  });
  const restUser = cluster.restUser ? JSON.stringify(cluster.restUser) : "";
  const fingerprint = createHash("sha256").update(command.join("\n")).update(text).update(restUser).digest("hex");
  return {
    part: workerPart(cluster, worker.pod),
    command,
    environment: javaEnvironment(lab),
    workingDirectory: data,
    fingerprint,
  };
}

/** Java reads a file of properties as Latin-1. */
const ascii = (text: string): string =>
  text.replace(/[^\0-\x7f]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);

function properties(cluster: ConnectCluster, worker: Worker, data: string): Record<string, string> {
  const clients = kafkaClient(cluster.kafkaUser, cluster.kafkaTls);
  const prefixed = ["producer.", "consumer.", "admin."].flatMap((prefix) =>
    Object.entries(clients).map(([key, value]) => [`${prefix}${key}`, value]),
  );
  return {
    ...(cluster.mode === "distributed"
      ? storage(cluster.name)
      : { "offset.storage.file.filename": join(data, "connect.offsets") }),
    "key.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "plugin.discovery": "service_load",
    ...clients,
    ...(Object.fromEntries(prefixed) as Record<string, string>),
    ...(parse(cluster.configuration) as Record<string, string>),
    // What follows places the worker on this machine; a configuration cannot move it.
    "bootstrap.servers": cluster.bootstrap,
    listeners: `http://${worker.address}:${ports.connect}`,
    "rest.advertised.host.name": worker.host,
    "rest.advertised.port": String(ports.connect),
    ...(cluster.restUser
      ? {
          "rest.extension.classes": "org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension",
        }
      : {}),
  };
}

function storage(name: string): Record<string, string> {
  const { group, configs, offsets, status } = storageNames(name);
  return {
    "group.id": group,
    "config.storage.topic": configs,
    "offset.storage.topic": offsets,
    "status.storage.topic": status,
    // -1 is the brokers' default.
    "config.storage.replication.factor": "-1",
    "offset.storage.replication.factor": "-1",
    "status.storage.replication.factor": "-1",
    "offset.storage.partitions": "5",
    "status.storage.partitions": "2",
  };
}

function kafkaClient(user: Credentials | null, tls: Certificate | null): Record<string, string> {
  const encryption = tls && {
    "ssl.truststore.type": "PEM",
    "ssl.truststore.certificates": tls.ca,
    ...(tls.key && {
      "ssl.keystore.type": "PEM",
      "ssl.keystore.certificate.chain": tls.certificate,
      "ssl.keystore.key": tls.key,
    }),
  };
  if (!user) return encryption ? { "security.protocol": "SSL", ...encryption } : {};
  const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  return {
    ...encryption,
    "security.protocol": encryption ? "SASL_SSL" : "SASL_PLAINTEXT",
    "sasl.mechanism": "PLAIN",
    "sasl.jaas.config":
      `org.apache.kafka.common.security.plain.PlainLoginModule required username=${quoted(user.username)} ` +
      `password=${quoted(user.password)};`,
  };
}
