import type { OffsetsTopicRef } from "@kafka-migration/kafka";
import { checkpointsTopic, heartbeatsTopic, syncsTopic } from "../runtime/model/mirror-topics.ts";
import { isMade } from "../runtime/model/platforms/platforms.ts";
import type { MirroredConfig } from "../config/migration-config.ts";

const sourceAlias = "source";

/**
 * Names that other systems keep: a connector's name and the source's alias key its offsets in Connect, so changing
 * either would copy every topic again. They depend on the migration's name alone.
 */
export function mirrorNames(config: Pick<MirroredConfig, "name" | "connect">) {
  const connect = config.connect.name;
  return {
    sourceAlias,
    targetAlias: "target",
    /** One source connector per wave; the wave of everything is `all`. */
    source: `${config.name}-source-all`,
    checkpoint: `${config.name}-checkpoint`,
    heartbeat: `${config.name}-heartbeat`,
    /** Set on the workers, because platforms choose other names, or do not publish them. */
    connectTopics: {
      config: `${connect}-configs`,
      offset: `${connect}-offsets`,
      status: `${connect}-status`,
    },
    /** The mirror back. Its aliases are the migration's own: MM2 of somebody else may read the source as well. */
    reverse: `${config.name}-reverse`,
    reverseAlias: `${config.name}-target`,
    /**
     * Topics on the source: the positions of the mirror back, under a name that MM2 and assess pass over as its own, and its
     * syncs.
     */
    reverseTopics: {
      offsets: `mm2-${config.name}-reverse-offsets.internal`,
      syncs: syncsTopic(`${config.name}-target`),
    },
    /** MM2's own topics on the target, as its identity replication policy names them. */
    mm2Topics: [syncsTopic(sourceAlias), checkpointsTopic(sourceAlias), heartbeatsTopic],
  } as const;
}

/**
 * The topic on the target in which Connect keeps the positions of the mirror's source connector; undefined where the config
 * does not tell. One that the connector has for itself wins over the workers', as with Connect.
 */
export function offsetsTopicOf(
  config: Pick<MirroredConfig, "name" | "connect" | "mirror">,
): OffsetsTopicRef | undefined {
  const { connect, mirror } = config;
  // Its positions are where its producer writes.
  if ("producer.override.bootstrap.servers" in mirror.source) return undefined;
  const own = mirror.source["offsets.storage.topic"];
  if (own !== undefined) return { name: own };
  if (isMade(connect)) return { name: mirrorNames(config).connectTopics.offset };
  return connect.offsetsTopic === undefined ? undefined : { name: connect.offsetsTopic, given: true };
}

export { mirrorUsername } from "../config/migration-config.ts";
