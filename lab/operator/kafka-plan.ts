import { networkOf, podAddress, serviceNames, type HostEntry } from "../addresses.ts";
import { issuerName, type Certificate } from "../authority.ts";
import { clusterIdOf, type Credentials, type KafkaCluster, type KafkaNode } from "../broker.ts";
import type { AnyObject } from "../kubernetes.ts";
import { zookeeperAnnotation, type Lab } from "../layout.ts";

const withZookeeper = (kafka: AnyObject): boolean => kafka.metadata?.annotations?.[zookeeperAnnotation] === "true";

export const kafkaObject = (namespace: string, name: string) => `kafka/${namespace}/${name}`;

/** The nodes a Kafka object asks for: all equal, or controllers and brokers apart. */
export function kafkaNodes(lab: Lab, kafka: AnyObject): KafkaNode[] {
  const { namespace = "", name = "" } = kafka.metadata ?? {};
  const network = networkOf(lab, kafkaObject(namespace, name));
  const { topology, replicas } = kafka["spec"];
  const node = (pod: string, id: number, roles: KafkaNode["roles"], what: "kafka" | "controller", index: number) => ({
    pod,
    id,
    roles,
    address: podAddress(lab, network, what, index),
    host: `${pod}.${name}-pods.${namespace}.svc`,
  });
  const indexes = (count: number | undefined) => Array.from({ length: count ?? 1 }, (_, index) => index);
  if (withZookeeper(kafka)) return indexes(replicas).map((i) => node(`${name}-${i}`, i, ["broker"], "kafka", i));
  if (!topology) {
    return indexes(replicas).map((i) => node(`${name}-${i}`, i, ["broker", "controller"], "kafka", i));
  }
  const { controller = {}, broker = {} } = topology;
  return [
    ...indexes(controller.replicas).map((i) =>
      node(`${name}-${controller.suffix ?? "controller"}-${i}`, 1000 + i, ["controller"], "controller", i),
    ),
    ...indexes(broker.replicas).map((i) =>
      node(`${name}-${broker.suffix ?? "broker"}-${i}`, i, ["broker"], "kafka", i),
    ),
  ];
}

/** In-cluster names of a Kafka object: its pods, and the service that leads to all brokers. */
export function kafkaHosts(kafka: AnyObject, nodes: readonly KafkaNode[]): HostEntry[] {
  const { namespace = "", name = "" } = kafka.metadata ?? {};
  const service = serviceNames(`${name}-pods`, namespace);
  return nodes.map(({ pod, address, roles }) => ({
    address,
    names: [...service.map((each) => `${pod}.${each}`), ...(roles.includes("broker") ? service : [])],
  }));
}

/**
 * What the brokers' certificate names: the in-cluster names as KubeDB asks for them, the lab's own addresses, and what
 * `tls.certificates` adds for the alias `server`.
 */
export function certificateNames(
  kafka: AnyObject,
  nodes: readonly KafkaNode[],
): { names: string[]; addresses: string[] } {
  const { namespace = "", name = "" } = kafka.metadata ?? {};
  const wishes = (kafka["spec"].tls?.certificates ?? []) as {
    alias: string;
    dnsNames?: string[];
    ipAddresses?: string[];
  }[];
  const server = wishes.find(({ alias }) => alias === "server");
  const service = `${name}-pods`;
  const inside = serviceNames(service, namespace);
  return {
    names: [
      ...new Set([...inside.map((each) => `*.${each}`), ...inside, service, "localhost", ...(server?.dnsNames ?? [])]),
    ],
    addresses: [...new Set(["127.0.0.1", ...nodes.map(({ address }) => address), ...(server?.ipAddresses ?? [])])],
  };
}

/** The cluster to run for a Kafka object. */
export function kafkaCluster(
  lab: Lab,
  kafka: AnyObject,
  admin: Credentials | null,
  tls: Certificate | null,
  configuration: Readonly<Record<string, string>>,
): KafkaCluster {
  const { namespace = "", name = "" } = kafka.metadata ?? {};
  return {
    namespace,
    name,
    version: kafka["spec"].version as string,
    clusterId: clusterIdOf(lab, namespace, name, wantedClusterId(kafka)),
    nodes: kafkaNodes(lab, kafka),
    zookeeper: withZookeeper(kafka)
      ? podAddress(lab, networkOf(lab, kafkaObject(namespace, name)), "controller", 0)
      : null,
    admin,
    tls,
    configuration,
  };
}

function wantedClusterId(kafka: AnyObject): string | undefined {
  const { podTemplate, topology } = kafka["spec"];
  const templates = [podTemplate, topology?.controller?.podTemplate, topology?.broker?.podTemplate];
  for (const template of templates) {
    for (const container of template?.spec?.containers ?? []) {
      const variables = (container.env ?? []) as { name: string; value?: string }[];
      const found = container.name === "kafka" && variables.find((each) => each.name === "KAFKA_CLUSTER_ID");
      if (found && found.value) return found.value;
    }
  }
  return undefined;
}

/** What a Kafka object asks for that the lab does not run, as a sentence; null if all is well. */
export function unsupported(kafka: AnyObject, versions: readonly string[]): string | null {
  const { version, enableSSL, tls, tieredStorage } = kafka["spec"];
  if (!versions.includes(version)) return `the lab has Kafka ${versions.join(" and ")}, not ${version}`;
  if ((enableSSL ?? false) !== (tls !== undefined)) return "enableSSL and tls go together: set both or none";
  if (tls && tls.issuerRef?.name !== issuerName) {
    return `the lab has the issuer ${issuerName} only, not ${tls.issuerRef?.name}`;
  }
  if (tieredStorage) return "the lab has no tiered storage";
  return null;
}
