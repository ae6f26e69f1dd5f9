import type { ConnectClusterRef, ConnectorRef, PropertySecret, SideAddresses } from "@kafka-migration/kafka";
import type { MigrationConfig } from "../config/migration-config.ts";
import { groupsOf, reads, topicsOf, writes, type ConnectorWorkload, type Workload } from "../config/workloads.ts";
import type { Side } from "../phases/row.ts";
import type { PositionKeeping } from "../runtime/model/position-keeping.ts";
import { bootstrapInside, kubernetesRef, runnerBootstrap } from "./side-addresses.ts";

/** A connector with the Connect clusters that it moves between. Pure; holds references, never secrets. */
export function connectorRef(config: MigrationConfig, workload: ConnectorWorkload): ConnectorRef {
  const { name, role, connect, renamed = name, rewrites } = workload;
  const target = config.target.kubernetes;
  const secrets = Object.entries(workload.secrets).map(([property, value]): PropertySecret => ({
    property,
    secret: { kubernetes: kubernetesRef(config, value.kubernetes ?? target), name: value.secret },
    ...("key" in value ? { key: value.key } : { login: value.login }),
  }));
  return {
    kind: "connector",
    name,
    role,
    renamed,
    rewrites,
    secrets,
    groups: groupsOf(workload),
    ...(topicsOf(workload).length > 0 && { topics: topicsOf(workload) }),
    ...(writes(workload) && workload.writesRarely !== undefined && { writesRarely: true }),
    ...positionKeeping(workload),
    connects: { source: connectCluster(config, connect.source), target: connectCluster(config, connect.target) },
    journal: { kubernetes: kubernetesRef(config, target), configMap: `${config.name}-connectors` },
  };
}

/** Whose positions count for a consumer, where the config says so. */
export function positionKeeping(workload: Workload): PositionKeeping {
  if (!reads(workload)) return {};
  const { positions, positionsApplied } = workload;
  return { ...(positions && { positions }), ...(positionsApplied && { positionsApplied }) };
}

function connectCluster(config: MigrationConfig, name: string): ConnectClusterRef {
  const { urls, runnerUrls, kubernetes, credentials, caSecret, offsetsTopic, requestSeconds } = config.connects[name]!;
  const secret = (of: string) => ({
    kubernetes: kubernetesRef(config, kubernetes ?? config.target.kubernetes),
    name: of,
  });
  return {
    name,
    rest: {
      urls: runnerUrls ?? urls,
      ...(credentials && { credentials: secret(credentials.secret) }),
      ...(caSecret && { ca: secret(caSecret) }),
      ...(requestSeconds !== undefined && { requestSeconds }),
    },
    ...(offsetsTopic !== undefined && { offsetsTopic }),
  };
}

/** How the sides are known in connectors' properties. */
export function sideAddresses(config: MigrationConfig): Record<Side, SideAddresses> {
  const brokers = [...bootstrapInside(config, "source"), ...runnerBootstrap(config, "source")];
  const { urls = [], runnerUrls = [] } = config.source.registry ?? {};
  return {
    source: { bootstrap: [...new Set(brokers)], registry: [...new Set([...urls, ...runnerUrls])] },
    target: { bootstrap: bootstrapInside(config, "target"), registry: config.target.registry?.urls ?? [] },
  };
}
