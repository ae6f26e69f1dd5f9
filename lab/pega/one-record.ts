import path from "node:path";
import { now, TrafficLog } from "../traffic/log-lines.ts";
import { Sequences } from "../traffic/sequences.ts";
import { Writer } from "../traffic/writer.ts";
import type { Lab } from "../layout.ts";
import { streamClient } from "./connection.ts";
import { defaultPattern, queues, topicOf } from "./queues.ts";
import { tierLogs } from "./settings.ts";

/** Puts one more record into a stream of the embedded broker, as a late job would; the audit knows it. */
export async function putOne(lab: Lab, name: string): Promise<void> {
  const queue = queues.find((each) => each.name === name);
  if (queue === undefined) throw new Error(`the lab's Pega has no queue ${name}`);
  const topic = topicOf(defaultPattern, queue);
  const directory = path.join(tierLogs(lab), "late", "late");
  const sequences = Sequences.recover(directory);
  const log = new TrafficLog(directory, "late-producer");
  log.write([["start", now(), "producer", "late", "late", "embedded", "", topic]]);
  const kafka = streamClient({ lab, external: null, pod: "late" });
  const topics = [{ topic, rate: 1, keys: 1 }];
  const writer = new Writer({ kafka, log, sequences, topics, tombstoneEvery: 0, keyPrefix: "late/" });
  try {
    await writer.connect();
    // The first record is due at once, the next after a second.
    await writer.step();
  } finally {
    await writer.close();
  }
}
