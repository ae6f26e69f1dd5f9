/** Which groups are Kafka Streams applications, and which topics they keep for themselves. Pure. */
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

/** What Streams keeps in a topic: the state of a store, or records under way between two of its tasks. */
export type InternalUse = "changelog" | "repartition";

/** A topic that one Streams application alone writes and reads. */
export interface InternalTopic {
  /** Its group, whose name is the `application.id`. */
  readonly group: string;
  readonly topic: string;
  readonly use: InternalUse;
}

/** The two topics of a join by a foreign key, which hold records under way too. */
const foreignKey =
  /(^KTABLE-FK-JOIN-SUBSCRIPTION-(REGISTRATION|RESPONSE)-\d+|.-subscription-(registration|response))-topic$/;

/** The use of `<application.id>-<name>-changelog` or `-repartition`, as Streams names its internal topics; else null. */
function internalUse(group: string, topic: string): InternalUse | null {
  if (!topic.startsWith(`${group}-`)) return null;
  const rest = topic.slice(group.length + 1);
  if (rest.endsWith("-changelog")) return "changelog";
  return rest.endsWith("-repartition") || foreignKey.test(rest) ? "repartition" : null;
}

const isInternal = (group: string, topic: string, what: InternalUse): boolean => internalUse(group, topic) === what;

/**
 * The internal topics among `topics` of the groups that are Streams applications. One whose name begins with the names
 * of several groups is the longest one's, whether that is a Streams application or not.
 */
export function internalTopics(
  groups: readonly { readonly name: string; readonly streams?: true | undefined }[],
  topics: readonly string[],
): InternalTopic[] {
  return topics.flatMap((topic): InternalTopic[] => {
    const [owner] = groups
      .filter(({ name }) => topic.startsWith(`${name}-`))
      .sort((a, b) => b.name.length - a.name.length);
    const use = owner === undefined || !isStreamsGroup(owner) ? null : internalUse(owner.name, topic);
    return use === null ? [] : [{ group: owner!.name, topic, use }];
  });
}

function isPartitionTime(metadata = ""): boolean {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(metadata)) return false;
  const bytes = Buffer.from(metadata, "base64");
  return bytes.length >= metadataBytes && metadataVersions.has(bytes[0]!);
}

/** The same of a group in a lock, which keeps what was seen of its members and offsets. */
export const isStreamsGroup = ({ streams }: { readonly streams?: true | undefined }): boolean => streams === true;
