import type { Condition, GateInputs, Role, Scope, WantedTopics } from "@kafka-migration/kafka";
import type { MigrationConfig } from "../config/migration-config.ts";
import { sourceDefaults, targetTopics } from "../config/target-topics.ts";
import { isConnector, isExternal } from "../config/workloads.ts";
import { switchesOf, type PlannedGate } from "../phases/plan.ts";
import type { Gate as GateName, Move } from "../phases/row.ts";
import { tables } from "../phases/strategies/index.ts";
import { applicationsOf, hasRights, loginOf, rightsCondition, withRights } from "./rights-condition.ts";

/** Whose workloads a switch moves. */
const roles: Record<Move, Role> = { producers: "producer", consumers: "consumer", twins: "twin" };

/** What a config must have for a gate to have anything to measure; gates that are not named here always do. */
const needed: Partial<Record<GateName, (config: MigrationConfig) => boolean>> = {
  "rights-as-on-source": hasRights,
  "users-log-in": (config) => (config.rights?.users.length ?? 0) > 0,
  "registry-imports": hasRegistries,
  "schemas-equal": hasRegistries,
  "records-decode": hasRegistries,
  "connectors-valid": ({ workloads }) => workloads.some(isConnector),
};

/** Whether a gate has anything to measure under a config. Pure. */
export const gateApplies =
  (config: MigrationConfig) =>
  (gate: GateName): boolean =>
    needed[gate]?.(config) ?? true;

/** A planned gate with the parameters that the config gives it. Pure. */
export function gateInputs(config: MigrationConfig, scope: Scope, gate: PlannedGate): GateInputs {
  const { holdSeconds, timeoutSeconds, readingSeconds, sweepSeconds } = config.gates;
  return {
    scope,
    row: gate.row,
    condition: condition(config, gate),
    holdSeconds,
    timeoutSeconds,
    readingSeconds,
    sweepSeconds,
    sealed: gate.sealed,
  };
}

function hasRegistries({ source, target }: MigrationConfig): boolean {
  return source.registry !== undefined && target.registry !== undefined;
}

function condition(config: MigrationConfig, { row, gate }: PlannedGate): Condition {
  switch (gate) {
    case "inventory-current":
      return { kind: gate, inventory: config.inventoryFile };
    case "topics-as-locked":
      return { kind: gate, wanted: wantedTopics(config), defaults: sourceDefaults(config) };
    case "mirror-within":
      return { kind: gate, maxLag: config.gates.maxLag };
    case "soaked":
      return { kind: gate, hours: config.retire.soakHours };
    case "rights-as-on-source":
      return { kind: gate, ...rightsCondition(withRights(config)) };
    case "users-log-in":
      return {
        kind: gate,
        users: withRights(config).rights.users.map((user) => loginOf(config, user)),
        applications: applicationsOf(config),
      };
    case "groups-active":
      return { kind: gate, ...(config.workloads.some(isExternal) && { externals: true }) };
    case "schemas-equal": {
      const lastPass = switchesOf(tables[config.table], row).some(({ what }) => what === "producers");
      return { kind: gate, lastPass };
    }
    case "records-decode":
      return { kind: gate, sampleRecords: config.schemas.sampleRecords };
    case "connectors-valid":
      return { kind: gate, roles: switchesOf(tables[config.table], row).map(({ what }) => roles[what]) };
    case "source-confirmed":
      // An id that nobody typed in confirms nothing.
      return { kind: gate, clusterId: config.retire.sourceClusterId ?? "" };
    default:
      return { kind: gate };
  }
}

/** Most topics are wanted like many others, so that a gate's inputs stay small. */
function wantedTopics(config: MigrationConfig): WantedTopics[] {
  const alike = Map.groupBy(targetTopics(config), (topic) => JSON.stringify([topic.replicationFactor, topic.config]));
  return [...alike.values()].map((topics) => ({
    replicationFactor: topics[0]!.replicationFactor,
    config: topics[0]!.config,
    topics: Object.fromEntries(topics.map(({ name, partitions }) => [name, partitions])),
  }));
}
