import type { MigrationConfig } from "./schema.ts";

/** One thing that is wrong in a config: where, and what is allowed or what to do. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

type Section = keyof MigrationConfig;
type Rule = (config: Partial<MigrationConfig>) => readonly Problem[];

/** A rule over the sections that it names; silent while one of them is not valid by itself. */
function rule<S extends Section>(
  reads: readonly S[],
  check: (sections: Pick<MigrationConfig, S>) => readonly Problem[],
): Rule {
  return (config) => (reads.every((section) => config[section] !== undefined) ? check(config as MigrationConfig) : []);
}

const sides = ["source", "target"] as const;
const connectors = ["source", "checkpoint", "heartbeat"] as const;

/** Properties that the program sets from other inputs: an override would contradict them. */
const ownedProperties: Record<(typeof connectors)[number], readonly RegExp[]> = {
  source: [/^name$/, /^connector\.class$/, /^topics$/, /cluster\.(alias|bootstrap|security|sasl|ssl)/, /converter$/],
  checkpoint: [/^name$/, /^connector\.class$/, /^(topics|groups)$/, /cluster\.(alias|bootstrap|security|sasl|ssl)/],
  heartbeat: [/^name$/, /^connector\.class$/, /cluster\.(alias|bootstrap|security|sasl|ssl)/],
};

