import type { Kafka } from "kafkajs";
import { setTimeout as sleep } from "node:timers/promises";
import { avroReader, type RegistryAccess } from "../traffic/avro.ts";
import { linesOf, logFiles } from "../traffic/log-lines.ts";
import { verify } from "../traffic/payload.ts";

/** What reading a whole topic through one registry gave. */
export interface TopicDecoded {
  /** Records that producers' logs know as acknowledged. */
  readonly acknowledged: number;
  /** Of them, those that were found and read as what was written, under the id that they were written with. */
  readonly decoded: number;
  /** Records that the registry does not read as what their producer wrote. */
  readonly undecodable: number;
  /** Records with another id than their producer logged. */
  readonly wrongIds: number;
}

/** Milliseconds without a record after which a topic is read to its end. */
const quiet = 4_000;

/** Ids of the schemas that a topic's acknowledged records were written with, by `key:seq`. */
export function writtenIds(logDir: string, topic: string): Map<string, number> {
  const ids = new Map<string, number>();
  for (const file of logFiles(logDir))
    for (const line of linesOf(file)) {
      const [event, , of, , , key = "", seq = "", id] = line.split("\t");
      if (event === "ack" && of === topic && id !== undefined) ids.set(`${key}:${seq}`, Number(id));
    }
  return ids;
}

/**
 * Reads a topic from its first record to its last and every value through a registry, and compares with what the
 * producers logged: what was written before the move stands there as well as what came after.
 */
export async function decodeTopic(options: {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly registry: RegistryAccess;
  readonly logDir: string;
  readonly signal: AbortSignal;
}): Promise<TopicDecoded> {
  const { kafka, topic, registry, logDir, signal } = options;
  const written = writtenIds(logDir, topic);
  const read = avroReader(registry);
  const groupId = `decode-${topic}-${Date.now()}`;
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 200 });
  let [undecodable, wrongIds] = [0, 0];
  const decoded = new Set<string>();
  let heard = Number.POSITIVE_INFINITY;
  let problem: unknown;
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    consumer.on(consumer.events.GROUP_JOIN, () => (heard = performance.now()));
    consumer.on(consumer.events.CRASH, ({ payload: { error } }) => (problem = error));
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch: { messages } }) => {
        for (const message of messages) {
          heard = performance.now();
          const received = verify(message);
          if (received.from === "elsewhere" || !message.value) continue;
          const { key, seq } = received;
          const { id, fits } = await read(message.value, { key, seq: Number(seq) });
          const wanted = written.get(`${key}:${seq}`) ?? id;
          if (!fits || !received.intact) undecodable += 1;
          else if (id !== wanted) wrongIds += 1;
          else if (written.has(`${key}:${seq}`)) decoded.add(`${key}:${seq}`);
        }
      },
    });
    while (performance.now() - heard < quiet || heard === Number.POSITIVE_INFINITY) {
      if (problem) throw problem as Error;
      await sleep(200, undefined, { signal });
    }
    return { acknowledged: written.size, decoded: decoded.size, undecodable, wrongIds };
  } finally {
    await consumer.disconnect();
    const admin = kafka.admin();
    await admin.connect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
    await admin.disconnect();
  }
}
