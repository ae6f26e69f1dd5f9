/** One consumer pod of the lab's traffic: processes until SIGTERM and logs each record before its offset is committed. */
import { HeldBack } from "./hold-back.ts";
import { now, TrafficLog } from "./log-lines.ts";
import { processedOf } from "./memory.ts";
import { processing } from "./processing.ts";
import { consumerSettings, kafkaClient, readRegistry, readSettings, reportReady, required } from "./settings.ts";

const settings = readSettings();
const group = required("GROUP");
const heldBack = new HeldBack(settings.logDir);
const registry = readRegistry();
// Only who uses it pays for it at each start.
const avro = registry && (await import("./avro.ts")).avroReader(registry);
const processed = process.env["REMEMBERS"] === "true" ? processedOf(settings.logDir, settings.bootstrap) : undefined;
const log = new TrafficLog(settings.logDir, settings.pod);
log.write([
  [
    "start",
    now(),
    "consumer",
    settings.workload,
    settings.pod,
    settings.bootstrap.join(","),
    group,
    settings.topics.join(","),
  ],
]);

const consumer = kafkaClient(settings).consumer({ groupId: group, ...consumerSettings });

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await consumer.disconnect();
  log.write([["stop", now()]]);
  process.exit(0);
}
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop());

consumer.on(consumer.events.GROUP_JOIN, () => reportReady());
consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
  log.error(error);
  // kafkajs has given up; the pod is started again.
  if (!restart && !stopping) process.exit(1);
});

try {
  await consumer.connect();
  await consumer.subscribe({ topics: [...settings.topics], fromBeginning: true });
  await consumer.run({
    eachBatchAutoResolve: false,
    eachBatch: processing(log, heldBack, avro, processed),
  });
} catch (error) {
  log.error(error);
  console.error(error);
  process.exit(1);
}
