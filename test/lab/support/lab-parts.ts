/** Parts of the lab as a test sees them with other eyes than the product's: Connect's REST API, processes. */
import { readFileSync, readdirSync } from "node:fs";
import { lab } from "../../../lab/lab.ts";
import { javaClient, labAdmin, labSecret } from "./lab-access.ts";

interface ConnectorOffsets {
  readonly offsets: readonly {
    readonly partition: { readonly topic: string; readonly partition: number };
    readonly offset: { readonly offset: number };
  }[];
}

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
    /** The next offset that a MirrorSourceConnector will copy, by `topic[partition]`. */
    next: async (name: string) => {
      const { offsets } = (await call("GET", `/connectors/${name}/offsets`)) as ConnectorOffsets;
      return new Map(
        offsets.map(({ partition: { topic, partition }, offset }) => [`${topic}[${partition}]`, offset.offset + 1]),
      );
    },
    state: async (name: string) => (await status(name)).connector.state,
    failed: async (name: string) => {
      const { connector, tasks } = await status(name);
      return connector.state === "FAILED" || tasks.some(({ state }) => state === "FAILED");
    },
    stopped: async (name: string) => {
      const { connector, tasks } = await status(name);
      return connector.state === "STOPPED" && tasks.length === 0;
    },
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
  // The workers log in as MM2's own user, who has no rights for a connector of another name.
  const asAdmin = ["producer", "consumer", "admin"].map((client) => javaClient(admin, `${client}.override.`));
  return {
    "connector.class": "org.apache.kafka.connect.mirror.MirrorSourceConnector",
    "tasks.max": "1",
    topics: topic,
    ...Object.assign({}, ...asAdmin),
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

/** Kills the hosts of Pulumi's dynamic providers that work for this lab. */
export function killHosts(program = "dynamic-provider"): void {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      if (!command.includes(program)) continue;
      if (readFileSync(`/proc/${pid}/environ`, "utf8").includes(`LAB_DIR=${lab.dir}\0`))
        process.kill(Number(pid), "SIGKILL");
    } catch {
      // The process ended between the two looks.
    }
  }
}
