/**
 * How fast the mirror copies, exactly-once, beside the settings of the published guide and beside a plain producer that
 * writes the same records to the same cluster: all in one lab, in turns.
 */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { assessStack } from "../demo/assess.ts";
import { configForLab, Stack } from "../demo/stack.ts";
import { javaCommand, javaEnvironment, type JavaTools } from "../lab/jvm.ts";
import { lab, labDown, labEnv, labUp } from "../lab/lab.ts";
import { accessTo, asAdmin, clientOf, existingTarget, type Access } from "./lab.ts";

/** Records of each load, their bytes, and how many partitions they are spread over. */
const [records, recordBytes, partitions] = [1_000_000, 500, 6];
const turns = 2;
/** Two tasks, and otherwise what MirrorMaker 2 does by default, as KubeDB's guide has it. */
const guideTasks = "2";
/** Keys with which the program's connector is set for throughput. */
const tuned = /^(source\.consumer\.(fetch|max)\.|producer\.override\.)/;
/** Both rates are those between a tenth and nine tenths of the records: without what a start takes. */
const [fromShare, toShare] = [0.1, 0.9];
const longestSeconds = 600;
const version = "4.2.0";
const rest = `http://127.${lab.block}.2.10:8083`;

const interrupted = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => interrupted.abort(new Error(`interrupted by ${name}`)));
}
const { signal } = interrupted;

/** What is measured in each turn, and the topic that it fills. */
const kinds = ["mirror", "guide", "producer"] as const;
type Kind = (typeof kinds)[number];
const topicOf = (kind: Kind, turn: number): string => `load-${kind}-${turn}`;

export async function measureThroughput(): Promise<void> {
  try {
    await measureAll();
  } finally {
    await labDown();
  }
}

async function measureAll(): Promise<void> {
  await labDown().catch(() => undefined);
  await labUp({ onProgress: (line) => console.log(`  ${line}`), signal });
  const env = { ...process.env, ...labEnv() };
  const source = await accessTo("source");
  const loads = Array.from({ length: turns }, (_, turn) => [topicOf("mirror", turn), topicOf("guide", turn)]).flat();
  await createTopics(source, loads, 2);
  await existingTarget();
  const target = await accessTo("target");
  const stack = await Stack.create({
    project: lab.root,
    name: "dev",
    directory: path.join(lab.dir, "stack"),
    env,
    adapt: (text) => stackFor(loads, text),
    signal,
  });
  await assessStack({ project: lab.root, stack: "dev", configFile: stack.configFile, seconds: 1, env, signal });
  for (const row of ["prepare", "mirror"]) {
    await stack.set("kafka-migration:phase", row);
    await stack.up(() => undefined);
  }
  const own = (await asked("GET", "/connectors")) as string[];
  const [name] = own.filter((each) => each.includes("source"));
  const config = (await asked("GET", `/connectors/${name}/config`)) as Record<string, string>;
  for (const each of own) await asked("PUT", `/connectors/${each}/stop`);
  await createTopics(
    target,
    Array.from({ length: turns }, (_, turn) => topicOf("producer", turn)),
    3,
  );
  console.log(`writing ${loads.length} loads of ${records.toLocaleString("en")} records of ${recordBytes} bytes`);
  for (const topic of loads) await produce(source, topic);

  const rates: Record<Kind, number[]> = { mirror: [], guide: [], producer: [] };
  for (let turn = 0; turn < turns; turn++)
    for (const kind of kinds) {
      const topic = topicOf(kind, turn);
      const rate = await whileCopied(target, topic, async () => {
        if (kind === "producer") return produce(target, topic);
        await asked("PUT", `/connectors/${name}-${topic}/config`, connectorFor(kind, config, topic));
        return undefined;
      });
      if (kind !== "producer") await asked("DELETE", `/connectors/${name}-${topic}`);
      rates[kind].push(rate);
      console.log(`${kind}, turn ${turn + 1}: ${rate.toFixed(1)} MB/s`);
    }
  const best = (kind: Kind): number => Math.max(...rates[kind]);
  const title = { mirror: "the mirror, exactly-once", guide: "the guide's settings", producer: "a plain producer" };
  console.log("");
  for (const kind of kinds) console.log(`${title[kind]}: ${best(kind).toFixed(1)} MB/s (best of ${turns})`);
  console.log(
    `the mirror is ${(best("mirror") / best("guide")).toFixed(2)} times the guide's settings and ` +
      `${(best("mirror") / best("producer")).toFixed(2)} of the producer`,
  );
}

