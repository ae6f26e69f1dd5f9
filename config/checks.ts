import type { MigrationConfig } from "./schema.ts";

/** One thing that is wrong in a config: where, and what to do. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

type Rule = (config: MigrationConfig) => readonly Problem[];

/** Properties that the program sets from other inputs: an override would contradict them. */
const ownedProperties: Record<"source" | "checkpoint" | "heartbeat", readonly RegExp[]> = {
  source: [/^name$/, /^connector\.class$/, /^topics$/, /cluster\.(alias|bootstrap|security|sasl|ssl)/, /converter$/],
  checkpoint: [/^name$/, /^connector\.class$/, /^(topics|groups)$/, /cluster\.(alias|bootstrap|security|sasl|ssl)/],
  heartbeat: [/^name$/, /^connector\.class$/, /cluster\.(alias|bootstrap|security|sasl|ssl)/],
};

const rules: readonly Rule[] = [
  (config) =>
    kubernetesUses(config)
      .filter(({ used }) => !(used in config.kubernetes))
      .map(({ path, used }) => ({
        path,
        message: `"${used}" is not under kubernetes; allowed: ${Object.keys(config.kubernetes).join(", ")}`,
      })),
  (config) => duplicates("topics", config.topics),
  (config) =>
    duplicates(
      "groups",
      config.groups.map((group) => group.name),
    ),
  (config) =>
    duplicates(
      "workloads",
      config.workloads.map((workload) => workload.name),
    ),
  (config) =>
    config.groups.flatMap((group, index) =>
      group.topics
        .filter((topic) => !config.topics.includes(topic))
        .map((topic) => ({
          path: `groups[${index}].topics`,
          message: `group "${group.name}" reads "${topic}", which is not under topics; add it there or here remove it`,
        })),
    ),
  (config) =>
    config.workloads.flatMap((workload, index) =>
      workload.role === "consumer"
        ? workload.groups
            .filter((name) => !config.groups.some((group) => group.name === name))
            .map((name) => ({
              path: `workloads[${index}].groups`,
              message: `"${name}" is not under groups; allowed: ${config.groups.map((g) => g.name).join(", ") || "none"}`,
            }))
        : [],
    ),
  (config) =>
    config.groups.flatMap((group, index) =>
      config.workloads.some((workload) => workload.role === "consumer" && workload.groups.includes(group.name))
        ? []
        : [
            {
              path: `groups[${index}].name`,
              message: `no workload joins group "${group.name}", so nobody would be stopped before its offsets move; name the group at a consumer under workloads`,
            },
          ],
    ),
  (config) => config.topics.flatMap((topic, index) => unmirrorable(topic, index)),
  (config) =>
    (["source", "target"] as const).flatMap((side) => {
      const { security, credentials, cluster, bootstrap } = config[side];
      const sasl = security.protocol.startsWith("SASL_");
      return [
        ...(sasl && !security.mechanism
          ? [{ path: `${side}.security.mechanism`, message: `required by ${security.protocol}` }]
          : []),
        ...(sasl && !credentials
          ? [{ path: `${side}.credentials`, message: `required by ${security.protocol}: runner.secret at least` }]
          : []),
        ...(cluster.kind === "external" && !bootstrap
          ? [{ path: `${side}.bootstrap`, message: "required for a cluster of kind external" }]
          : []),
      ];
    }),
  ({ source, target }) => {
    const same =
      source.cluster.kind !== "external" &&
      target.cluster.kind !== "external" &&
      source.kubernetes === target.kubernetes &&
      source.cluster.name === target.cluster.name;
    const shared = (source.runnerBootstrap ?? []).find((address) => target.runnerBootstrap?.includes(address));
    if (same) return [{ path: "target.cluster.name", message: "source and target are the same Kafka object" }];
    return shared
      ? [{ path: "target.runnerBootstrap", message: `${shared} is the source's address; the sides must differ` }]
      : [];
  },
  ({ target, mirror }) => {
    if (target.cluster.kind !== "kubedb") return [];
    const brokers = (target.cluster.combined ?? target.cluster.topology?.broker)?.replicas ?? 0;
    return (mirror.replicationFactor ?? 0) > brokers
      ? [
          {
            path: "mirror.replicationFactor",
            message: `${mirror.replicationFactor} replicas need as many brokers, the target has ${brokers}`,
          },
        ]
      : [];
  },
  ({ connect }) =>
    ["3.5.2", "3.6.1", "3.7.2"].includes(connect.version)
      ? [
          {
            path: "connect.version",
            message: `"${connect.version}" loses offset syncs at restarts; allowed: 3.8.1 and later`,
          },
        ]
      : [],
  ({ mirror }) =>
    (["source", "checkpoint", "heartbeat"] as const).flatMap((connector) =>
      Object.keys(mirror[connector])
        .filter((key) => ownedProperties[connector].some((owned) => owned.test(key)))
        .map((key) => ({
          path: `mirror.${connector}["${key}"]`,
          message: "set by the program from the other inputs; remove it here",
        })),
    ),
  ({ mirror }) =>
    mirror.checkpoint["sync.group.offsets.enabled"] === "true"
      ? [
          {
            path: 'mirror.checkpoint["sync.group.offsets.enabled"]',
            message: "MM2's sync can rewind a group after it moved; the switch places offsets exactly. Remove it",
          },
        ]
      : [],
  ({ mirror }) =>
    mirror.source["errors.tolerance"] === "all"
      ? [{ path: 'mirror.source["errors.tolerance"]', message: '"all" drops records; allowed: none' }]
      : [],
  ({ gates }) =>
    gates.holdSeconds >= gates.timeoutSeconds
      ? [
          {
            path: "gates.holdSeconds",
            message: `${gates.holdSeconds} s never fit into timeoutSeconds (${gates.timeoutSeconds} s)`,
          },
        ]
      : [],
];

