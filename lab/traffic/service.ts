/** One pod of a service of the lab's traffic: writes a record for each that it reads, until SIGTERM, and logs both. */
import { Partitioners } from "../kafkajs.ts";
import { HeldBack } from "./hold-back.ts";
import { now, TrafficLog } from "./log-lines.ts";
import { consumerSettings, kafkaClient, list, readSettings, reportReady, required } from "./settings.ts";
import { purge, requireTimes } from "./streams-time.ts";
import { transforming } from "./transforming.ts";

const settings = readSettings();
const group = required("GROUP");
const pairs = list("ROUTES").map((route) => route.split(">") as [string, string]);
const byFrom = Map.groupBy(pairs, ([from]) => from);
const routes = new Map([...byFrom].map(([from, found]) => [from, found.map(([, to]) => to)]));
const repartition = process.env["REPARTITION"];
const transactionalId = process.env["TRANSACTIONAL_ID"];
const heldBack = new HeldBack(settings.logDir);
const log = new TrafficLog(settings.logDir, settings.pod);
log.write([
  [
    "start",
    now(),
    "both",
    settings.workload,
    settings.pod,
    settings.bootstrap.join(","),
    group,
    settings.topics.join(","),
  ],
]);

const kafka = kafkaClient(settings);
// A second between two fetches of a broker, since each batch may cost a transaction.
const consumer = kafka.consumer({ groupId: group, ...consumerSettings, maxWaitTimeInMs: 1_000 });
const producer = kafka.producer({
  allowAutoTopicCreation: false,
  createPartitioner: Partitioners.DefaultPartitioner,
  idempotent: true,
  maxInFlightRequests: 1,
  // Giving up would leave the outcome unknown.
  retry: { retries: Number.MAX_SAFE_INTEGER },
  ...(transactionalId === undefined ? {} : { transactionalId, transactionTimeout: 15_000 }),
});

const admin = kafka.admin();

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  // Ends the batch that is under way first.
  await consumer.disconnect();
  await producer.disconnect();
  await admin.disconnect();
  log.write([["stop", now()]]);
  process.exit(0);
}
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop());

consumer.on(consumer.events.GROUP_JOIN, () => reportReady());
consumer.on(consumer.events.CRASH, ({ payload: { error } }) => {
  log.error(error);
  // A transaction may be open, or an offset uncommitted: the next pod goes on at what is committed.
  if (!stopping) process.exit(1);
});

try {
  if (repartition !== undefined) {
    await admin.connect();
    requireTimes(await admin.fetchOffsets({ groupId: group, topics: [...settings.topics] }));
    void purge(admin, { group, topic: repartition }, () => stopping);
  }
  await producer.connect();
  await consumer.connect();
  await consumer.subscribe({ topics: [...settings.topics], fromBeginning: true });
  const transactionalGroup = transactionalId === undefined ? undefined : group;
  await consumer.run({
    autoCommit: transactionalGroup === undefined,
    eachBatchAutoResolve: false,
    eachBatch: transforming({
      log,
      heldBack,
      producer,
      routes,
      transactionalGroup,
      keepsTime: repartition !== undefined,
    }),
  });
} catch (error) {
  log.error(error);
  console.error(error);
  process.exit(1);
}
