import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { now, TrafficLog } from "../traffic/log-lines.ts";
import { Sequences } from "../traffic/sequences.ts";
import { sendInterval, Writer } from "../traffic/writer.ts";
import { sideName, streamClient } from "./connection.ts";
import { readControl } from "./control.ts";
import { keysPerPod, queues, topicOf } from "./queues.ts";
import type { TierSettings } from "./settings.ts";
import { ensureTopics } from "./streams.ts";

/** Writes the tier's streams until the signal comes, with pauses where the tier is told so. Calls back when it can. */
export async function produce(settings: TierSettings, onReady: () => void, signal: AbortSignal): Promise<void> {
  const { tier, pod, logs, namePattern, rate } = settings;
  const directory = path.join(logs, tier, pod);
  const sequences = Sequences.recover(directory);
  const log = new TrafficLog(directory, `${pod}-producer`);
  const own = queues.filter(({ writtenBy }) => writtenBy === tier);
  const topics = own.map((queue) => ({
    topic: topicOf(namePattern, queue),
    rate: (rate * queue.percent) / 100,
    keys: keysPerPod,
  }));
  log.write([
    ["start", now(), "producer", tier, pod, sideName(settings), "", topics.map(({ topic }) => topic).join(",")],
  ]);
  const pause = (milliseconds: number): Promise<unknown> =>
    sleep(milliseconds, undefined, { signal }).catch(() => null);
  while (!signal.aborted) {
    const kafka = streamClient(settings);
    // Several pods write at once, so each has keys of its own.
    const writer = new Writer({ kafka, log, sequences, topics, tombstoneEvery: 0, keyPrefix: `${pod}/` });
    try {
      await ensureTopics(kafka, namePattern, settings.replicationFactor);
      await writer.connect();
      onReady();
      while (!signal.aborted) {
        if (readControl(logs, tier).producing) await writer.step();
        await pause(sendInterval.plain);
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
}
