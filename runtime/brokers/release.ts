/** Which Kafka release a cluster's `metadata.version` means. */

/** First level of each release (org.apache.kafka.server.common.MetadataVersion of Kafka 4.2). */
const firstLevels: readonly (readonly [level: number, release: string])[] = [
  [1, "3.0"],
  [2, "3.1"],
  [3, "3.2"],
  [4, "3.3"],
  [8, "3.4"],
  [9, "3.5"],
  [12, "3.6"],
  [15, "3.7"],
  [20, "3.8"],
  [21, "3.9"],
  [22, "4.0"],
  [26, "4.1"],
  [28, "4.2"],
  [30, "4.3"],
];

/** Release of a `metadata.version` level; null for a level that none of the known releases has. Pure. */
export function releaseOf(level: number): string | null {
  const last = firstLevels.at(-1)![0];
  if (level > last) return null;
  return firstLevels.findLast(([first]) => first <= level)?.[1] ?? null;
}
