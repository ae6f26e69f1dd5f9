import type { MirroredConfig } from "../config/migration-config.ts";
import { heartbeatsTopic } from "../runtime/model/mirror-topics.ts";
import { isMade } from "../runtime/model/platforms/platforms.ts";
import type { Row, Side } from "../phases/row.ts";
import { workerProperties } from "./connector-properties.ts";
import { mirrorNames } from "./names.ts";
import type { Right } from "./right.ts";

/**
 * Exactly what MirrorMaker 2 and the Connect workers that run it need on one side, no more: nothing on the source can
 * be changed with it, and on the target no config, no group and no topic but the migrated ones and MM2's own. Pure.
 * Topics and groups are named one by one: n topics are n rights on each side.
 */
export function mirrorRights(config: MirroredConfig, side: Side, reverse: Row["reverse"] = "absent"): readonly Right[] {
  if (side === "source")
    return reverse === "running" ? [...onSource(config), ...backOnSource(config)] : onSource(config);
  return reverse === "running" ? [...onTarget(config), ...backOnTarget(config)] : onTarget(config);
}

/** What the mirror back writes on the source: records and positions in one transaction, and its syncs. */
function backOnSource(config: MirroredConfig): Right[] {
  const group = workerProperties(config)["group.id"]!;
  return [
    ...config.topics.map((topic) => literal("Write", "Topic", topic, "what was written on the target comes back")),
    ...mirrorNames(config).reverses.flatMap(({ name, own }): Right[] => [
      ...keeps(own.offsets, "the positions of the mirror back", "a restarted task continues there"),
      literal("Delete", "Topic", own.offsets, "it goes when the way back is closed"),
      ...keeps(own.syncs, syncsHold, "groups that go back are placed by them"),
      literal("Delete", "Topic", own.syncs, "it goes when the way back is closed"),
      {
        operation: "Write",
        resource: "TransactionalID",
        name: `${group}-${name}-`,
        pattern: "Prefixed",
        reason: "each task commits records and their positions in one transaction; the task's number follows",
      },
    ]),
  ];
}

const backOnTarget = (config: MirroredConfig): Right[] =>
  config.topics.map((topic) => literal("Read", "Topic", topic, "its records are copied to the source"));

function onSource(config: MirroredConfig): Right[] {
  return [
    ...config.topics.map((topic) => literal("Read", "Topic", topic, "its records are copied")),
    ...config.groups.map(({ name }) =>
      literal("Describe", "Group", name, "the checkpoint connector reads its committed offsets"),
    ),
  ];
}

function onTarget(config: MirroredConfig): Right[] {
  const { mm2Topics, heartbeat } = mirrorNames(config);
  const [syncs, checkpoints] = mm2Topics as [string, string, string?];
  // The workers of a Connect that stands already write as its own user, whose rights are not ours to give.
  if (!isMade(config.connect)) {
    return [
      ...config.topics.map((topic) => literal("Describe", "Topic", topic, "MM2 looks which topics have a copy")),
      ...keeps(syncs, syncsHold, "the checkpoint connector reads them"),
      literal("Create", "Topic", checkpoints, "checkpoints of the groups"),
      literal("Read", "Topic", checkpoints, "a restarted task continues where it was"),
      ...(heartbeat === undefined ? [] : [literal("Create", "Topic", heartbeatsTopic, signOfLife)]),
    ];
  }
  return [
    ...config.topics.map((topic) => literal("Write", "Topic", topic, "the copy is written")),
    ...keeps(syncs, syncsHold, "the checkpoint connector reads them"),
    ...keeps(checkpoints, "checkpoints of the groups", "a restarted task continues where it was"),
    ...(heartbeat === undefined ? [] : keeps(heartbeatsTopic, signOfLife)),
    ...ofWorkers(config),
  ];
}

const signOfLife = "heartbeats, a sign of life";
const syncsHold = "offset syncs: where a source offset lies on the target";

/** Connect's own: three topics, the workers' group and, exactly-once, the transactions of its leader and its tasks. */
function ofWorkers(config: MirroredConfig): Right[] {
  const worker = workerProperties(config);
  const group = worker["group.id"]!;
  const { connectors } = mirrorNames(config);
  return [
    ...keeps(worker["config.storage.topic"]!, "the connectors' configurations", "every worker follows them"),
    ...keeps(worker["offset.storage.topic"]!, "the connectors' positions", "a restarted task continues there"),
    ...keeps(worker["status.storage.topic"]!, "the connectors' states", "every worker follows them"),
    literal("Read", "Group", group, "workers find one another and share the tasks"),
    ...(worker["exactly.once.source.support"] === "enabled"
      ? [
          literal(
            "Write",
            "TransactionalID",
            `connect-cluster-${group}`,
            "the leader writes configurations in transactions, so that a former leader cannot",
          ),
          ...connectors.map((connector): Right => ({
            operation: "Write",
            resource: "TransactionalID",
            name: `${group}-${connector}-`,
            pattern: "Prefixed",
            reason: "each task commits records and their positions in one transaction; the task's number follows",
          })),
        ]
      : []),
  ];
}

/** A topic that MM2 or Connect creates for itself and writes to; `readBack` says what reads it again, if anything. */
function keeps(topic: string, what: string, readBack?: string): Right[] {
  return [
    literal("Create", "Topic", topic, what),
    literal("Write", "Topic", topic, what),
    ...(readBack === undefined ? [] : [literal("Read", "Topic", topic, readBack)]),
  ];
}

const literal = (operation: Right["operation"], resource: Right["resource"], name: string, reason: string): Right => ({
  operation,
  resource,
  name,
  pattern: "Literal",
  reason,
});
