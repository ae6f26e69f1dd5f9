import type { LockedTopic } from "./inventory.ts";

/** Tasks of a mirror of few partitions. */
export const fewestTasks = 4;
/** Partitions that one task copies without falling behind for their number alone. */
const partitionsPerTask = 2_000;
/** Connect keeps what a task copies as one record, which its topic of configs takes up to 1 MiB: a quarter is far from it. */
const bytesPerTask = 256 * 1024;

/**
 * How many tasks share the partitions where the config does not say: four, then twice as many each time that a task
 * would have too much. It changes rarely, because every change makes all tasks begin again. Pure.
 */
export function mirrorTasks(topics: readonly Pick<LockedTopic, "name" | "partitions">[]): number {
  let [partitions, bytes] = [0, 0];
  for (const topic of topics) {
    partitions += topic.partitions;
    // As Connect writes it: the topic, a dash, the partition and a comma.
    bytes += topic.partitions * (Buffer.byteLength(topic.name) + String(topic.partitions).length + 2);
  }
  let tasks = fewestTasks;
  while (partitions > tasks * partitionsPerTask || bytes > tasks * bytesPerTask) tasks *= 2;
  return tasks;
}
