import type { EachBatchHandler } from "kafkajs";
import type { HeldBack } from "./hold-back.ts";
import { now, type TrafficLog } from "./log-lines.ts";
import { verify } from "./payload.ts";

/** Milliseconds that a partition rests whose records are held back. */
const restFor = 500;

/** Logs each record, whose offset kafkajs commits afterwards; needs `eachBatchAutoResolve: false`. */
export const processing =
  (log: TrafficLog, heldBack: HeldBack): EachBatchHandler =>
  ({ batch, resolveOffset, pause }) => {
    const { topic, partition, messages, highWatermark } = batch;
    const due = heldBack.due(
      topic,
      highWatermark,
      messages.map(({ offset }) => offset),
    );
    const time = now();
    log.write(
      messages.slice(0, due).map((message) => {
        const received = verify(message);
        const { offset } = message;
        return received.from === "traffic"
          ? ["read", time, topic, partition, offset, received.key, received.seq, received.intact ? "ok" : "bad"]
          : ["other", time, topic, partition, offset, received.key, received.hash];
      }),
    );
    // The batch may end with offsets that are no records of ours: markers, or what was compacted away.
    const last = due === messages.length ? batch.lastOffset() : messages[due - 1]?.offset;
    if (last !== undefined) resolveOffset(last);
    if (due < messages.length) setTimeout(pause(), restFor);
    return Promise.resolve();
  };
