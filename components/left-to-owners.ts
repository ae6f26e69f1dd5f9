import type { MigrationConfig } from "../config/migration-config.ts";
import { isConnector } from "../config/workloads.ts";
import { kafkaObjectOf } from "../runtime/model/platforms/platforms.ts";
import type { Row } from "../phases/row.ts";
import { bootstrapInside } from "./side-addresses.ts";

/** What of the source this program never deletes: its owners do, once nobody uses it any more. */
export interface LeftToOwners {
  /** Addresses of the cluster itself; empty where this program may delete it. */
  readonly brokers: readonly string[];
  /** Connect clusters that ran connectors which moved. */
  readonly connects: readonly string[];
  /** URLs of the schema registry. */
  readonly registry: readonly string[];
}

export function leftToOwners(config: MigrationConfig): LeftToOwners {
  const { source, workloads } = config;
  return {
    brokers: kafkaObjectOf(source.cluster) === null ? bootstrapInside(config, "source") : [],
    connects: [...new Set(workloads.filter(isConnector).map(({ connect }) => connect.source))],
    registry: source.registry?.urls ?? [],
  };
}

/** The same as lines of a preview, in the row that deletes what this program may. Pure. */
export function ownersLines(config: MigrationConfig, { source }: Pick<Row, "source">): string[] {
  if (source !== "removed") return [];
  const { brokers, connects, registry } = leftToOwners(config);
  const left = (what: string) => `source: ${what} is not this program's to delete; its owners do`;
  return [
    ...(brokers.length > 0 ? [left(`the cluster at ${brokers.join(", ")}`)] : []),
    ...connects.map((name) => left(`Connect cluster ${name}`)),
    ...(registry.length > 0 ? [left(`the schema registry at ${registry.join(", ")}`)] : []),
  ];
}