/** The program's connector for one topic; as the guide sets it, without what the program sets for throughput. */
function connectorFor(kind: Kind, config: Readonly<Record<string, string>>, topic: string): Record<string, string> {
  const { name: _, ...all } = config;
  const kept = Object.entries(all).filter(([key]) => kind === "mirror" || !tuned.test(key));
  const tasks = kind === "mirror" ? config["tasks.max"]! : guideTasks;
  return { ...Object.fromEntries(kept), topics: topic, "tasks.max": tasks };
}

function stackFor(topics: readonly string[], text: string): string {
  const document = parse(configForLab(text, lab)) as { config: Record<string, Record<string, unknown>> };
  const config: Record<string, unknown> = document.config;
  const target = document.config["kafka-migration:target"]!;
  target["cluster"] = { kind: "kubedb-existing", name: "target-kafka" };
  (target["security"] as Record<string, string>)["caSecret"] = "target-kafka-client-cert";
  config["kafka-migration:topics"] = { migrate: topics };
  config["kafka-migration:groups"] = { migrate: [] };
  config["kafka-migration:workloads"] = [{ role: "producer", kind: "external", name: "writers", topics }];
  return stringify(document);
}

async function createTopics(access: Access, topics: readonly string[], replicationFactor: number): Promise<void> {
  const wanted = topics.map((topic) => ({ topic, numPartitions: partitions, replicationFactor }));
  await asAdmin(clientOf(access), (admin) => admin.createTopics({ topics: wanted, timeout: 60_000 }));
}

/** Fills a topic with Kafka's own tool for that, as fast as it can. */
async function produce(access: Access, topic: string): Promise<void> {
  const tools = JSON.parse(readFileSync(path.join(lab.dir, "tools.json"), "utf8")) as JavaTools;
  const properties = path.join(lab.dir, "bench-producer.properties");
  const ca = path.join(lab.dir, "bench-ca.pem");
  writeFileSync(ca, access.ca);
  const login = `username="${access.username}" password="${access.password}";`;
  const lines = {
    "bootstrap.servers": access.brokers.join(","),
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "PLAIN",
    "sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required ${login}`,
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": ca,
    ...{ acks: "all", "batch.size": "524288", "linger.ms": "20", "buffer.memory": "67108864" },
  };
  writeFileSync(
    properties,
    Object.entries(lines)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(""),
    { mode: 0o600 },
  );
  const amount = ["--num-records", String(records), "--record-size", String(recordBytes), "--throughput", "-1"];
  const [program = "", ...args] = javaCommand(lab, tools, {
    version,
    mainClass: "org.apache.kafka.tools.ProducerPerformance",
    args: ["--topic", topic, ...amount, "--producer.config", properties],
  });
  await new Promise<void>((resolve, reject) => {
    const child = spawn(program, args, { env: javaEnvironment(lab), stdio: ["ignore", "pipe", "pipe"], signal });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += String(chunk)));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`the producer ended with ${code}:\n${output}`)),
    );
  });
}

/** MB of records per second that a topic got, once somebody began to fill it. */
async function whileCopied(access: Access, topic: string, begin: () => Promise<void>): Promise<number> {
  return asAdmin(clientOf(access), async (admin) => {
    const seen: { readonly at: number; readonly end: number }[] = [];
    const began = begin();
    began.catch(() => undefined);
    const until = performance.now() + longestSeconds * 1000;
    for (;;) {
      const ends = await admin.fetchTopicOffsets(topic);
      const end = ends.reduce((sum, { high }) => sum + Number(high), 0);
      seen.push({ at: performance.now(), end });
      if (end >= records) break;
      if (performance.now() > until)
        throw new Error(`${topic} has ${end} of ${records} records after ${longestSeconds} s`);
      await sleep(200, undefined, { signal });
    }
    await began;
    // Where the line between two looks passes a share.
    const timeOf = (share: number): number => {
      const wanted = share * records;
      const next = seen.findIndex(({ end }) => end >= wanted);
      const [after, before] = [seen[next]!, seen[Math.max(0, next - 1)]!];
      const part = after.end === before.end ? 1 : (wanted - before.end) / (after.end - before.end);
      return before.at + (after.at - before.at) * part;
    };
    const seconds = (timeOf(toShare) - timeOf(fromShare)) / 1000;
    return ((toShare - fromShare) * records * recordBytes) / 1_000_000 / seconds;
  });
}

/** A request to Connect's REST API; one that finds the workers busy with each other is made again. */
async function asked(method: string, at: string, body?: object): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(`${rest}${at}`, {
      method,
      signal,
      ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await answer.text();
    if (answer.ok) return text === "" ? null : JSON.parse(text);
    if (answer.status !== 409 || attempt === 20) throw new Error(`${method} ${at}: HTTP ${answer.status}: ${text}`);
    await sleep(1_000, undefined, { signal });
  }
}
