import type {
  GateSettings,
  HaltRef,
  KafkaObjectRefs,
  PegaScope,
  Role,
  Scope,
  WantedTopics,
} from "@kafka-migration/kafka";
import type { MigrationConfig } from "../config/migration-config.ts";
import type { PegaConfig } from "../config/pega/schema.ts";
import { deletionsKept, sourceDefaults, targetTopics } from "../config/target-topics.ts";
import type { Derived, GateFile } from "../gates/gate.ts";
import { gates, type Condition, type GateName } from "../gates/index.ts";
import type { KafkaGateInputs, PegaGateInputs } from "../gates/inputs.ts";
import { pegaGates, type PegaCondition, type PegaGateName } from "../gates/pega/index.ts";
import { switchesOf, topicsFoundSetFor, type PlannedGate } from "../phases/plan.ts";
import type { pegaTables, PegaStrategyName } from "../phases/pega/tables.ts";
import type { Move, TopicsSetFor } from "../phases/row.ts";
import { tables, type TableName } from "../phases/strategies/index.ts";
import { kubernetesRef } from "./side-addresses.ts";
import { applicationsOf, loginOf, rightsCondition, withRights } from "./rights-condition.ts";

/** Whose workloads a switch moves. */
const roles: Record<Move, Role> = { producers: "producer", consumers: "consumer", twins: "twin" };

/** Whether a gate has anything to measure under a config. Pure. */
export const gateApplies =
  (config: MigrationConfig) =>
  (gate: string): boolean =>
    fileOf(gate).applies?.(config) ?? true;

/** Names in the tables of either kind of migration that are no gate. */
type Unknown = [
  Exclude<(typeof tables)[TableName][number]["opensWhen"][number], GateName>,
  Exclude<(typeof pegaTables)[PegaStrategyName][number]["opensWhen"][number], PegaGateName>,
];

/** Does not compile where a table names a gate that does not exist. */
const fileOf = (gate: Unknown extends [never, never] ? string : never) =>
  gates[gate as GateName] as GateFile<GateName, object>;

/** A planned gate with the parameters that the config gives it. Pure. */
export const gateInputs = (config: MigrationConfig, scope: Scope, gate: PlannedGate): KafkaGateInputs => ({
  scope,
  condition: condition(config, gate),
  ...settings(config, gate),
  movementSeconds: config.gates.movementSeconds,
  ...halts(config, gate.row),
});

/** The source that a row of the table halts; undefined where this program cannot halt it. Pure. */
export function haltRef(config: MigrationConfig): HaltRef | undefined {
  const { cluster, kubernetes } = config.source;
  const found = tables[config.table].find(({ source }) => source === "halted");
  if (found === undefined || !("name" in cluster)) return undefined;
  const gates = found.opensWhen.filter(gateApplies(config));
  const { kind, name } = cluster;
  return { kubernetes: kubernetesRef(config, kubernetes), cluster: { kind, name }, gates };
}

/** A row that halts a KubeDB source leaves gates that cannot be measured again; the ledger keeps receipts of them. Pure. */
export function halts(config: MigrationConfig, row: string): { readonly halts?: HaltRef } {
  const found = tables[config.table].find(({ name }) => name === row);
  const ref = found?.source === "halted" ? haltRef(config) : undefined;
  return ref === undefined ? {} : { halts: ref };
}

/** The same of a migration of Pega. Pure. */
export function pegaGateInputs(config: PegaConfig, pega: PegaScope, planned: PlannedGate): PegaGateInputs {
  const kind = planned.gate as PegaGateName;
  const params: object = pegaGates[kind].params(config, pega);
  return { pega, condition: { kind, ...params } as PegaCondition, ...settings(config, planned) };
}

function settings({ gates }: Pick<MigrationConfig | PegaConfig, "gates">, { row, sealed }: PlannedGate): GateSettings {
  const { holdSeconds, timeoutSeconds, readingSeconds, sweepSeconds } = gates;
  return { row, holdSeconds, timeoutSeconds, readingSeconds, sweepSeconds, sealed };
}

function condition(config: MigrationConfig, { row, gate }: PlannedGate): Condition {
  const derived: Derived = {
    wanted: () => wantedTopics(config, topicsFoundSetFor(tables[config.table], row)),
    defaults: () => sourceDefaults(config),
    deletionsKept: () => deletionsKept(config),
    rights: () => rightsCondition(withRights(config)),
    users: () => withRights(config).rights.users.map((user) => loginOf(config, user)),
    applications: () => applicationsOf(config),
    objects: () => kafkaObjects(config),
    roles: switchesOf(tables[config.table], row).map(({ what }) => roles[what]),
  };
  return { kind: gate, ...fileOf(gate).params(config, derived) } as Condition;
}

function kafkaObjects(config: MigrationConfig): KafkaObjectRefs {
  const refs = (["source", "target"] as const).flatMap((side) => {
    const { cluster, kubernetes } = config[side];
    if (!("name" in cluster)) return [];
    const { kind, name } = cluster;
    return [[side, { kubernetes: kubernetesRef(config, kubernetes), cluster: { kind, name } }] as const];
  });
  return Object.fromEntries(refs);
}

/** Most topics are wanted like many others, so that a gate's inputs stay small. */
function wantedTopics(config: MigrationConfig, setFor: TopicsSetFor): WantedTopics[] {
  const alike = Map.groupBy(targetTopics(config, setFor), (topic) =>
    JSON.stringify([topic.replicationFactor, topic.config]),
  );
  return [...alike.values()].map((topics) => ({
    replicationFactor: topics[0]!.replicationFactor,
    config: topics[0]!.config,
    topics: Object.fromEntries(topics.map(({ name, partitions }) => [name, partitions])),
  }));
}
