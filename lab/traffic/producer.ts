/** One producer pod of the lab's traffic: writes at a steady rate until SIGTERM and logs what was acknowledged. */
import { setTimeout as sleep } from "node:timers/promises";
import { now, TrafficLog } from "./log-lines.ts";
import { holdAlone } from "./alone.ts";
import type { AvroWriter, RegistryAccess } from "./avro.ts";
import { Sequences } from "./sequences.ts";
import { kafkaClient, list, readRegistry, readSettings, reportReady } from "./settings.ts";
import { sendInterval, Writer, type WriterTopic } from "./writer.ts";

const settings = readSettings();
const rates = list("RATE").map(Number);
const keys = list("KEYS").map(Number);
const topics: WriterTopic[] = settings.topics.map((topic, index) => ({
  topic,
  rate: rates[index] ?? 0,
  keys: keys[index] ?? 1,
}));
const transactionalId = process.env["TRANSACTIONAL_ID"];
const interval = transactionalId === undefined ? sendInterval.plain : sendInterval.transactional;

let stopping = false;
const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.on(signal, () => {
    stopping = true;
    stop.abort();
  });
const pause = (milliseconds: number): Promise<unknown> =>
  sleep(milliseconds, undefined, { signal: stop.signal }).catch(() => undefined);

await holdAlone(settings.logDir);
const sequences = Sequences.recover(settings.logDir);
const log = new TrafficLog(settings.logDir, settings.pod);
log.write([
  [
    "start",
    now(),
    "producer",
    settings.workload,
    settings.pod,
    settings.bootstrap.join(","),
    "",
    settings.topics.join(","),
  ],
]);

const registry = readRegistry();

let ready = false;
while (!stopping) {
  const avro = registry && (await registered(registry, settings.topics[0]!));
  if (avro === null) continue;
  const writer = new Writer({
    kafka: kafkaClient(settings),
    log,
    sequences,
    topics,
    transactionalId,
    keyPrefix: process.env["KEY_PREFIX"],
    tombstoneEvery: Number(process.env["TOMBSTONE_EVERY"] ?? 0),
    avro,
  });
  try {
    await writer.connect();
    while (!stopping) {
      if ((await writer.step()) > 0 && !ready) {
        ready = true;
        reportReady();
      }
      await pause(interval);
    }
  } catch (error) {
    log.error(error);
    console.error(error);
    await pause(1_000);
  } finally {
    await writer.close().catch((error: unknown) => log.error(error));
  }
}
log.write([["stop", now()]]);
process.exit(0);

/** The values' schema once the registry takes it, or null if it does not now: the next attempt is a second away. */
async function registered(access: RegistryAccess, topic: string): Promise<AvroWriter | null> {
  try {
    // Only who uses it pays for it at each start.
    const { avroWriter } = await import("./avro.ts");
    return await avroWriter(access, topic);
  } catch (error) {
    log.error(error);
    await pause(1_000);
    return null;
  }
}
