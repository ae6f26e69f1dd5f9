import type { MirroredConfig } from "../config/migration-config.ts";

/**
 * Names that other systems keep: a connector's name and the source's alias key its offsets in Connect, so changing
 * either would copy every topic again. They depend on the migration's name alone.
 */
export function mirrorNames(config: Pick<MirroredConfig, "name" | "connect">) {
  const connect = config.connect.name;
  return {
    sourceAlias: "source",
    targetAlias: "target",
    /** One source connector per wave; the wave of everything is `all`. */
    source: `${config.name}-source-all`,
    checkpoint: `${config.name}-checkpoint`,
    heartbeat: `${config.name}-heartbeat`,
    /** Set on the workers, because KubeDB does not publish the names it would choose. */
    connectTopics: {
      config: `${connect}-configs`,
      offset: `${connect}-offsets`,
      status: `${connect}-status`,
    },
    /** MM2's own topics on the target, as its identity replication policy names them. */
    mm2Topics: ["mm2-offset-syncs.source.internal", "source.checkpoints.internal", "heartbeats"],
  } as const;
}

export { mirrorUsername } from "../config/migration-config.ts";
