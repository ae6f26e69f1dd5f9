/** Names that MirrorMaker 2 keeps for itself (facts: MirrorSourceConnector, IdentityReplicationPolicy). */

/** The topic that a MirrorSourceConnector writes its syncs to if they are located on the target. */
export const syncsTopic = (sourceAlias: string): string => `mm2-offset-syncs.${sourceAlias}.internal`;

/** The topic that a MirrorCheckpointConnector writes to, under the identity policy. */
export const checkpointsTopic = (sourceAlias: string): string => `${sourceAlias}.checkpoints.internal`;

/** The topic that a MirrorHeartbeatConnector writes to. */
export const heartbeatsTopic = "heartbeats";

/** Whether a topic is one that MirrorMaker 2 writes for itself, of whatever alias. */
export const isMirrorTopic = (name: string): boolean => /^mm2.*\.internal$|\.checkpoints\.internal$/.test(name);

/**
 * Why MirrorMaker 2 renames or skips a topic whatever its `topics` says: `heartbeats` by the end of its name, `hidden`
 * by its beginning, `mirror` for a name of its own topics. Null for a topic that it mirrors as it is.
 */
export function notMirrored(name: string): "heartbeats" | "hidden" | "mirror" | null {
  if (name.endsWith(heartbeatsTopic)) return "heartbeats";
  if (name.startsWith("__") || name.startsWith(".")) return "hidden";
  return isMirrorTopic(name) || name.endsWith(".replica") ? "mirror" : null;
}