const rules: readonly Rule[] = [
  rule(["kubernetes", "source", "target", "workloads"], (config) =>
    kubernetesUses(config)
      .filter(({ used }) => !Object.hasOwn(config.kubernetes, used))
      .map(({ path, used }) => ({
        path,
        message: `"${used}" is not under kubernetes; allowed: ${Object.keys(config.kubernetes).join(", ")}`,
      })),
  ),
  rule(["topics"], ({ topics }) => duplicates("topics", topics)),
  rule(["target"], ({ target }) =>
    target.cluster.kind === "external"
      ? [
          {
            path: "target.cluster.kind",
            message:
              "found external; allowed as a target so far: kubedb, kubedb-existing, because Connect refers to it",
          },
        ]
      : [],
  ),
  rule(["source", "target"], (config) =>
    sides.flatMap((side) =>
      config[side].cluster.kind === "kubedb" && config[side].security.protocol.endsWith("SSL")
        ? [
            {
              path: `${side}.security.protocol`,
              message: `found ${config[side].security.protocol}; allowed so far for a cluster that is made here: PLAINTEXT, SASL_PLAINTEXT`,
            },
          ]
        : [],
    ),
  ),
  rule(["groups"], ({ groups }) =>
    duplicates(
      "groups",
      groups.map((group) => group.name),
    ),
  ),
  rule(["workloads"], ({ workloads }) =>
    duplicates(
      "workloads",
      workloads.map((workload) => workload.name),
    ),
  ),
  rule(["groups", "topics"], ({ groups, topics }) =>
    groups.flatMap((group, index) =>
      group.topics
        .filter((topic) => !topics.includes(topic))
        .map((topic) => ({
          path: `groups[${index}].topics`,
          message: `group "${group.name}" reads "${topic}", which is not under topics; add it there or remove it here`,
        })),
    ),
  ),
  rule(["workloads", "groups"], ({ workloads, groups }) =>
    workloads.flatMap((workload, index) =>
      workload.role === "consumer"
        ? workload.groups
            .filter((name) => !groups.some((group) => group.name === name))
            .map((name) => ({
              path: `workloads[${index}].groups`,
              message: `"${name}" is not under groups; allowed: ${groups.map((group) => group.name).join(", ") || "none"}`,
            }))
        : [],
    ),
  ),
  rule(["workloads", "groups"], ({ workloads, groups }) =>
    groups.flatMap((group, index) =>
      workloads.some((workload) => workload.role === "consumer" && workload.groups.includes(group.name))
        ? []
        : [
            {
              path: `groups[${index}].name`,
              message: `no workload joins group "${group.name}", so nobody would be stopped before its offsets move; name the group at a consumer under workloads`,
            },
          ],
    ),
  ),
  rule(["workloads"], ({ workloads }) => sharedAddresses(workloads)),
  rule(["topics"], ({ topics }) => topics.flatMap((topic, index) => unmirrorable(topic, index))),
  rule(["source"], ({ source }) => sideProblems("source", source)),
  rule(["target"], ({ target }) => sideProblems("target", target)),
  rule(["kubernetes", "source", "target", "workloads"], unresolvable),
  rule(["source", "target"], ({ source, target }) => {
    const same =
      source.cluster.kind !== "external" &&
      target.cluster.kind !== "external" &&
      source.kubernetes === target.kubernetes &&
      source.cluster.name === target.cluster.name;
    if (same) return [{ path: "target.cluster.name", message: "source and target are the same Kafka object" }];
    return (["bootstrap", "runnerBootstrap"] as const).flatMap((key) => {
      const shared = (source[key] ?? []).find((address) => target[key]?.includes(address));
      return shared
        ? [{ path: `target.${key}`, message: `${shared} is the source's address; the sides must differ` }]
        : [];
    });
  }),
  rule(["source", "target"], ({ source, target }) =>
    source.clusterId !== undefined && source.clusterId === target.clusterId
      ? [{ path: "target.clusterId", message: "it is the source's cluster id; the sides must differ" }]
      : [],
  ),
  rule(["target"], ({ target }) => {
    const controllers = target.cluster.kind === "kubedb" ? (target.cluster.topology?.controller.replicas ?? 1) : 1;
    return controllers % 2 === 0
      ? [
          {
            path: "target.cluster.topology.controller.replicas",
            message: `${controllers} controllers survive no more failures than ${controllers - 1}; allowed: an odd number`,
          },
        ]
      : [];
  }),
  rule(["target", "mirror"], ({ target, mirror }) => {
    if (target.cluster.kind !== "kubedb") return [];
    const brokers = (target.cluster.combined ?? target.cluster.topology?.broker)?.replicas ?? 0;
    return (mirror.replicationFactor ?? 0) > brokers
      ? [
          {
            path: "mirror.replicationFactor",
            message: `${mirror.replicationFactor} replicas need as many brokers, the target has ${brokers}; allowed: at most ${brokers}`,
          },
        ]
      : [];
  }),
  rule(["connect"], ({ connect }) =>
    ["3.5.2", "3.6.1", "3.7.2"].includes(connect.version)
      ? [
          {
            path: "connect.version",
            message: `"${connect.version}" loses offset syncs at restarts; allowed: 3.8.1 and later`,
          },
        ]
      : [],
  ),
  rule(["mirror"], ({ mirror }) =>
    connectors.flatMap((connector) =>
      Object.keys(mirror[connector])
        .filter((key) => ownedProperties[connector].some((owned) => owned.test(key)))
        .map((key) => ({
          path: `mirror.${connector}["${key}"]`,
          message: "set by the program from the other inputs; remove it here",
        })),
    ),
  ),
  rule(["mirror"], ({ mirror }) =>
    mirror.checkpoint["sync.group.offsets.enabled"] === "true"
      ? [
          {
            path: 'mirror.checkpoint["sync.group.offsets.enabled"]',
            message: "MM2's sync can rewind a group after it moved; the switch places offsets exactly. Remove it",
          },
        ]
      : [],
  ),
  rule(["mirror"], ({ mirror }) =>
    mirror.source["errors.tolerance"] === "all"
      ? [{ path: 'mirror.source["errors.tolerance"]', message: '"all" drops records; allowed: none' }]
      : [],
  ),
  rule(["gates"], ({ gates }) =>
    gates.holdSeconds >= gates.timeoutSeconds
      ? [
          {
            path: "gates.holdSeconds",
            message: `${gates.holdSeconds} s never fit into timeoutSeconds (${gates.timeoutSeconds} s); allowed: less than that`,
          },
        ]
      : [],
  ),
];

