/** What a lossy switch left unread, counted from the kept volume itself. */
import { setTimeout as sleep } from "node:timers/promises";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import type { Kafka } from "kafkajs";
import type { Lab } from "../layout.ts";
import { find, start, stop } from "../processes.ts";
import { linesOf, logFiles } from "../traffic/log-lines.ts";
import { processedOn, recordName } from "../traffic/logged.ts";
import { verify } from "../traffic/payload.ts";
import { streamClient } from "./connection.ts";
import { defaultPattern, queues, topicOf } from "./queues.ts";
import { tierLogs } from "./settings.ts";
import { positionsOf, waiting } from "./streams.ts";

/** What one stream's topic of the embedded broker holds. */
export interface UnreadStream {
  readonly topic: string;
  /** Records beyond the offsets that its group has committed. */
  readonly beyondCommitted: number;
  /** Records that no tier's log says it has processed. */
  readonly unprocessed: number;
  /** Those of them whose writer was told that they are written: they are lost. */
  readonly lost: number;
}

/** Reading a topic to its end may take so long. */
const readSeconds = 60;
const startSeconds = 60;

/**
 * Runs the embedded broker once more on its volume, which no pod may use, and counts what nobody has processed.
 * @param volume Folder of the PersistentVolumeClaim's data.
 */
export async function countUnread(lab: Lab, volume: string, signal: AbortSignal): Promise<UnreadStream[]> {
  if (!existsSync(volume)) throw new Error(`The volume of the embedded stream is gone: ${volume} does not exist.`);
  const part = "pod/count/stream";
  const ready = path.join(lab.dir, "tmp", "count-ready");
  mkdirSync(path.dirname(ready), { recursive: true });
  rmSync(ready, { force: true });
  const broker = start(lab, {
    part,
    command: [process.execPath, path.join(lab.root, "lab/pega/main.ts")],
    environment: {
      PATH: "/usr/bin:/bin",
      LAB_DIR: lab.dir,
      LAB_BLOCK: String(lab.block),
      LAB_MOUNTS: JSON.stringify({ "/opt/pega/kafkadata": volume }),
      READY_FILE: ready,
      NODE_TYPE: "Stream",
      NODE_TIER: "stream",
      POD_NAME: "count",
    },
    workingDirectory: lab.root,
  });
  try {
    const deadline = performance.now() + startSeconds * 1000;
    while (!existsSync(ready)) {
      if (!find(lab, part) || performance.now() > deadline)
        throw new Error(`The embedded broker did not start on ${volume}; see ${broker.log}.`);
      await sleep(200, undefined, { signal });
    }
    const kafka = streamClient({ lab, external: null, pod: "count" });
    const acknowledged = acknowledgedRecords(tierLogs(lab));
    const found: UnreadStream[] = [];
    for (const queue of queues) {
      const topic = topicOf(defaultPattern, queue);
      const processed = processedOn(tierLogs(lab), topic, "embedded");
      const unprocessed = (await recordsOf(kafka, topic, signal)).filter((record) => !processed.has(record));
      const admin = kafka.admin();
      await admin.connect();
      const beyondCommitted = waiting(await positionsOf(admin, defaultPattern, queue));
      await admin.disconnect();
      const lost = unprocessed.filter((record) => acknowledged.has(record)).length;
      found.push({ topic, beyondCommitted, unprocessed: unprocessed.length, lost });
    }
    return found;
  } finally {
    await stop(lab, broker, 20);
  }
}

/** Every record of a topic by `recordName`. */
async function recordsOf(kafka: Kafka, topic: string, signal: AbortSignal): Promise<string[]> {
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const open = new Map(
    offsets
      .filter(({ low, high }) => BigInt(low) < BigInt(high))
      .map(({ partition, high }) => [partition, BigInt(high)]),
  );
  const records: string[] = [];
  const consumer = kafka.consumer({ groupId: `count-${topic}-${Date.now()}`, maxWaitTimeInMs: 200 });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch: { partition, messages } }) => {
        for (const message of messages) {
          const received = verify(message);
          records.push(recordName(topic, received.key, received.from === "traffic" ? received.seq : received.hash));
          if (BigInt(message.offset) + 1n >= open.get(partition)!) open.delete(partition);
        }
        return Promise.resolve();
      },
    });
    const deadline = performance.now() + readSeconds * 1000;
    while (open.size > 0) {
      if (performance.now() > deadline) throw new Error(`${topic} could not be read to its end in ${readSeconds} s.`);
      await sleep(200, undefined, { signal });
    }
    return records;
  } finally {
    await consumer.disconnect();
  }
}

function acknowledgedRecords(directory: string): Set<string> {
  const found = new Set<string>();
  for (const file of logFiles(directory))
    for (const line of linesOf(file)) {
      const [event, , topic = "", , , key = "", seq = ""] = line.split("\t");
      if (event === "ack") found.add(recordName(topic, key, seq));
    }
  return found;
}
