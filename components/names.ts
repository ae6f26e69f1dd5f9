import type { OffsetsTopicRef } from "@kafka-migration/kafka";
import type { MirroredConfig } from "../config/migration-config.ts";
import { wavesOf } from "../config/waves.ts";
import { hasWaves, movesApplications } from "../phases/strategies/index.ts";
import { checkpointsTopic, heartbeatsTopic, syncsTopic } from "../runtime/model/mirror-topics.ts";
import { isMade } from "../runtime/model/platforms/platforms.ts";

/** One MirrorSourceConnector. */
export interface SourceConnector {
  /** Its name in Connect. */
  readonly name: string;
  /** The wave with which its topics close; absent for the one that copies all topics. */
  readonly wave?: string;
  /** Topics that it copies. */
  readonly topics: readonly string[];
}

/** The connector back of what one source connector copies. */
export interface ReverseConnector extends SourceConnector {
  /** The target's alias. It is the migration's own: MM2 of somebody else may read the source as well. */
  readonly alias: string;
  /**
   * Its own topics on the source: its positions, under a name that MM2 and assess pass over as MM2's own, and its syncs. No
   * other connector shares them, so that each goes with its connector.
   */
  readonly own: { readonly offsets: string; readonly syncs: string };
}

type NamedBy = Pick<
  MirroredConfig,
  "name" | "connect" | "table" | "naming" | "waves" | "workloads" | "topics" | "groups"
>;

/**
 * Names that other systems keep: a connector's name and the source's alias key its offsets in Connect, so changing
 * either would copy every topic again. They depend on the migration's name and its waves alone. MirrorMaker 2's own
 * topics carry the migration's name, so that several migrations have one target; only stacks that a former version has
 * begun keep the ones that they had (`naming`), in strategies that were there before.
 */
export function mirrorNames(config: NamedBy) {
  const connect = config.connect.name;
  const apart = movesApplications(config.table);
  const own = apart || config.naming === "own";
  const sourceAlias = own ? `${config.name}-source` : "source";
  const checkpoint = `${config.name}-checkpoint`;
  const heartbeat = apart ? undefined : `${config.name}-heartbeat`;
  const sources = sourceConnectors(config);
  const others = heartbeat === undefined ? [checkpoint] : [checkpoint, heartbeat];
  return {
    sourceAlias,
    targetAlias: "target",
    sources,
    checkpoint,
    heartbeat,
    /** The connectors through which no records pass. */
    others,
    /** All connectors. */
    connectors: [...sources.map(({ name }) => name), ...others],
    connectTopics: connectTopics(connect),
    /** The mirror back: one connector for each source connector. */
    reverses: sources.map((source) => reverseOf(config.name, source)),
    /** MM2's own topics on the target, as its identity replication policy names them. */
    mm2Topics: [syncsTopic(sourceAlias), checkpointsTopic(sourceAlias), ...(own ? [] : [heartbeatsTopic])],
    /** The topic that its heartbeats share with those of other migrations; undefined where it is in `mm2Topics`, or not written. */
    sharedTopic: own && heartbeat !== undefined ? heartbeatsTopic : undefined,
  };
}

function reverseOf(migration: string, { wave, topics }: SourceConnector): ReverseConnector {
  const base = wave === undefined ? migration : `${migration}-${wave}`;
  const alias = `${base}-target`;
  return {
    name: `${base}-reverse`,
    topics,
    alias,
    ...(wave !== undefined && { wave }),
    own: { offsets: `mm2-${base}-reverse-offsets.internal`, syncs: syncsTopic(alias) },
  };
}

/** Set on the workers, because platforms choose other names, or do not publish them. */
const connectTopics = (connect: string) => ({
  config: `${connect}-configs`,
  offset: `${connect}-offsets`,
  status: `${connect}-status`,
});

/** One per wave that closes a topic; where everything moves by one table, one for everything, called `all`. */
function sourceConnectors(config: NamedBy): readonly SourceConnector[] {
  if (!hasWaves(config.table)) return [{ name: `${config.name}-source-all`, topics: config.topics }];
  return wavesOf(config).flatMap(({ name: wave, closes }) =>
    closes.length === 0 ? [] : [{ name: `${config.name}-${wave}-source`, wave, topics: closes }],
  );
}

/**
 * The topic on the target in which Connect keeps the positions of the mirror's source connectors; undefined where the
 * config does not tell. One that the connectors have for themselves wins over the workers', as with Connect.
 */
export function offsetsTopicOf({
  connect,
  mirror,
}: Pick<MirroredConfig, "connect" | "mirror">): OffsetsTopicRef | undefined {
  const own = mirror.source["offsets.storage.topic"];
  if (own !== undefined) return { name: own };
  if (isMade(connect)) return { name: connectTopics(connect.name).offset };
  return connect.offsetsTopic === undefined ? undefined : { name: connect.offsetsTopic, given: true };
}

export { mirrorUsername } from "../config/migration-config.ts";