/** Everything that is wrong with how the fields of a config fit together, as far as its sections are there. */
export function checkConfig(config: Partial<MigrationConfig>): Problem[] {
  return rules.flatMap((check) => check(config));
}

function sideProblems(side: (typeof sides)[number], config: MigrationConfig["source"]): Problem[] {
  const { security, credentials, cluster, bootstrap } = config;
  const sasl = security.protocol.startsWith("SASL_");
  const wrong = (key: string, message: string, when: boolean): Problem[] =>
    when ? [{ path: `${side}.${key}`, message }] : [];
  return [
    ...wrong(
      "security.mechanism",
      `required by ${security.protocol}; allowed: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512`,
      sasl && !security.mechanism,
    ),
    ...wrong(
      "credentials",
      `required by ${security.protocol}; name a Secret as runner: {secret: …}`,
      sasl && !credentials,
    ),
    ...wrong(
      "bootstrap",
      "required for a cluster of kind external; list its brokers as host:port",
      cluster.kind === "external" && !bootstrap,
    ),
  ];
}

function kubernetesUses(
  config: Pick<MigrationConfig, "source" | "target" | "workloads">,
): { path: string; used: string }[] {
  const bySide = sides.flatMap((side) => [
    { path: `${side}.kubernetes`, used: config[side].kubernetes },
    ...(["runner", "mirror"] as const).flatMap((role) => {
      const used = config[side].credentials?.[role]?.kubernetes;
      return used === undefined ? [] : [{ path: `${side}.credentials.${role}.kubernetes`, used }];
    }),
  ]);
  const workloads = config.workloads.flatMap((workload, index) =>
    workload.kubernetes === undefined ? [] : [{ path: `workloads[${index}].kubernetes`, used: workload.kubernetes }],
  );
  return [...bySide, ...workloads];
}

/** A KubeDB service's name means nothing outside its own Kubernetes cluster. */
function unresolvable(config: Pick<MigrationConfig, "kubernetes" | "source" | "target" | "workloads">): Problem[] {
  const differ = (a: string, b: string): boolean => {
    const [one, other] = [config.kubernetes[a], config.kubernetes[b]];
    if (!one || !other) return false;
    return one.kubeconfig !== other.kubeconfig || one.context !== other.context;
  };
  const readers = [
    { what: "MirrorMaker 2", kubernetes: config.target.kubernetes },
    ...config.workloads.map(({ name, kubernetes }) => ({
      what: `workload "${name}"`,
      kubernetes: kubernetes ?? config.source.kubernetes,
    })),
  ];
  return sides.flatMap((side) => {
    const { bootstrap, cluster, kubernetes } = config[side];
    const outside = readers.find((reader) => differ(reader.kubernetes, kubernetes));
    return bootstrap || cluster.kind === "external" || !outside
      ? []
      : [
          {
            path: `${side}.bootstrap`,
            message: `missing; ${outside.what} runs under "${outside.kubernetes}", where the service's name of the brokers under "${kubernetes}" does not resolve; list addresses that it reaches`,
          },
        ];
  });
}

/** Producers and consumers move in different rows, so one key cannot hold the address of both. */
function sharedAddresses(workloads: MigrationConfig["workloads"]): Problem[] {
  const keyOf = ({ kubernetes, bootstrap }: MigrationConfig["workloads"][number]): string =>
    "container" in bootstrap ? "" : JSON.stringify([kubernetes ?? "", ...Object.entries(bootstrap).sort()]);
  return workloads.flatMap((workload, index) => {
    const key = keyOf(workload);
    const other = workloads
      .slice(0, index)
      .find((one) => one.role !== workload.role && key !== "" && keyOf(one) === key);
    return other
      ? [
          {
            path: `workloads[${index}].bootstrap`,
            message: `${other.role} "${other.name}" reads the same key, but producers and consumers move in different rows; give each a key of its own`,
          },
        ]
      : [];
  });
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
