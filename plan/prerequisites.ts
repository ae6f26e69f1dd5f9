/** What must be there before the first phase, each with the command that shows it. */
import { clusterNeeds, connectNeeds, issuerNeeds, monitoringNeeds, type NeedAt } from "../components/prerequisites.ts";
import { kubernetesRights } from "../components/kubernetes-rights.ts";
import { runnerNames, runnerRights } from "../components/runner-rights.ts";
import { kubernetesRef, portsOf } from "../components/side-addresses.ts";
import { isMirrored, type MigrationConfig } from "../config/migration-config.ts";
import { isInKubernetes } from "../config/workloads.ts";
import type { Side } from "../phases/row.ts";
import { isMade, kafkaObjectOf, plannedOf } from "../runtime/model/platforms/platforms.ts";
import { usesTls } from "../runtime/model/protocol.ts";
import { listed } from "../runtime/model/words.ts";
import { code } from "./page.ts";

/** One sentence each, the one that others rest on first. Pure. */
export function prerequisites(config: MigrationConfig): string[] {
  const lines = [
    ...(["source", "target"] as const).flatMap((side) => ofCluster(config, side)),
    ...[...connectNeeds(config), ...monitoringNeeds(config)].map((need) => line(config, need)),
    ...(["source", "target"] as const).flatMap((side) => ofUsers(config, side)),
    ...ofRunner(config),
    ...openPorts(config),
    ...ofPrograms(config),
  ];
  return [...new Set(lines)];
}

type Config = Pick<MigrationConfig, "kubernetes">;

/** `kubectl` with a connection of the config, and its namespace unless the question is about the whole cluster. */
export function kubectl(config: Config, connection: string, question: string, wide = false): string {
  const { kubeconfig, context, namespace } = kubernetesRef(config, connection);
  const flags = [
    ...(kubeconfig ? ["--kubeconfig", kubeconfig] : []),
    ...(context ? ["--context", context] : []),
    ...(wide ? [] : ["-n", namespace]),
  ];
  return code(["kubectl", ...flags, question].join(" "));
}

/** The need as a line with the command that shows it. */
function line(config: Config, { connection, need }: NeedAt): string {
  if (need.kind !== "served") return "";
  const resource = need.group === "" ? need.plural : `${need.plural}.${need.group}`;
  return `${need.title} is installed: ${kubectl(config, connection, `get crd ${resource}`, true)} finds it.`;
}

/** What the runner is allowed to do: in Kubernetes by namespace, in Kafka by side. */
function ofRunner(config: MigrationConfig): string[] {
  const places = Map.groupBy(kubernetesRights(config, { connect: "present" }), ({ connection }) => connection);
  const inKubernetes = [...places].map(([connection, rights]) => {
    const each = rights.map(({ group, resource, verbs }) => {
      const [plural, ...subresource] = resource.split("/");
      return `${verbs.join(", ")} ${code([group === "" ? plural : `${plural}.${group}`, ...subresource].join("/"))}`;
    });
    const { namespace } = kubernetesRef(config, connection);
    return (
      `In namespace ${code(namespace)} of ${code(connection)} the runner may ${each.join("; ")}: ` +
      `${kubectl(config, connection, "auth can-i --list")} lists it, and every preview looks for it.`
    );
  });
  if (!isMirrored(config)) return inKubernetes;
  const rights = runnerRights(runnerNames(config));
  const inKafka = (["source", "target"] as const).map((side) => {
    const of = Map.groupBy(
      rights.filter(({ on }) => on === side || on === "both"),
      ({ operation, resource }) => `${operation} on ${resource}`,
    );
    const each = [...of].map(([what, same]) => `${what} ${same.map(({ name }) => code(name)).join(", ")}`);
    return `On the ${side} the runner's user may ${each.join("; ")}.`;
  });
  return [...inKubernetes, ...inKafka];
}

function ofCluster(config: MigrationConfig, side: Side): string[] {
  const { cluster, kubernetes } = config[side];
  const found = kafkaObjectOf(cluster);
  if (found === null) return [];
  const { object } = found.kafka;
  const resource = `${object.plural}.${object.apiVersion.split("/")[0]}`;
  const issuer = isMade(cluster) && "tls" in cluster ? cluster.tls?.issuer : undefined;
  return [
    ...clusterNeeds(config, side).map((need) => line(config, need)),
    ...(plannedOf(cluster) === undefined
      ? [`The ${side}'s cluster exists: ${kubectl(config, kubernetes, `get ${resource} ${found.name}`)} finds it.`]
      : []),
    ...opsLines(config, side),
    ...issuerNeeds(config, side).map((need) => line(config, need)),
    ...(issuer
      ? [
          `The authority exists: ${kubectl(config, kubernetes, `get ${issuer.kind.toLowerCase()} ${issuer.name}`)} finds it.`,
        ]
      : []),
  ];
}

/** The guide asks for it, and nothing of a migration waits for it: it scales and upgrades clusters that stand. */
function opsLines(config: MigrationConfig, side: Side): string[] {
  const { cluster, kubernetes } = config[side];
  const operations = kafkaObjectOf(cluster)?.kafka.operations;
  return operations === undefined
    ? []
    : [
        `${operations.title} is installed, if the ${side}'s brokers are ever to be scaled or upgraded; the migration itself does without it: ` +
          `${kubectl(config, kubernetes, `get crd ${operations.crd}`, true)} finds it.`,
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

/** The image of the programs that run in pods, or that nothing tries the applications' paths. */
function ofPrograms(config: MigrationConfig): string[] {
  const { inCluster, workloads } = config;
  const pulled =
    inCluster === undefined
      ? []
      : [`The image ${code(inCluster.image)} can be pulled wherever pods of the migration run (${code("inCluster")}).`];
  const untried =
    inCluster?.paths === undefined && workloads.some(isInKubernetes)
      ? [
          `Recommended: ${code("inCluster.paths")} lets a pod in each application's namespace try its path to the target; without it only the machine that runs Pulumi does.`,
        ]
      : [];
  return [...pulled, ...untried];
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
