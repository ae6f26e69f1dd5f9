/** Parts of the lab as a test sees them with other eyes than the product's: Connect's REST API, Kafka's own tools. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { stringify } from "dot-properties";
import { lab } from "../../../lab/lab.ts";
import { javaClient, javaClientFile, labAdmin, labSecret } from "./lab-access.ts";

const run = promisify(execFile);

interface ConnectorStatus {
  readonly connector: { readonly state: string };
  readonly tasks: readonly { readonly state: string }[];
}

/** Connect's REST API through whichever worker answers. */
export function connectRest() {
  async function call(method: string, route: string, body?: unknown): Promise<unknown> {
    const { username, password } = await labSecret("migration-connect-auth");
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    let failure: unknown;
    for (let attempt = 0; attempt < 20; attempt++) {
      for (const worker of [10, 11]) {
        try {
          const answer = await fetch(`http://127.${lab.block}.2.${worker}:8083${route}`, {
            method,
            headers: { authorization, "content-type": "application/json" },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
            signal: AbortSignal.timeout(10_000),
          });
          const text = await answer.text();
          if (answer.ok) return text === "" ? undefined : (JSON.parse(text) as unknown);
          failure = new Error(`${method} ${route}: ${answer.status} ${text}`);
        } catch (error) {
          failure = error;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    throw failure;
  }
  const status = async (name: string) => (await call("GET", `/connectors/${name}/status`)) as ConnectorStatus;
  return {
    names: async () => (await call("GET", "/connectors")) as string[],
    put: (route: string, body?: unknown) => call("PUT", route, body),
    post: (route: string, body?: unknown) => call("POST", route, body),
    delete: (route: string) => call("DELETE", route),
    state: async (name: string) => (await status(name)).connector.state,
    allRunning: async (name: string) => {
      const { connector, tasks } = await status(name);
      return connector.state === "RUNNING" && tasks.length > 0 && tasks.every(({ state }) => state === "RUNNING");
    },
  };
}

/** MirrorSourceConnector settings as the KubeDB guide publishes them, for one topic of the lab. */
export async function guideConnector(topic: string): Promise<Record<string, string>> {
  const admin = await labAdmin();
  const side = (name: string): Record<string, string> => ({
    [`${name}.cluster.alias`]: name,
    [`${name}.cluster.bootstrap.servers`]: `${name}-kafka-pods.demo.svc:9092`,
    ...javaClient(admin, `${name}.cluster.`),
  });
  const converter = "org.apache.kafka.connect.converters.ByteArrayConverter";
  return {
    "connector.class": "org.apache.kafka.connect.mirror.MirrorSourceConnector",
    "tasks.max": "1",
    topics: topic,
    ...side("source"),
    ...side("target"),
    "replication.factor": "-1",
    "sync.topic.acls.enabled": "false",
    "offset-syncs.topic.replication.factor": "-1",
    "key.converter": converter,
    "value.converter": converter,
    "replication.policy.class": "org.apache.kafka.connect.mirror.IdentityReplicationPolicy",
  };
}

/** What one of Kafka's own tools prints; it is logged in by a file, and `files` are written beside that, by name. */
async function kafkaTool(
  mainClass: string,
  brokers: readonly string[],
  args: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const directory = mkdtempSync(path.join(tmpdir(), "kafka-tool-"));
  try {
    for (const [name, text] of Object.entries({ ...files, client: javaClientFile(await labAdmin()) })) {
      writeFileSync(path.join(directory, name), text, { mode: 0o600 });
    }
    const { java, kafka } = JSON.parse(readFileSync(path.join(lab.dir, "tools.json"), "utf8")) as {
      java: string;
      kafka: Record<string, { libs: string }>;
    };
    const common = ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", `${kafka["3.9.0"]!.libs}/*`, mainClass];
    const connection = ["--bootstrap-server", brokers.join(","), "--command-config", "client"];
    return (await run(java, [...common, ...connection, ...args], { cwd: directory })).stdout;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Lag per partition on the source as `kafka-consumer-groups` prints it. */
export async function consumerLag(group: string, topic: string): Promise<Map<number, bigint>> {
  const stdout = await kafkaTool(
    "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    [`127.${lab.block}.1.1:9094`],
    ["--describe", "--group", group],
  );
  // GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG …
  const rows = stdout.split("\n").map((line) => line.trim().split(/\s+/));
  return new Map(
    rows.filter((row) => row[0] === group && row[1] === topic).map((row) => [Number(row[2]), BigInt(row[5]!)]),
  );
}

/** Gives a user a password under SCRAM-SHA-256, by `kafka-configs`. */
export async function addScramUser(brokers: readonly string[], username: string, password: string): Promise<void> {
  const wanted = stringify({ "SCRAM-SHA-256": `password=${password}` }, { lineWidth: null });
  await kafkaTool(
    "kafka.admin.ConfigCommand",
    brokers,
    ["--alter", "--add-config-file", "user", "--entity-type", "users", "--entity-name", username],
    { user: `${wanted}\n` },
  );
}

/** Kills the hosts of Pulumi's dynamic providers that work for this lab. */
export function killHosts(): void {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      if (!command.includes("dynamic-provider")) continue;
      if (readFileSync(`/proc/${pid}/environ`, "utf8").includes(`LAB_DIR=${lab.dir}\0`))
        process.kill(Number(pid), "SIGKILL");
    } catch {
      // The process ended between the two looks.
    }
  }
}
