/** Which groups are Kafka Streams applications: their state does not move with their offsets. Pure. */
import type { ClusterReading, GroupReading } from "./cluster-reading.ts";

/** Protocol name of the assignor that every classic Streams application brings along. */
const streamsAssignor = "stream";
/** Versions of the metadata that Streams commits with an offset: one byte, then the partition's time in eight. */
const metadataVersions = new Set([1, 2]);
const metadataBytes = 9;

/**
 * Names of the groups that are Kafka Streams applications. Members show it by their protocol. Without members a group is
 * recognised by the metadata that Streams commits with its offsets (since Kafka 2.4), and an older one by its internal topics: a
 * repartition topic that it reads, or a changelog that no group reads.
 */
export function streamsGroups({ groups, topics }: Pick<ClusterReading, "groups" | "topics">): Set<string> {
  const read = new Set(groups.flatMap(({ committed }) => committed.map(({ topic }) => topic)));
  const unread = topics.map(({ name }) => name).filter((name) => !read.has(name));
  return new Set(groups.filter((group) => isStreams(group, unread)).map(({ name }) => name));
}

function isStreams({ name, protocol, assignor, committed }: GroupReading, unread: readonly string[]): boolean {
  return (
    protocol === "streams" ||
    assignor === streamsAssignor ||
    committed.some(({ topic, metadata }) => isPartitionTime(metadata) || isInternal(name, topic, "repartition")) ||
    unread.some((topic) => isInternal(name, topic, "changelog"))
  );
}

/** `<application.id>-<name>-changelog` or `-repartition`, as Streams names its internal topics. */
function isInternal(group: string, topic: string, what: "changelog" | "repartition"): boolean {
  return topic.startsWith(`${group}-`) && topic.slice(group.length + 1).endsWith(`-${what}`);
}

function isPartitionTime(metadata = ""): boolean {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(metadata)) return false;
  const bytes = Buffer.from(metadata, "base64");
  return bytes.length >= metadataBytes && metadataVersions.has(bytes[0]!);
}

/** The same of a group in a lock, which keeps what was seen of its members and offsets. */
export const isStreamsGroup = ({ streams }: { readonly streams?: true | undefined }): boolean => streams === true;
