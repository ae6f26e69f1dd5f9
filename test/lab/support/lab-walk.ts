/** A lab with traffic and a stack, for tests that walk a migration. */
import assert from "node:assert/strict";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppsV1Api, CoreV1Api, CustomObjectsApi } from "@kubernetes/client-node";
import { kubeConfig } from "../../../lab/kubernetes.ts";
import type kafkajs from "kafkajs";
import { parse, stringify } from "yaml";
import { assessStack } from "../../../demo/assess.ts";
import { isApplicationsDemo, stackOf } from "../../../demo/applications/options.ts";
import { configForLab, Stack } from "../../../demo/stack.ts";
import { applicationsUp } from "../../../lab/applications/up.ts";
import { hasTwins, tableOf, type TableChoice } from "../../../phases/strategies/index.ts";
import { DemoTraffic } from "../../../demo/traffic.ts";
import { lab, labEnv } from "../../../lab/lab.ts";
import type { Audit } from "../../../lab/traffic/audit.ts";
import { labAdmin, labKafka, labSecret } from "./lab-access.ts";
import { interrupted } from "./shared-lab.ts";
import { stackSteps, type StackSteps } from "./stack-steps.ts";

export interface LabWalk extends StackSteps {
  readonly stack: Stack;
  readonly traffic: DemoTraffic;
  /** Writes the inventory again, by default of the stack itself; returns what `npm run assess` printed. */
  assess(configFile?: string): Promise<string>;
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly custom: CustomObjectsApi;
  /** As the superuser, or as the user of another Secret, who speaks SCRAM. */
  kafka(side: "source" | "target", userSecret?: string): Promise<kafkajs.Kafka>;
}

export const namespace = "demo";

export interface WalkChoice extends TableChoice {
  /**
   * Whether MirrorMaker 2 gets users of its own on both sides, whose ACLs take most of the row prepare. Without, it logs
   * in as the superuser. Default: false.
   */
  readonly ownUsers?: boolean;
  /** Names of workloads that are Rollouts of Argo Rollouts. Default: none. */
  readonly rollouts?: readonly string[];
  /** Whether consumers leave out what they have processed of the same cluster already. Default: false. */
  readonly remembers?: boolean;
  /** What is done with the stack before there is traffic, in a lab without a source. Default: nothing. */
  readonly begin?: (begun: Pick<LabWalk, "stack" | "assess" | "core" | keyof StackSteps>) => Promise<void>;
}

/**
 * Starts traffic in the lab that is up; `settings` replace keys of Pulumi.dev.yaml, which is made to fit the table, or of
 * Pulumi.apps.yaml where applications move.
 */
export async function labWalk(
  messagesPerSecond: number,
  settings: Record<string, unknown>,
  { ownUsers = false, rollouts = [], remembers = false, begin, ...choice }: WalkChoice = {
    strategy: "producers-first",
  },
): Promise<LabWalk> {
  const env = { ...process.env, ...labEnv() };
  const { signal } = interrupted;
  const applications = isApplicationsDemo(choice);
  if (applications) await applicationsUp(lab, { onProgress: () => undefined, signal });
  const name = stackOf(choice);
  const stack = await Stack.create({
    project: lab.root,
    name,
    directory: path.join(lab.dir, "stack"),
    env,
    adapt: (text) => {
      const document = parse(configForLab(text, lab, choice)) as { config: Record<string, unknown> };
      if (!ownUsers) {
        for (const side of ["source", "target"]) {
          const { credentials } = document.config[`kafka-migration:${side}`] as { credentials?: { mirror?: unknown } };
          delete credentials?.mirror;
        }
      }
      for (const workload of document.config["kafka-migration:workloads"] as { name: string; kind?: string }[])
        if (rollouts.includes(workload.name)) workload.kind = "Rollout";
      for (const [key, value] of Object.entries(settings)) document.config[`kafka-migration:${key}`] = value;
      return stringify(document);
    },
    signal,
  });
  const traffic = new DemoTraffic(messagesPerSecond, signal, {
    twins: hasTwins(tableOf(choice)),
    applications,
    rollouts,
    remembers,
  });
  const assess = (configFile = stack.configFile) =>
    assessStack({ project: lab.root, stack: name, configFile, seconds: 3, env, signal });
  const config = kubeConfig(lab.kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  await begin?.({ stack, assess, core, ...stackSteps(stack) });
  await traffic.start();
  await assess();
  return {
    stack,
    traffic,
    assess,
    core,
    apps: config.makeApiClient(AppsV1Api),
    custom: config.makeApiClient(CustomObjectsApi),
    async kafka(side, userSecret) {
      const brokers = [`127.${lab.block}.${side === "source" ? 1 : 2}.1:9094`];
      const admin = await labAdmin();
      if (userSecret === undefined) return labKafka(brokers, admin);
      const { username = "", password = "" } = await labSecret(userSecret);
      return labKafka(brokers, { ...admin, username, password }, "scram-sha-256");
    },
    ...stackSteps(stack),
  };
}

/** Times that keep a walk short. */
export const shortTimes = {
  gates: { maxLag: 2000, holdSeconds: 1, timeoutSeconds: 60, sweepSeconds: 20 },
  switch: { drainSeconds: 60, fenceSeconds: 30 },
};

/** Ends the traffic; nothing may be lost or read twice. */
export async function auditOf({ traffic }: LabWalk): Promise<Audit> {
  const audit = await traffic.finish(60);
  const { lost, redelivered, outOfOrderWithinSide, corrupt, unexpected, offences } = audit;
  const found = { lost, redelivered, outOfOrderWithinSide, corrupt, unexpected };
  const none = { lost: 0, redelivered: 0, outOfOrderWithinSide: 0, corrupt: 0, unexpected: 0 };
  assert.deepEqual(found, none, JSON.stringify(offences));
  return audit;
}

/** Waits until `look` gives something else than undefined or false. */
export async function eventually<T>(
  what: string,
  seconds: number,
  look: () => Promise<T | undefined | false>,
): Promise<T> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > until) throw new Error(`${what}: not within ${seconds} s`);
    await sleep(500);
  }
}

