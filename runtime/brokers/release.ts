/** Which Kafka release a cluster's brokers are of, from what they say of themselves. */
import type { ClusterMode } from "../model/cluster-reading.ts";
import type { Abilities } from "./abilities.ts";

/** Kafka's numbers of requests that only some releases, or only one mode, have. */
const key = {
  fetch: 1,
  listOffsets: 2,
  metadata: 3,
  updateMetadata: 6,
  offsetFetch: 9,
  findCoordinator: 10,
  describeGroups: 15,
  listGroups: 16,
  describeLogDirs: 35,
  describeUserScramCredentials: 50,
  describeQuorum: 55,
  describeCluster: 60,
} as const;

/** What a release is the first to take: the first line that holds names it. KRaft 3.3 and 3.4 answer alike. */
const firstTaken: readonly (readonly [request: keyof typeof key, version: number, release: string])[] = [
  ["listOffsets", 11, "4.2"],
  ["fetch", 18, "4.1"],
  ["listOffsets", 10, "4.0"],
  ["findCoordinator", 6, "3.9"],
  ["listGroups", 5, "3.8"],
  ["offsetFetch", 9, "3.7"],
  ["listOffsets", 8, "3.5"],
  ["updateMetadata", 8, "3.4"],
  ["describeLogDirs", 4, "3.3"],
  ["describeLogDirs", 3, "3.2"],
  ["metadata", 12, "3.1"],
  ["offsetFetch", 8, "3.0"],
  ["describeCluster", 0, "2.8"],
  ["describeUserScramCredentials", 0, "2.7"],
  ["listGroups", 4, "2.6"],
  ["offsetFetch", 7, "2.5"],
  ["describeGroups", 5, "2.4"],
];

/** How the brokers agree with each other; null for a service that only speaks Kafka's protocol. Pure. */
export function modeOf({ versions }: Pick<Abilities, "versions">): ClusterMode | null {
  if (versions.has(key.updateMetadata)) return "zookeeper";
  return versions.has(key.describeQuorum) ? "kraft" : null;
}

/**
 * The release whose requests a broker takes, such as `2.8`: what it is in Kafka itself, and what it speaks as in a
 * service. Null for one before 2.4. Pure.
 */
export function spokenRelease({ versions }: Pick<Abilities, "versions">): string | null {
  const taken = ([name, version]: (typeof firstTaken)[number]) => (versions.get(key[name])?.max ?? -1) >= version;
  return firstTaken.find(taken)?.[2] ?? null;
}

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

/**
 * The release of a cluster's brokers; of one that is later than all known ones the last that it takes the requests of. Null
 * for a service that only speaks Kafka's protocol. Pure.
 */
export function releaseOfBrokers(abilities: Abilities, mode: ClusterMode | null): string | null {
  const { metadataVersion } = abilities;
  const known = metadataVersion === null ? null : releaseOf(metadataVersion);
  return known ?? (mode === null ? null : spokenRelease(abilities));
}
