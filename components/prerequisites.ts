/** What must be there in Kubernetes before anything is made: kinds that others install, and rights of the runner. Pure. */
import type { Need, PrerequisitesInputs } from "@kafka-migration/kafka";
import { isMirrored, type MigrationConfig } from "../config/migration-config.ts";
import type { Row, Side } from "../phases/row.ts";
import { connectPlatformOf, isMade, kafkaObjectOf, platformOf } from "../runtime/model/platforms/platforms.ts";
import { kubernetesRights, type KubernetesRight } from "./kubernetes-rights.ts";
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

/** A side's platform. */
export function clusterNeeds(config: MigrationConfig, side: Side): NeedAt[] {
  const { cluster, kubernetes } = config[side];
  const found = kafkaObjectOf(cluster);
  if (found === null) return [];
  return [served(kubernetes, platformOf(cluster).title, found.kafka.object)];
}

/** cert-manager, where a cluster that is made here gets its certificates from it. */
export function issuerNeeds(config: MigrationConfig, side: Side): NeedAt[] {
  const { cluster, kubernetes } = config[side];
  return isMade(cluster) && "tls" in cluster && cluster.tls !== undefined
    ? [served(kubernetes, "cert-manager", { apiVersion: "cert-manager.io/v1", plural: "certificates" })]
    : [];
}

/** Connect's platform. */
export function connectNeeds(config: MigrationConfig): NeedAt[] {
  if (!isMirrored(config)) return [];
  const { object } = connectPlatformOf(config.connect);
  return [served(config.target.kubernetes, `${platformOf(config.connect).title}'s ${object.kind}`, object)];
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

/** Each right as a need of its own, as the API server is asked for it. */
const rightNeeds = ({ connection, group, resource, verbs }: KubernetesRight): NeedAt[] =>
  verbs.map((verb) => ({ connection, need: { kind: "allowed", verb, group, plural: resource } }));

/** Everything that a row needs, each once. */
export function prerequisitesOf(config: MigrationConfig, row: Pick<Row, "connect">): PrerequisitesInputs {
  const all = [
    ...clusterNeeds(config, "source"),
    ...issuerNeeds(config, "source"),
    ...clusterNeeds(config, "target"),
    ...issuerNeeds(config, "target"),
    ...(row.connect === "present" ? [...connectNeeds(config), ...monitoringNeeds(config)] : []),
    ...kubernetesRights(config, row).flatMap(rightNeeds),
  ].map(({ connection, need }) => ({ kubernetes: kubernetesRef(config, connection), need }));
  return { needs: [...new Map(all.map((one) => [JSON.stringify(one), one])).values()] };
}
