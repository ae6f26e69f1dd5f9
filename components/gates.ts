import type {
  GateSettings,
  HaltRef,
  KafkaObjectRefs,
  PathProbeRef,
  PegaScope,
  Role,
  Scope,
  WantedTopics,
} from "@kafka-migration/kafka";
import { comingBack } from "../config/coming-back.ts";
import type { MigrationConfig } from "../config/migration-config.ts";
import type { PegaConfig } from "../config/pega/schema.ts";
import { deletionsKept, sourceDefaults, targetTopics } from "../config/target-topics.ts";
import type { Derived, GateFile } from "../gates/gate.ts";
import { gates, type Condition, type GateName } from "../gates/index.ts";
import type { KafkaGateInputs, PegaGateInputs } from "../gates/inputs.ts";
import { pegaGates, type PegaCondition, type PegaGateName } from "../gates/pega/index.ts";
import { switchesOf, topicsFoundSetFor, type PlannedGate } from "../phases/plan.ts";
import type { Strategy, Move, TopicsSetFor } from "../phases/row.ts";
import type { pegaTables, PegaStrategyName } from "../phases/pega/tables.ts";
import { rowsOf, type tables, type TableName } from "../phases/strategies/index.ts";
import { scopeOfWaves, scopeOfWave } from "../runtime/model/waves.ts";
import { pathProbes } from "./programs/path-settings.ts";
import { kubernetesRef } from "./side-addresses.ts";
import { switchInputs } from "./switch-inputs.ts";
import { applicationsOf, loginOf, rightsCondition, withRights } from "./rights-condition.ts";

/** Whose workloads a switch moves; of applications, the roles that they have. */
const roles: Record<Exclude<Move, "applications">, Role> = {
  producers: "producer",
  consumers: "consumer",
  twins: "twin",
};

/** Roles that the switches of a row move. */
function rolesOf(config: MigrationConfig, rows: Strategy, row: string): Role[] {
  const found = switchesOf(rows, row).flatMap(({ what, wave }): Role[] => {
    if (what !== "applications") return [roles[what]];
    const of = config.waves?.find(({ name }) => name === wave)?.workloads;
    return config.workloads.filter(({ name }) => of?.includes(name) ?? true).map(({ role }) => role);
  });
  return [...new Set(found)];
}

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
  scope: scopeOfGate(config, scope, gate),
  condition: condition(config, scope, gate),
  ...settings(config, gate),
  movementSeconds: config.gates.movementSeconds,
  ...halts(config, gate.row),
  ...moves(config, scope, gate),
});

/** What a gate that stays closed has started again, if a killed update has left it stopped. */
function moves(config: MigrationConfig, scope: Scope, { row, sealed }: PlannedGate): Pick<KafkaGateInputs, "moves"> {
  const rows = rowsOf(config);
  const found = sealed ? [] : switchesOf(rows, row);
  const of = rows.find(({ name }) => name === row)!;
  return found.length === 0
    ? {}
    : { moves: found.map((step) => switchInputs(config, scope, of, { ...step, sealed: false })) };
}

/** Scopes of some waves by the whole one: gates of one row measure together what they have in common. */
const restricted = new WeakMap<Scope, Map<string, Scope>>();

/**
 * What a gate of a row that moves one wave is about: the wave, those that have moved before it, or all. Rows that move
 * nobody, and tables without waves, are about all.
 */
function scopeOfGate(config: MigrationConfig, scope: Scope, { row, gate }: PlannedGate): Scope {
  const { about } = fileOf(gate);
  const rows = rowsOf(config);
  const [move] = switchesOf(rows, row);
  if (scope.waves === undefined || move?.wave === undefined || about === undefined) return scope;
  const { wave } = move;
  const before = rows[rows.findIndex(({ name }) => name === row) - 1]?.moved ?? [];
  const names = about === "moving" ? [wave] : before;
  const known = restricted.get(scope) ?? new Map<string, Scope>();
  restricted.set(scope, known);
  const key = JSON.stringify([about, names]);
  const found = known.get(key) ?? (about === "moving" ? scopeOfWave(scope, wave) : scopeOfWaves(scope, names));
  known.set(key, found);
  return found;
}

