/** What a consumer of the traffic knows that it has processed, from its own logs: they are its results. */
import { linesOf, logFiles } from "./log-lines.ts";

/** The last offset that was processed, by `topic[partition]` of one cluster. */
export type Processed = Map<string, bigint>;

/**
 * Everything that the consumers of a workload have processed of one cluster, in whichever pod.
 * @param bootstrap The cluster's `host:port` list, as their `start` lines name it.
 */
export function processedOf(logDir: string, bootstrap: readonly string[]): Processed {
  const processed: Processed = new Map();
  for (const file of logFiles(logDir)) {
    let there = false;
    for (const line of linesOf(file)) {
      const [event, , ...fields] = line.split("\t");
      if (event === "start") there = fields[3] === bootstrap.join(",");
      if (there && (event === "read" || event === "other")) note(processed, fields[0]!, fields[1]!, fields[2]!);
    }
  }
  return processed;
}

/** Remembers an offset unless a later one is known. */
export function note(processed: Processed, topic: string, partition: number | string, offset: string): void {
  if (BigInt(offset) > last(processed, topic, partition)) processed.set(`${topic}[${partition}]`, BigInt(offset));
}

/** The last offset that was processed; -1 if none was. */
export const last = (processed: Processed, topic: string, partition: number | string): bigint =>
  processed.get(`${topic}[${partition}]`) ?? -1n;