/** Everything that is wrong with how the fields of a config fit together; empty when they do. */
export function checkConfig(config: MigrationConfig): Problem[] {
  return rules.flatMap((rule) => rule(config));
}

function kubernetesUses(config: MigrationConfig): { path: string; used: string }[] {
  const sides = (["source", "target"] as const).flatMap((side) => [
    { path: `${side}.kubernetes`, used: config[side].kubernetes },
    ...(["runner", "mirror"] as const).flatMap((role) => {
      const used = config[side].credentials?.[role]?.kubernetes;
      return used === undefined ? [] : [{ path: `${side}.credentials.${role}.kubernetes`, used }];
    }),
  ]);
  const workloads = config.workloads.flatMap((workload, index) =>
    workload.kubernetes === undefined ? [] : [{ path: `workloads[${index}].kubernetes`, used: workload.kubernetes }],
  );
  return [...sides, ...workloads];
}

function duplicates(path: string, names: readonly string[]): Problem[] {
  const twice = names.filter((name, index) => names.indexOf(name) < index);
  return [...new Set(twice)].map((name) => ({ path, message: `"${name}" is named twice; name it once` }));
}

/** MM2 renames or skips some names whatever its `topics` says (facts: MirrorSourceConnector, IdentityReplicationPolicy). */
function unmirrorable(topic: string, index: number): Problem[] {
  const path = `topics[${index}]`;
  if (topic.endsWith("heartbeats")) {
    return [{ path, message: `"${topic}" would be renamed by MirrorMaker 2, because it ends with "heartbeats"` }];
  }
  if (topic.startsWith("__") || topic.startsWith(".")) {
    return [{ path, message: `"${topic}" is never mirrored, because it begins with "__" or "."` }];
  }
  if (/^mm2.*\.internal$|\.checkpoints\.internal$|\.replica$/.test(topic)) {
    return [{ path, message: `"${topic}" has a name of MirrorMaker 2's own topics and is never mirrored` }];
  }
  return [];
}
