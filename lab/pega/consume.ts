import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Consumer } from "kafkajs";
import { HeldBack } from "../traffic/hold-back.ts";
import { now, TrafficLog } from "../traffic/log-lines.ts";
import { processing } from "../traffic/processing.ts";
import { consumerSettings } from "../traffic/settings.ts";
import { sideName, streamClient } from "./connection.ts";
import { queues, topicOf, type PegaQueue } from "./queues.ts";
import type { TierSettings } from "./settings.ts";
import { ensureTopics } from "./streams.ts";

/** Processes every stream, each in a group of its own. Calls back once all groups are joined; returns what stops it. */
export async function consume(
  settings: TierSettings,
  onReady: () => void,
  signal: AbortSignal,
): Promise<() => Promise<void>> {
  const kafka = streamClient(settings);
  for (;;) {
    try {
      await ensureTopics(kafka, settings.namePattern, settings.replicationFactor);
      break;
    } catch (error) {
      console.error(error);
      await sleep(1_000, undefined, { signal });
    }
  }
  let missing = queues.length;
  const joined = (): void => {
    missing -= 1;
    if (missing === 0) onReady();
  };
  const consumers = await Promise.all(queues.map((queue) => processStream(settings, queue, joined)));
  return async () => {
    await Promise.all(consumers.map((stop) => stop()));
  };
}

async function processStream(
  settings: TierSettings,
  queue: PegaQueue,
  onJoin: () => void,
): Promise<() => Promise<void>> {
  const { tier, pod, logs, namePattern } = settings;
  const topic = topicOf(namePattern, queue);
  const log = new TrafficLog(path.join(logs, tier, pod), `${pod}-${queue.name}`);
  log.write([["start", now(), "consumer", tier, pod, sideName(settings), topic, topic]]);
  const consumer: Consumer = streamClient(settings).consumer({ groupId: topic, ...consumerSettings });
  let joined = false;
  consumer.on(consumer.events.GROUP_JOIN, () => {
    if (!joined) onJoin();
    joined = true;
  });
  let stopping = false;
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    log.error(error);
    // kafkajs has given up; the pod is started again.
    if (!restart && !stopping) process.exit(1);
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({ eachBatchAutoResolve: false, eachBatch: processing(log, new HeldBack(path.join(logs, tier))) });
  return async () => {
    stopping = true;
    await consumer.disconnect();
    log.write([["stop", now()]]);
  };
}
