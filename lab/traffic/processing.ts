import type { EachBatchHandler } from "kafkajs";
import type { AvroReader } from "./avro.ts";
import type { HeldBack } from "./hold-back.ts";
import { now, type TrafficLog } from "./log-lines.ts";
import { last as lastOf, note, type Processed } from "./memory.ts";
import { verify } from "./payload.ts";

/** Milliseconds that a partition rests whose records are held back. */
const restFor = 500;

/**
 * Logs each record, whose offset kafkajs commits afterwards; needs `eachBatchAutoResolve: false`.
 * @param avro Reads every value through a schema registry. Default: values are bytes.
 * @param processed What was processed already and is left out. Default: nothing is.
 */
export const processing =
  (log: TrafficLog, heldBack: HeldBack, avro?: AvroReader, processed?: Processed): EachBatchHandler =>
  async ({ batch, resolveOffset, pause }) => {
    const { topic, partition, messages, highWatermark } = batch;
    const due = heldBack.due(
      topic,
      highWatermark,
      messages.map(({ offset }) => offset),
    );
    const time = now();
    const known = processed ? lastOf(processed, topic, partition) : -1n;
    log.write(
      await Promise.all(
        messages
          .slice(0, due)
          .filter(({ offset }) => BigInt(offset) > known)
          .map(async (message) => {
            const received = verify(message);
            const { offset, value } = message;
            if (received.from === "elsewhere")
              return ["other", time, topic, partition, offset, received.key, received.hash];
            const { key, seq, intact } = received;
            const decoded = avro && value ? await avro(value, { key, seq: Number(seq) }) : null;
            const ok = intact && decoded?.fits !== false;
            return [
              "read",
              time,
              topic,
              partition,
              offset,
              key,
              seq,
              ok ? "ok" : "bad",
              ...(decoded ? [decoded.id] : []),
            ];
          }),
      ),
    );
    const lastDue = messages[due - 1]?.offset;
    if (processed && lastDue !== undefined) note(processed, topic, partition, lastDue);
    // The batch may end with offsets that are no records of ours: markers, or what was compacted away.
    const last = due === messages.length ? batch.lastOffset() : lastDue;
    if (last !== undefined) resolveOffset(last);
    if (due < messages.length) setTimeout(pause(), restFor);
  };
