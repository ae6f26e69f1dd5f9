/**
 * What the runner is allowed to do in Kubernetes: no more than the requests that this program and Pulumi's provider send.
 * `test/kubernetes-rights.test.ts` reads the requests off the code, and the objects off the program. Pure.
 */
import { isMirrored, type MigrationConfig } from "../config/migration-config.ts";
import { isConnector, isInKubernetes } from "../config/workloads.ts";
import { rowsOf } from "../phases/strategies/index.ts";
import type { Row, Side } from "../phases/row.ts";
import { connectPlatformOf, isMade, kafkaObjectOf } from "../runtime/model/platforms/platforms.ts";
import type { ObjectType } from "../runtime/model/platforms/platform.ts";
import { workloadKinds } from "../runtime/model/workload-kinds/index.ts";
import { sideFields } from "./workload-fields.ts";

/** What may be done with one type of objects in the namespace of a connection. */
export interface KubernetesRight {
  /** A connection of the config. */
  readonly connection: string;
  /** Empty for Kubernetes' own core group. */
  readonly group: string;
  /** Plural name, with a subresource after a slash: `deployments/scale`. */
  readonly resource: string;
  /** In the order of the alphabet. */
  readonly verbs: readonly string[];
}

const right = (connection: string, group: string, resource: string, ...verbs: string[]): KubernetesRight => ({
  connection,
  group,
  resource,
  verbs,
});

const groupOf = ({ apiVersion }: Pick<ObjectType, "apiVersion">): string =>
  apiVersion.includes("/") ? apiVersion.split("/")[0]! : "";

/** What Pulumi's provider does with objects that the program declares, and with those of which it sets fields alone. */
const declares = ["create", "delete", "get", "patch"] as const;
const sets = ["get", "patch"] as const;
/** It waits for a Deployment by what its pods report. */
const awaits = ["get", "list", "watch"] as const;

/** Everything that a row needs, the verbs of one type of one namespace together. */
export function kubernetesRights(config: MigrationConfig, row: Pick<Row, "connect">): KubernetesRight[] {
  const all = [
    ...clusterRights(config, "source"),
    ...clusterRights(config, "target"),
    ...ledgerRights(config),
    ...(row.connect === "present" ? mirrorRights(config) : []),
    ...(row.connect === "present" ? uiRights(config) : []),
    ...networkRights(config),
    ...secretRights(config),
    ...workloadRights(config),
    ...programRights(config),
  ];
  const same = Map.groupBy(all, ({ connection, group, resource }) => JSON.stringify([connection, group, resource]));
  return [...same.values()].map((of) => ({
    ...of[0]!,
    verbs: [...new Set(of.flatMap(({ verbs }) => verbs))].sort(),
  }));
}

/** A side's Kafka object: made here, halted here, deleted here. */
export function clusterRights(config: MigrationConfig, side: Side): KubernetesRight[] {
  const { cluster, kubernetes } = config[side];
  const found = kafkaObjectOf(cluster);
  if (found === null) return [];
  const { object, dependents } = found.kafka;
  const of = (...verbs: string[]) => right(kubernetes, groupOf(object), object.plural, ...verbs);
  const halts = side === "source" && rowsOf(config).some(({ source }) => source === "halted");
  const removes = side === "source" && config.cleanup.confirm !== undefined;
  return [
    of("get"),
    // What stays when the stack goes is never deleted by it.
    ...(isMade(cluster) ? [of("create", "patch")] : []),
    ...(halts ? [of("patch")] : []),
    ...(removes
      ? [of("delete"), ...dependents.map((type) => right(kubernetes, groupOf(type), type.plural, "list"))]
      : []),
    ...(isMade(cluster) && found.kafka.externalRanges(cluster).length > 0
      ? [right(kubernetes, "", "services", "create", "get", "patch")]
      : []),
  ];
}

/** The ledger, what else is written down beside it, and the lease of whoever moves something. */
function ledgerRights({ target }: MigrationConfig): KubernetesRight[] {
  const at = target.kubernetes;
  return [
    right(at, "", "configmaps", "create", "delete", "get", "list", "patch", "update"),
    right(at, "coordination.k8s.io", "leases", "create", "get", "update"),
  ];
}

