/** One consumer pod of the lab's traffic: processes until SIGTERM and logs each record before its offset is committed. */
import type { Consumer } from "../kafkajs.ts";
import { HeldBack } from "./hold-back.ts";
import { now, TrafficLog } from "./log-lines.ts";
import { processedOf } from "./memory.ts";
import { processing } from "./processing.ts";
import {
  consumerSettings,
  kafkaClient,
  quietConsumerSettings,
  readRegistry,
  readSettings,
  reportReady,
  required,
} from "./settings.ts";

/** A group that this pod joins, and what it reads. */
interface Joined {
  readonly group: string;
  readonly reads: readonly string[];
}

/** Groups that are joined at once. */
const joinsAtOnce = 5;

const settings = readSettings();
const more = JSON.parse(process.env["MORE_GROUPS"] ?? "[]") as readonly Joined[];
const groups: readonly Joined[] = [{ group: required("GROUP"), reads: settings.topics }, ...more];
const heldBack = new HeldBack(settings.logDir);
const registry = readRegistry();
// Only who uses it pays for it at each start.
const avro = registry && (await import("./avro.ts")).avroReader(registry);
const processed = process.env["REMEMBERS"] === "true" ? processedOf(settings.logDir, settings.bootstrap) : undefined;
const kafka = kafkaClient(settings);

let stopping = false;
const running: { readonly consumer: Consumer; readonly log: TrafficLog }[] = [];
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await Promise.all(running.map(({ consumer }) => consumer.disconnect()));
  for (const { log } of running) log.write([["stop", now()]]);
  process.exit(0);
}
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop());

/** Resolves once the group is joined. */
async function join({ group, reads }: Joined): Promise<void> {
  // What one group reads is one log, so that its records are in order there.
  const log = new TrafficLog(settings.logDir, more.length === 0 ? settings.pod : `${settings.pod}.${group}`);
  const { bootstrap, workload, pod } = settings;
  log.write([["start", now(), "consumer", workload, pod, bootstrap.join(","), group, reads.join(",")]]);
  const consumer = kafka.consumer({
    groupId: group,
    ...(more.length === 0 ? consumerSettings : quietConsumerSettings),
  });
  running.push({ consumer, log });
  const joined = new Promise<void>((resolve) => consumer.on(consumer.events.GROUP_JOIN, () => resolve()));
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    log.error(error);
    // kafkajs has given up; the pod is started again.
    if (!restart && !stopping) process.exit(1);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...reads], fromBeginning: true });
    await consumer.run({
      eachBatchAutoResolve: false,
      eachBatch: processing(log, heldBack, avro, processed),
    });
  } catch (error) {
    log.error(error);
    console.error(error);
    process.exit(1);
  }
  await joined;
}

const left = groups.values();
await Promise.all(
  Array.from({ length: joinsAtOnce }, async () => {
    for (const one of left) if (!stopping) await join(one);
  }),
);
reportReady();
