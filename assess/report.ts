import type { ClusterMode, ReachReading } from "@kafka-migration/kafka";
import { plannedOf } from "../runtime/model/platforms/platforms.ts";
import { advise, type Advice } from "./advice.ts";
import { capacityOf, type Capacity } from "./capacity.ts";
import type { ConnectFacts, Facts, GroupFacts, LatencyFacts, SideFacts, TopicFacts } from "./facts.ts";

/** What an assessment reports. The JSON file holds it with offsets and bytes as decimal strings. */
export interface Report {
  readonly stack: string;
  /** ISO 8601 in UTC. */
  readonly takenAt: string;
  readonly source: SideReport;
  /** Null while the target does not exist. */
  readonly target: SideReport | null;
  readonly topics: readonly TopicFacts[];
  readonly groups: readonly GroupFacts[];
  readonly rights: {
    readonly acls: number;
    readonly users: readonly string[];
    readonly quotas: number;
    readonly unread: readonly { readonly what: string; readonly reason: string }[];
  };
  readonly capacity: Capacity;
  readonly connect: ConnectFacts & { readonly plannedVersion: string | undefined };
  readonly advice: readonly Advice[];
  /** Absent where nobody named a topic to write to. */
  readonly latency?: LatencyFacts;
  readonly attestations: readonly string[];
}

export interface SideReport {
  readonly clusterId: string;
  readonly kafka: string | null;
  /** The release whose requests the brokers take: what a service that is not Kafka itself can be asked. */
  readonly speaks: string | null;
  readonly mode: ClusterMode | null;
  readonly brokers: readonly (ReachReading & {
    readonly rack: string | null;
    readonly totalBytes: bigint | null;
    readonly usableBytes: bigint | null;
  })[];
  readonly controllers: number | null;
}

/** Everything that the facts say, with the advice. Pure. */
export function toReport(facts: Facts): Report {
  const { stack, config, source, target, topics, groups, inventory, connect } = facts;
  return {
    stack,
    takenAt: new Date(facts.takenAt).toISOString(),
    source: sideReport(source),
    target: target && sideReport(target),
    topics,
    groups,
    rights: {
      acls: inventory.acls.length,
      users: inventory.users.map(({ name }) => name),
      quotas: inventory.quotas.length,
      unread: inventory.unread,
    },
    capacity: capacityOf(facts),
    connect: { ...connect, plannedVersion: config.connect?.version },
    advice: advise(facts),
    ...(facts.latency && { latency: facts.latency }),
    attestations: attestations(facts),
  };
}

/** The report for machines. Pure. */
export function reportJson(report: Report): string {
  const plain = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value);
  return `${JSON.stringify(report, plain, 2)}\n`;
}

function sideReport({ cluster, network, load }: SideFacts): SideReport {
  const room = (broker: number, of: "totalBytes" | "usableBytes"): bigint | null => {
    const sizes = load.disks.filter((disk) => disk.broker === broker).map((disk) => disk[of]);
    return sizes.length === 0 || sizes.includes(null) ? null : sizes.reduce<bigint>((sum, size) => sum + size!, 0n);
  };
  return {
    clusterId: cluster.clusterId,
    kafka: cluster.kafka,
    speaks: cluster.speaks,
    mode: cluster.mode,
    brokers: network.map((reach) => ({
      ...reach,
      rack: cluster.brokers.find(({ id }) => id === reach.broker)?.rack ?? null,
      totalBytes: room(reach.broker, "totalBytes"),
      usableBytes: room(reach.broker, "usableBytes"),
    })),
    controllers: cluster.controllers?.length ?? null,
  };
}

/** What no request to Kafka can find out, so a person has to check and confirm it. */
function attestations({ config, groups, inventory, latency }: Facts): string[] {
  const clients = [...new Set(groups.flatMap(({ clientIds }) => clientIds))].sort();
  const version = plannedOf(config.target.cluster)?.version;
  const target = version === undefined ? "" : ` ${version}`;
  return [
    `Every client that moves supports Kafka 2.1 or later: the target${target} refuses older ones from 4.0 on (KIP-896). ` +
      `Client ids of the groups' members: ${clients.length > 0 ? clients.join(", ") : "none, there are no members"}; producers cannot be listed.`,
    "Every application reads its bootstrap address from the key that the config names under workloads, and only from there.",
    `The latency that each application needs, from a producer's send to a consumer's read, is known, and the target gives it: ${
      latency === undefined
        ? "npm run assess -- --latency-topic <topic> measures it on both sides, which writes records to that topic"
        : "this report has what it is from this machine, without the applications' load"
    }. While consumers read what is mirrored, the replication latency comes on top` +
      `${config.monitoring ? `, of which the alert ReplicationLatency tells from ${config.monitoring.thresholds.latencySeconds} s on` : " (monitoring has an alert for it)"}.`,
    "No other application writes to, or reads from, the topics that move: applications that the config does not name stay behind.",
    ...(inventory.users.length > 0
      ? ["The passwords of the SCRAM users are known: Kafka does not reveal them, and the target needs them."]
      : []),
    "The runner's user sees every topic and group: Kafka silently hides those that it is not allowed to describe.",
  ];
}