/** The source that a row of the table halts; undefined where this program cannot halt it. Pure. */
export function haltRef(config: MigrationConfig): HaltRef | undefined {
  const { cluster, kubernetes } = config.source;
  const found = rowsOf(config).find(({ source }) => source === "halted");
  if (found === undefined || !("name" in cluster)) return undefined;
  const gates = found.opensWhen.filter(gateApplies(config));
  const { kind, name } = cluster;
  return { kubernetes: kubernetesRef(config, kubernetes), cluster: { kind, name }, gates };
}

/** A row that halts a KubeDB source leaves gates that cannot be measured again; the ledger keeps receipts of them. Pure. */
export function halts(config: MigrationConfig, row: string): { readonly halts?: HaltRef } {
  const found = rowsOf(config).find(({ name }) => name === row);
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

function condition(config: MigrationConfig, scope: Scope, planned: PlannedGate): Condition {
  const { row, gate } = planned;
  const about = new Set(scopeOfGate(config, scope, planned).topics);
  const derived: Derived = {
    wanted: () => wantedTopics(config, about, topicsFoundSetFor(rowsOf(config), row)),
    defaults: () => sourceDefaults(config),
    deletionsKept: () => deletionsKept(config),
    comingBack: () => comingBack(config),
    rights: () => rightsCondition(withRights(config)),
    users: () => withRights(config).rights.users.map((user) => loginOf(config, user)),
    applications: () => applicationsOf(config),
    paths: () => probesOfGate(config, scope, planned),
    objects: () => kafkaObjects(config),
    roles: rolesOf(config, rowsOf(config), row),
    opensSchemas: opensSchemas(rowsOf(config), row),
    backOpen: backOpen(rowsOf(config), row),
  };
  return { kind: gate, ...fileOf(gate).params(config, derived) } as Condition;
}

/** The probes of the namespaces with an application that the row moves, and of each those applications alone. */
function probesOfGate(config: MigrationConfig, scope: Scope, planned: PlannedGate): PathProbeRef[] {
  const moving = new Set(rolesOf(config, rowsOf(config), planned.row));
  const about = scopeOfGate(config, scope, planned).workloads.filter(({ role }) => moving.has(role));
  const names = new Set(about.map(({ name }) => name));
  return pathProbes(config, scope).flatMap(({ ref }) => {
    const workloads = ref.workloads.filter((name) => names.has(name));
    return workloads.length > 0 ? [{ ...ref, workloads }] : [];
  });
}

/** Whether the move of a row opens the target's registry. */
function opensSchemas(rows: Strategy, row: string): boolean {
  const at = rows.findIndex(({ name }) => name === row);
  return rows[at]?.schemas === "target" && rows[at - 1]?.schemas !== "target";
}

/** Whether a row before this one has opened a way back. */
const backOpen = (rows: Strategy, row: string): boolean =>
  rows
    .slice(
      0,
      rows.findIndex(({ name }) => name === row),
    )
    .some(({ reverse }) => reverse === "running");

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
function wantedTopics(config: MigrationConfig, about: ReadonlySet<string>, setFor: TopicsSetFor): WantedTopics[] {
  const wanted = targetTopics(config, setFor).filter(({ name }) => about.has(name));
  const alike = Map.groupBy(wanted, (topic) => JSON.stringify([topic.replicationFactor, topic.config]));
  return [...alike.values()].map((topics) => ({
    replicationFactor: topics[0]!.replicationFactor,
    config: topics[0]!.config,
    topics: Object.fromEntries(topics.map(({ name, partitions }) => [name, partitions])),
  }));
}
