/** What must be there before the first phase, each with the command that shows it. */
import { portsOf } from "../components/network-policies.ts";
import { kubernetesRef } from "../components/side-addresses.ts";
import { isMirrored, type MigrationConfig } from "../config/migration-config.ts";
import { isInKubernetes, type KubernetesWorkload } from "../config/workloads.ts";
import type { Side } from "../phases/row.ts";
import {
  connectPlatformOf,
  isMade,
  kafkaObjectOf,
  plannedOf,
  platformOf,
} from "../runtime/model/platforms/platforms.ts";
import { usesTls } from "../runtime/model/protocol.ts";
import { listed } from "../runtime/model/words.ts";
import { code } from "./page.ts";

/** One sentence each, the one that others rest on first. Pure. */
export function prerequisites(config: MigrationConfig): string[] {
  const lines = [
    ...(["source", "target"] as const).flatMap((side) => ofCluster(config, side)),
    ...ofConnect(config),
    ...ofMonitoring(config),
    ...(["source", "target"] as const).flatMap((side) => ofUsers(config, side)),
    ...ofWorkloads(config),
    ...openPorts(config),
  ];
  return [...new Set(lines)];
}

type Config = Pick<MigrationConfig, "kubernetes">;

/** `kubectl` with a connection of the config, and its namespace unless the question is about the whole cluster. */
function kubectl(config: Config, connection: string, question: string, wide = false): string {
  const { kubeconfig, context, namespace } = kubernetesRef(config, connection);
  const flags = [
    ...(kubeconfig ? ["--kubeconfig", kubeconfig] : []),
    ...(context ? ["--context", context] : []),
    ...(wide ? [] : ["-n", namespace]),
  ];
  return code(["kubectl", ...flags, question].join(" "));
}

const kind = (config: Config, connection: string, title: string, resource: string): string =>
  `${title} is installed: ${kubectl(config, connection, `get crd ${resource}`, true)} finds it.`;

const allowed = (config: Config, connection: string, verb: string, resource: string): string =>
  `The runner may ${verb} ${resource}: ${kubectl(config, connection, `auth can-i ${verb} ${resource}`)} says yes.`;

function ofCluster(config: MigrationConfig, side: Side): string[] {
  const { cluster, kubernetes } = config[side];
  const found = kafkaObjectOf(cluster);
  if (found === null) return [];
  const { kafka } = found;
  const resource = resourceOf(kafka.object);
  const issuer = isMade(cluster) && "tls" in cluster ? cluster.tls?.issuer : undefined;
  return [
    kind(config, kubernetes, platformOf(cluster).title, resource),
    ...(plannedOf(cluster) === undefined
      ? [`The ${side}'s cluster exists: ${kubectl(config, kubernetes, `get ${resource} ${found.name}`)} finds it.`]
      : [allowed(config, kubernetes, "create", resource)]),
    ...(issuer
      ? [
          kind(config, kubernetes, "cert-manager", "certificates.cert-manager.io"),
          `The authority exists: ${kubectl(config, kubernetes, `get ${issuer.kind.toLowerCase()} ${issuer.name}`)} finds it.`,
        ]
      : []),
  ];
}

function ofConnect(config: MigrationConfig): string[] {
  if (!isMirrored(config)) return [];
  const at = config.target.kubernetes;
  const { object } = connectPlatformOf(config.connect);
  const resource = resourceOf(object);
  return [
    kind(config, at, `${platformOf(config.connect).title}'s ${object.kind}`, resource),
    ...(isMade(config.connect) ? [allowed(config, at, "create", resource)] : []),
    ...["secrets", "configmaps"].map((what) => allowed(config, at, "create", what)),
    allowed(config, at, "create", "leases.coordination.k8s.io"),
  ];
}

function ofMonitoring(config: MigrationConfig): string[] {
  if (!isMirrored(config)) return [];
  const at = config.target.kubernetes;
  const monitors = [config.target.cluster, config.connect].some((one) => "monitor" in one && one.monitor !== undefined);
  const some = (needed: boolean, resource: string): string[] =>
    needed ? [kind(config, at, "The Prometheus operator", resource)] : [];
  return [
    ...some(monitors, "servicemonitors.monitoring.coreos.com"),
    ...some(config.monitoring?.prometheusRule !== undefined, "prometheusrules.monitoring.coreos.com"),
  ];
}

function ofUsers(config: MigrationConfig, side: Side): string[] {
  const { credentials, kubernetes } = config[side];
  const secrets = [credentials?.runner, credentials?.mirror?.create ? undefined : credentials?.mirror];
  return secrets.flatMap((secret) =>
    secret === undefined
      ? []
      : [
          `The Secret of a user of the ${side} exists: ` +
            `${kubectl(config, secret.kubernetes ?? kubernetes, `get secret ${secret.secret}`)} finds it.`,
        ],
  );
}

function ofWorkloads(config: MigrationConfig): string[] {
  return config.workloads.filter(isInKubernetes).map(({ kind: of, kubernetes = config.source.kubernetes }) => {
    return allowed(config, kubernetes, "patch", `${of.toLowerCase()}s${groups[of]}`);
  });
}

/** Which ports must be open to whom; docs/network.md has the same as a table. */
function openPorts(config: MigrationConfig): string[] {
  const mirrors = isMirrored(config) ? [`Connect's workers (${code(config.connect.name)})`] : [];
  const opened = (["source", "target"] as const).flatMap((side) => {
    const from = ["the machine that runs Pulumi", ...mirrors, ...(side === "target" ? ["every application"] : [])];
    const how = usesTls(config[side].security.protocol) ? "encrypted" : "plaintext";
    const ports = portsOf(config, side);
    return ports.length === 0
      ? []
      : [
          `Inbound TCP ${ports.join(", ")} (${how}) of every broker of the ${side} is open to ${listed(from, "and")}, by their addresses and never to 0.0.0.0/0.`,
        ];
  });
  const { cluster, kubernetes } = config.target;
  const names = kafkaObjectOf(cluster)?.kafka.externalNames(cluster, config.kubernetes[kubernetes]!.namespace) ?? [];
  const dns = names.map(
    ({ host, service }) =>
      `The DNS of clients outside resolves ${code(host)} to the address of its load balancer: ${kubectl(config, kubernetes, `get service ${service}`)} shows it.`,
  );
  return [...opened, ...dns];
}

/** The API group of each kind, as kubectl writes it. */
const groups: Readonly<Record<KubernetesWorkload["kind"], string>> = {
  Deployment: ".apps",
  StatefulSet: ".apps",
  CronJob: ".batch",
  Rollout: ".argoproj.io",
};

const resourceOf = ({ plural, apiVersion }: { readonly plural: string; readonly apiVersion: string }): string =>
  `${plural}.${apiVersion.split("/")[0]}`;
