/** Topics that hold nothing. */
import type { Logs } from "./positions.ts";

/** The topics that hold no record in any partition; one with a partition that could not be measured is not among them. */
export function emptyTopics(logs: Logs, topics: readonly string[]): string[] {
  const unread = new Set(logs.problems.map(({ topic }) => topic));
  const full = new Set([...logs.partitions.values()].filter(({ start, end }) => end > start).map(({ topic }) => topic));
  const seen = new Set([...logs.partitions.values()].map(({ topic }) => topic));
  return topics.filter((topic) => seen.has(topic) && !full.has(topic) && !unread.has(topic));
}
