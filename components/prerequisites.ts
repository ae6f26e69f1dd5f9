/** What must be there in Kubernetes before anything is made: kinds that others install, and rights of the runner. Pure. */
import type { Need, PrerequisitesInputs } from "@kafka-migration/kafka";
import { isMirrored, type MigrationConfig } from "../config/migration-config.ts";
import { isInKubernetes } from "../config/workloads.ts";
import type { Row, Side } from "../phases/row.ts";
import {
  connectPlatformOf,
  isMade,
  kafkaObjectOf,
  plannedOf,
  platformOf,
} from "../runtime/model/platforms/platforms.ts";
import { workloadKinds } from "../runtime/model/workload-kinds/index.ts";
import { kubernetesRef } from "./side-addresses.ts";

/** A need, and the connection of the config through which it is looked for. */
export interface NeedAt {
  readonly connection: string;
  readonly need: Need;
}

interface Kind {
  readonly apiVersion: string;
  readonly plural: string;
}

const served = (connection: string, title: string, { apiVersion, plural }: Kind): NeedAt => {
  const [group = "", version = ""] = apiVersion.split("/");
  return { connection, need: { kind: "served", title, group, version, plural } };
};

const allowed = (connection: string, verb: string, plural: string, group = ""): NeedAt => ({
  connection,
  need: { kind: "allowed", verb, group, plural },
});

const groupOf = ({ apiVersion }: Kind): string => apiVersion.split("/")[0]!;

/** A side's platform, and the right to make its cluster where it is made here. */
export function clusterNeeds(config: MigrationConfig, side: Side): NeedAt[] {
  const { cluster, kubernetes } = config[side];
  const found = kafkaObjectOf(cluster);
  if (found === null) return [];
  const { object } = found.kafka;
  return [
    served(kubernetes, platformOf(cluster).title, object),
    ...(plannedOf(cluster) === undefined ? [] : [allowed(kubernetes, "create", object.plural, groupOf(object))]),
  ];
}

/** cert-manager, where a cluster that is made here gets its certificates from it. */
export function issuerNeeds(config: MigrationConfig, side: Side): NeedAt[] {
  const { cluster, kubernetes } = config[side];
  return isMade(cluster) && "tls" in cluster && cluster.tls !== undefined
    ? [served(kubernetes, "cert-manager", { apiVersion: "cert-manager.io/v1", plural: "certificates" })]
    : [];
}

/** Connect's platform, and the right to make what the mirror and the ledger are made of. */
export function connectNeeds(config: MigrationConfig): NeedAt[] {
  if (!isMirrored(config)) return [];
  const at = config.target.kubernetes;
  const { object } = connectPlatformOf(config.connect);
  return [
    served(at, `${platformOf(config.connect).title}'s ${object.kind}`, object),
    ...(isMade(config.connect) ? [allowed(at, "create", object.plural, groupOf(object))] : []),
    ...["secrets", "configmaps"].map((what) => allowed(at, "create", what)),
    allowed(at, "create", "leases", "coordination.k8s.io"),
  ];
}

/** The Prometheus operator, where something is to be scraped or alerted on. */
export function monitoringNeeds(config: MigrationConfig): NeedAt[] {
  if (!isMirrored(config)) return [];
  const monitors = [config.target.cluster, config.connect].some((one) => "monitor" in one && one.monitor !== undefined);
  const plurals = [
    ...(monitors ? ["servicemonitors"] : []),
    ...(config.monitoring?.prometheusRule !== undefined ? ["prometheusrules"] : []),
  ];
  return plurals.map((plural) =>
    served(config.target.kubernetes, "The Prometheus operator", { apiVersion: "monitoring.coreos.com/v1", plural }),
  );
}

/** The right to stop, point elsewhere and start what moves. */
export function workloadNeeds(config: MigrationConfig): NeedAt[] {
  return config.workloads.filter(isInKubernetes).map(({ kind, kubernetes = config.source.kubernetes }) => {
    const { plural, apiVersion } = workloadKinds[kind];
    return allowed(kubernetes, "patch", plural, apiVersion.split("/")[0]);
  });
}

/** The rights to make programs that run in pods. */
export function programNeeds(config: MigrationConfig): NeedAt[] {
  const { paths, schemas } = config.inCluster ?? {};
  const homes = config.workloads.filter(isInKubernetes).map(({ kubernetes = config.source.kubernetes }) => kubernetes);
  return [
    ...(paths === undefined
      ? []
      : [...new Set(homes)].flatMap((home) => [
          allowed(home, "create", "configmaps"),
          allowed(home, "create", "cronjobs", "batch"),
          allowed(home, "list", "pods"),
        ])),
    ...(schemas === undefined
      ? []
      : [
          allowed(config.target.kubernetes, "create", "configmaps"),
          allowed(config.target.kubernetes, "create", "deployments", "apps"),
        ]),
  ];
}

/** Everything that a row needs, each once. */
export function prerequisitesOf(config: MigrationConfig, row: Pick<Row, "connect">): PrerequisitesInputs {
  const all = [
    ...clusterNeeds(config, "source"),
    ...issuerNeeds(config, "source"),
    ...clusterNeeds(config, "target"),
    ...issuerNeeds(config, "target"),
    ...(row.connect === "present" ? [...connectNeeds(config), ...monitoringNeeds(config)] : []),
    ...workloadNeeds(config),
    ...programNeeds(config),
  ].map(({ connection, need }) => ({ kubernetes: kubernetesRef(config, connection), need }));
  return { needs: [...new Map(all.map((one) => [JSON.stringify(one), one])).values()] };
}
