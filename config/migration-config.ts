import type { Naming } from "../runtime/model/inputs.ts";
import type { GroupReads } from "../runtime/model/group-reads.ts";
import type { Inventory, LockedTopic } from "./inventory.ts";
import { drainsGroups, hasMirror, type TableName } from "../phases/strategies/index.ts";
import type { ReaderSchema } from "../runtime/model/reader-schema.ts";
import { toolTopics } from "../runtime/model/tool-topics.ts";
import type { StackConfig } from "./schema.ts";

export { movesApplications, tableOf } from "../phases/strategies/index.ts";

/** A consumer group that moves, with the migrated topics it reads. */
export interface MigratedGroup extends GroupReads {
  readonly name: string;
  readonly topics: readonly string[];
  /** True if the group is allowed to read records again when no exact offset can be proved. */
  readonly allowRedelivery?: boolean;
  /** True if it may have no members. */
  readonly idle?: boolean;
}

/** A stack's config and its inventory as one: what the program is built from. */
export interface MigrationConfig extends Omit<StackConfig, "topics" | "groups" | "inventory" | "mirror"> {
  /** `tasksMax` follows from the partitions where the config does not give it. */
  readonly mirror: StackConfig["mirror"] & { readonly tasksMax: number };
  readonly inventory: Inventory;
  /** The schemas that `schemas.readers` names, with their texts. */
  readonly readerSchemas: readonly ReaderSchema[];
  /** Where the inventory was read: a path relative to the project, and the SHA-256 of its bytes. */
  readonly inventoryFile: { readonly path: string; readonly sha256: string };
  /** Names of the topics that are migrated. */
  readonly topics: readonly string[];
  readonly groups: readonly MigratedGroup[];
  /** Whose name the source's alias carries: a config's own, unless the stack was begun by a former version. */
  readonly naming: Naming;
  /** The table of rows that strategy, persistedData and wayBack choose. */
  readonly table: TableName;
  /** The `topics` and `groups` sections as written. */
  readonly selection: Pick<StackConfig, "topics" | "groups">;
}

/** Kafka's name for the user that the program creates for MM2, the same on both sides. */
export const mirrorUsername = ({ name }: Pick<MigrationConfig, "name">): string => `${name}-mirror`;

/** The quota that limits on a side what MM2 copies from the source to the target. */
export const mirrorQuota = { source: "consumerByteRate", target: "producerByteRate" } as const;

/** The quotas that limit MM2 on a side: it reads on the one and writes on the other, and does both while it copies back as well. */
export const mirrorQuotas = (side: "source" | "target", reverse: "absent" | "running") =>
  reverse === "running" ? Object.values(mirrorQuota) : [mirrorQuota[side]];

/** The config of a migration that copies records. */
export type MirroredConfig = MigrationConfig & { readonly connect: NonNullable<MigrationConfig["connect"]> };

/** A config whose rows copy records; its checks have seen that it names a Connect cluster. */
export const isMirrored = (config: MigrationConfig): config is MirroredConfig => hasMirror(config.table);

/**
 * Names of the topics that a selection takes from the inventory, in the inventory's order unless it lists them: every one
 * that is not ignored, but none that is a tool's own.
 */
export function selectTopics({ topics }: Pick<StackConfig, "topics">, inventory: Inventory): readonly string[] {
  if (topics.migrate !== undefined) return topics.migrate;
  const ignored = new Set(topics.ignore.map(({ name }) => name));
  const tools = toolTopics(inventory.topics);
  return inventory.topics.map(({ name }) => name).filter((name) => !ignored.has(name) && !tools.has(name));
}

/** Groups that a selection takes from the inventory, each with the migrated topics it reads. */
export function selectGroups(
  selection: Pick<StackConfig, "topics" | "groups">,
  inventory: Inventory,
): readonly MigratedGroup[] {
  const { migrate, ignore, allowRedelivery } = selection.groups;
  const resting = new Set(selection.groups.idle.map(({ name }) => name));
  const repeating = new Set(allowRedelivery.map(({ name }) => name));
  const group = (name: string, topics: readonly string[], reads: GroupReads = {}): MigratedGroup => ({
    name,
    topics,
    ...reads,
    ...(repeating.has(name) && { allowRedelivery: true }),
    ...(resting.has(name) && { idle: true }),
  });
  const topics = new Set(selectTopics(selection, inventory));
  const read = new Map(inventory.groups.map((group) => [group.name, group.topics.filter((name) => topics.has(name))]));
  if (migrate) return migrate.map((one) => group(one.name, one.topics ?? read.get(one.name) ?? [], readsOf(one)));
  const ignored = new Set(ignore.map(({ name }) => name));
  return [...read]
    .filter(([name, topics]) => topics.length > 0 && !ignored.has(name))
    .map(([name, topics]) => group(name, topics));
}

type ListedGroup = NonNullable<StackConfig["groups"]["migrate"]>[number];

function readsOf({ unread, partitions }: ListedGroup): GroupReads {
  const some = Object.fromEntries(partitions.map(({ topic, numbers }) => [topic, numbers]));
  return {
    ...(unread && { unread: unread.from }),
    ...(partitions.length > 0 && { partitions: some }),
  };
}

/** The inventory's topics that are migrated, in the order of `config.topics`. */
export function lockedTopics({
  topics,
  inventory,
}: Pick<MigrationConfig, "topics" | "inventory">): readonly LockedTopic[] {
  const byName = new Map(inventory.topics.map((topic) => [topic.name, topic]));
  return topics.flatMap((name) => byName.get(name) ?? []);
}

/**
 * Ignored groups that read a topic which moves, if the inventory has offsets for them: they stay on the source, where
 * nothing new is written once the producers have moved.
 */
export function ignoredReaders({ topics, inventory, selection }: MigrationConfig): readonly IgnoredReader[] {
  const moving = new Set(topics);
  const read = new Map(inventory.groups.map((group) => [group.name, group.topics.filter((name) => moving.has(name))]));
  return selection.groups.ignore
    .map(({ name, reason }) => ({ name, reason, topics: read.get(name) ?? [] }))
    .filter((group) => group.topics.length > 0);
}

/** A group that stays behind although it reads migrated topics. */
export interface IgnoredReader extends Pick<MigratedGroup, "name" | "topics"> {
  readonly reason: string;
}

/** Whether groups read the source to its end before they move. */
export const readsToEnd = ({ table }: Pick<MigrationConfig, "table">): boolean => drainsGroups(table);