/** A record as both sides must have it; offsets differ. */
export interface ReadRecord {
  readonly partition: number;
  readonly timestamp: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Record<string, string>;
}

/** The first records of a topic, per partition in order, bytes as hex. */
export async function readTopic(kafka: kafkajs.Kafka, topic: string, count: number): Promise<ReadRecord[]> {
  return (await readTopics(kafka, new Map([[topic, count]]), 20)).get(topic)!;
}

/** The same of several topics, by name, each with how many records are wanted of it. */
export async function readTopics(
  kafka: kafkajs.Kafka,
  wanted: ReadonlyMap<string, number>,
  seconds: number,
): Promise<ReadonlyMap<string, ReadRecord[]>> {
  const groupId = `reader-${[...wanted.keys()][0]}-${Date.now()}`;
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 200 });
  const read = new Map([...wanted.keys()].map((topic): [string, ReadRecord[]] => [topic, []]));
  const missing = () => [...wanted].filter(([topic, count]) => read.get(topic)!.length < count);
  const hex = (bytes: Buffer | string | null | undefined): string | null =>
    bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString("hex");
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...wanted.keys()], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => {
        const records = read.get(topic)!;
        if (records.length >= wanted.get(topic)!) return;
        const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [
          name,
          (Array.isArray(value) ? value : [value]).map(hex).join(),
        ]);
        records.push({
          partition,
          timestamp: message.timestamp,
          key: hex(message.key),
          value: hex(message.value),
          headers: Object.fromEntries(headers) as Record<string, string>,
        });
      },
    });
    const all = [...wanted].map(([topic, count]) => `${count} records of ${topic}`).join(", ");
    await eventually(all, seconds, async () => missing().length === 0);
    return read;
  } finally {
    await consumer.disconnect();
    const admin = kafka.admin();
    await admin.connect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
    await admin.disconnect();
  }
}

/**
 * What differs between the records that both sides hold: one line per field that differs. Partitions are compared as
 * far as both were read.
 */
export function differences(source: readonly ReadRecord[], target: readonly ReadRecord[]): string[] {
  const found: string[] = [];
  const byPartition = (records: readonly ReadRecord[]) => Map.groupBy(records, ({ partition }) => partition);
  const there = byPartition(target);
  for (const [partition, records] of byPartition(source)) {
    const others = there.get(partition) ?? [];
    for (let at = 0; at < Math.min(records.length, others.length); at++) {
      const [one, other] = [records[at]!, others[at]!];
      for (const field of ["key", "value", "timestamp", "headers"] as const) {
        if (JSON.stringify(one[field]) !== JSON.stringify(other[field])) found.push(`${field} of [${partition}] ${at}`);
      }
    }
  }
  return found;
}