/** Connect, its connectors and what belongs to them. */
export function mirrorRights(config: MigrationConfig): KubernetesRight[] {
  if (!isMirrored(config)) return [];
  const at = config.target.kubernetes;
  const { object, connector } = connectPlatformOf(config.connect);
  const { prometheusRule, dashboard } = config.monitoring ?? {};
  return [
    right(at, groupOf(object), object.plural, "get"),
    ...(isMade(config.connect)
      ? [
          right(at, groupOf(object), object.plural, ...declares),
          right(at, "appcatalog.appscode.com", "appbindings", ...declares),
          right(at, "", "pods", "list"),
        ]
      : []),
    right(at, groupOf(connector), connector.plural, ...declares),
    right(at, "", "secrets", "create", "delete", "get", "patch"),
    ...(prometheusRule === undefined ? [] : [right(at, "monitoring.coreos.com", "prometheusrules", ...declares)]),
    ...(dashboard === undefined ? [] : [right(at, "", "configmaps", ...declares)]),
  ];
}

/** The UI's chart, by Helm, which keeps its releases in Secrets. */
function uiRights({ ui, target }: MigrationConfig): KubernetesRight[] {
  if (ui === undefined) return [];
  const at = target.kubernetes;
  const core = ["configmaps", "secrets", "services", "serviceaccounts"].map((what) => right(at, "", what, ...declares));
  return [...core, right(at, "", "secrets", "list"), right(at, "apps", "deployments", ...declares, "list", "watch")];
}

function networkRights({ network, target }: MigrationConfig): KubernetesRight[] {
  return network === undefined ? [] : [right(target.kubernetes, "networking.k8s.io", "networkpolicies", ...declares)];
}

/** Secrets that are read, wherever the config says that they lie. */
function secretRights(config: MigrationConfig): KubernetesRight[] {
  const named = (["source", "target"] as const).flatMap((side) => {
    const { kubernetes, credentials, registry } = config[side];
    const users = [credentials?.runner, credentials?.admin, credentials?.mirror, registry?.credentials];
    return [kubernetes, ...users.map((user) => user?.kubernetes)];
  });
  return [...new Set(named.filter((connection) => connection !== undefined))].map((connection) =>
    right(connection, "", "secrets", "get"),
  );
}

/** Workloads are stopped, pointed elsewhere and started; their pods are counted, and what would start them is looked for. */
export function workloadRights(config: MigrationConfig): KubernetesRight[] {
  const homes = config.workloads.filter(isInKubernetes).flatMap((workload): KubernetesRight[] => {
    const { kind, kubernetes = config.source.kubernetes } = workload;
    const { apiVersion, plural, scalable } = workloadKinds[kind];
    const group = groupOf({ apiVersion });
    const of = (resource: string, ...verbs: string[]) => right(kubernetes, group, resource, ...verbs);
    const fields = sideFields(config, workload);
    // What a container's variable points at is read by its pod; anything else gets the text.
    const reads = fields.some(
      ({ place, on }) =>
        !("container" in place) && [on.source, on.target].some((value) => value !== undefined && "secret" in value),
    );
    const places = fields.map(({ place }) => place);
    return [
      // Many are read with one list, where that is allowed, and else one by one.
      of(plural, "get", "patch"),
      ...(scalable ? [of(`${plural}/scale`, "patch")] : [of("jobs", "list")]),
      ...(kind === "Rollout" ? [of(`${plural}/status`, "patch")] : []),
      right(kubernetes, "", "pods", "list"),
      ...(reads ? [right(kubernetes, "", "secrets", "get")] : []),
      ...(places.some((place) => "configMap" in place) ? [right(kubernetes, "", "configmaps", ...sets)] : []),
      ...(places.some((place) => "secret" in place) ? [right(kubernetes, "", "secrets", ...sets)] : []),
    ];
  });
  const connects = config.workloads.filter(isConnector);
  return connects.length === 0 ? homes : [...homes, ...secretsOfConnects(config)];
}

const secretsOfConnects = ({ source }: MigrationConfig): KubernetesRight[] => [
  right(source.kubernetes, "", "secrets", "get"),
];

/** Programs that run in pods. */
export function programRights(config: MigrationConfig): KubernetesRight[] {
  const { paths, schemas } = config.inCluster ?? {};
  const homes = config.workloads.filter(isInKubernetes).map(({ kubernetes = config.source.kubernetes }) => kubernetes);
  const program = (connection: string) => [
    right(connection, "", "configmaps", ...declares),
    right(connection, "", "pods", ...awaits),
  ];
  return [
    ...(paths === undefined
      ? []
      : [...new Set(homes)].flatMap((home) => [...program(home), right(home, "batch", "cronjobs", ...declares)])),
    ...(schemas === undefined
      ? []
      : [
          ...program(config.target.kubernetes),
          right(config.target.kubernetes, "apps", "deployments", ...declares, "watch"),
          right(config.target.kubernetes, "apps", "replicasets", ...awaits),
          right(config.target.kubernetes, "", "events", "list", "watch"),
        ]),
  ];
}
