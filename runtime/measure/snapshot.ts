/** One sweep over everything that a condition needs, shared by the gates of one process. */
import { addresses, unknownTopicOrPartition, withCluster, type Cluster } from "../brokers/connection.ts";
import { committedIn, groupStatesIn } from "../brokers/groups.ts";
import { countRecords } from "../brokers/log.ts";
import { logInAll } from "../brokers/login.ts";
import { protocolError } from "../brokers/partitions.ts";
import { logs } from "../brokers/positions.ts";
import { readRights } from "../brokers/rights.ts";
import { effectiveConfigs } from "../brokers/topic-configs.ts";
import { readMirror } from "../connect/mirror-reading.ts";
import { readConnectors } from "../connectors/facts.ts";
import { readCurrent } from "../inventory/current.ts";
import { readLedger } from "../ledger/ledger.ts";
import type { SweepOptions } from "../model/gate-kind.ts";
import type { Condition } from "../model/gates.ts";
import { fresh, settled } from "../model/measured-within.ts";
import { mirrorOf } from "../model/mirror-ref.ts";
import type { Part } from "../model/part.ts";
import { hurriedScope, patienceUntil } from "../model/patience.ts";
import type { Scope } from "../model/scope.ts";
import type { KafkaEndpoint } from "../model/sides.ts";
import { positionsOf } from "../placement/lagging.ts";
import { placeExactly } from "../placement/place.ts";
import { readDecoding } from "../schemas/decode.ts";
import { readImporting, readRegistries } from "../schemas/measure.ts";
import { marksOf, readTopicMarks } from "../topics/topic-ownership.ts";
import { connectorsOfRoles } from "./verdicts/connectors.ts";
import { ids, needs, wants } from "./verdicts/judge.ts";
import type { Parts, Placing, Snapshot, StandingTopic, TopicsReading, Wanted } from "./verdicts/reading.ts";

/** Records counted one by one: beyond this a difference of offsets has to do, as an upper bound. */
const countedRecords = 100_000;
const countedTotal = 300_000;
/** Counting leaves this much of the time for the verdict. */
const reserveMilliseconds = 200;

type Measured = Exclude<keyof Parts, "counts">;

/**
 * Measures what `condition` needs, and nothing else. Never rejects: a part that fails or is late holds its error
 * instead, and closes what depends on it. Nothing is written anywhere, no group is joined.
 */
export async function snapshot(scope: Scope, condition: Condition, options: SweepOptions): Promise<Snapshot> {
  const takenAt = Date.now();
  const deadline = takenAt + options.deadlineMs;
  const names = [...needs(condition), ...ids(condition)];
  const parts = await Promise.all(
    names.map(
      async (name) => [name, await shared(scope, name, condition, deadline, options.freshMs ?? 1_000)] as const,
    ),
  );
  const measured = { scope, takenAt, ...Object.fromEntries(parts) } as Snapshot;
  const wanted = wants(condition, measured);
  if (wanted === null) return measured;
  const counts = await settled(side(scope[wanted.side]), deadline, (signal) =>
    counted(hurriedScope(scope, deadline), wanted, deadline, signal),
  );
  return { ...measured, counts };
}

function shared(
  scope: Scope,
  name: Measured,
  condition: Condition,
  deadline: number,
  freshMs: number,
): Promise<Part<unknown>> {
  // All other parts are the same whatever the condition.
  const own = name === "inventory" || name === "logins" || name === "decoding" || name === "connectors";
  const key = JSON.stringify([name, scope, own ? condition : null]);
  return fresh(key, freshMs, () =>
    settled<unknown>(whom[name](scope), deadline, (signal) =>
      // A login that is cut off must not look like one that is refused: there, what had no time is said so.
      measures[name](name === "logins" ? scope : hurriedScope(scope, deadline), signal, deadline, condition),
    ),
  );
}

const side = (endpoint: KafkaEndpoint) => `the ${endpoint.side} at ${addresses(endpoint)}`;

const registries = ({ registries: both }: Scope) =>
  `the registries at ${[...(both?.source.urls ?? []), ...(both?.target.urls ?? [])].join(", ")}`;

/** Who is asked for a part, for the sentence that says that nobody answered. */
const whom: { readonly [Name in Measured]: (scope: Scope) => string } = {
  sourceId: ({ source }) => side(source),
  targetId: ({ target }) => side(target),
  source: ({ source }) => side(source),
  target: ({ target }) => side(target),
  targetTopics: ({ target }) => side(target),
  marks: (scope) => `the Kubernetes API with ConfigMap ${marksOf(scope).configMap}`,
  sourceGroups: ({ source }) => side(source),
  targetGroups: ({ target }) => side(target),
  inventory: ({ source }) => side(source),
  sourceRights: ({ source }) => side(source),
  targetRights: ({ target }) => side(target),
  logins: ({ target }) => side(target),
  placing: ({ source, target }) => `${side(source)} and ${side(target)}`,
  ledger: ({ ledger }) => `the Kubernetes API with ConfigMap ${ledger.configMap}`,
  registries: (scope) => registries(scope),
  importing: (scope) => registries(scope),
  decoding: (scope) => `${side(scope.target)} with ${registries(scope)}`,
  mirror: (scope) => `Connect at ${mirrorOf(scope).connect.urls.join(", ")}`,
  connectors: () => "the Connect clusters of the connectors",
};

type Measures = {
  readonly [Name in Measured]: (
    scope: Scope,
    signal: AbortSignal,
    deadline: number,
    condition: Condition,
  ) => Promise<Parts[Name]>;
};

const measures: Measures = {
  sourceId: ({ source }, signal) => withCluster(source, async ({ clusterId }) => clusterId, signal),
  targetId: ({ target }, signal) => withCluster(target, async ({ clusterId }) => clusterId, signal),
  source: ({ source, topics }, signal) => withCluster(source, (cluster) => logs(cluster, topics), signal),
  target: ({ target, topics }, signal) => withCluster(target, (cluster) => logs(cluster, topics), signal),
  targetTopics: ({ target, topics }, signal) => withCluster(target, (cluster) => standing(cluster, topics), signal),
  marks: (scope) => readTopicMarks(marksOf(scope).kubernetes, marksOf(scope).configMap),
  sourceGroups: ({ source, groups }, signal) => groupsOf(source, groups, signal),
  targetGroups: ({ target, groups }, signal) => groupsOf(target, groups, signal),
  inventory: ({ source }, signal, _deadline, condition) => {
    if (condition.kind !== "inventory-current") throw new Error(`${condition.kind} has no inventory`);
    return readCurrent(source, condition.inventory, signal);
  },
  sourceRights: ({ source }, signal) => readRights(source, signal),
  targetRights: ({ target }, signal) => readRights(target, signal),
  logins: ({ target }, signal, deadline, condition) => {
    if (condition.kind !== "users-log-in") throw new Error(`${condition.kind} has no users`);
    return logInAll(target, condition.users, deadline, signal);
  },
  placing: (scope, signal) => readPlacing(scope, signal),
  registries: (scope, _signal, deadline) => readRegistries(scope, deadline),
  importing: (scope, _signal, deadline) => readImporting(scope, deadline),
  decoding: (scope, signal, deadline, condition) => {
    if (condition.kind !== "records-decode") throw new Error(`${condition.kind} has no sample`);
    return readDecoding(scope, condition.sampleRecords, deadline, signal);
  },
  ledger: (scope) => readLedger(scope),
  mirror: (scope, signal, deadline) => readMirror(scope, deadline, signal),
  connectors: (scope, _signal, deadline, condition) => {
    if (condition.kind !== "connectors-valid") throw new Error(`${condition.kind} has no connectors`);
    return readConnectors(scope, connectorsOfRoles(scope, condition.roles), patienceUntil(deadline));
  },
};

async function standing(cluster: Cluster, names: readonly string[]): Promise<TopicsReading> {
  const [described, configs] = await Promise.all([cluster.describe(names), effectiveConfigs(cluster, names)]);
  const topics = new Map<string, StandingTopic>();
  const problems = new Map<string, string>();
  for (const name of names) {
    const found = described.topics.get(name);
    const set = configs.topics.get(name);
    if (found === undefined || found.errorCode === unknownTopicOrPartition) continue;
    const reason = found.errorCode === 0 ? configs.problems.get(name) : protocolError(found.errorCode);
    if (reason !== undefined || set === undefined) {
      problems.set(name, `topic ${name} of the target could not be described: ${reason ?? "no answer"}`);
    } else {
      const { id, replicas } = found;
      topics.set(name, { id, partitions: replicas.length, replicas, configs: set });
    }
  }
  return { topics, problems };
}

function groupsOf(endpoint: KafkaEndpoint, groups: Scope["groups"], signal: AbortSignal) {
  const names = groups.map(({ name }) => name);
  const read = async (cluster: Cluster) => {
    const [committed, states] = await Promise.all([committedIn(cluster, names), groupStatesIn(cluster, names)]);
    return { committed, states, clusterId: cluster.clusterId };
  };
  return withCluster(endpoint, read, signal);
}

async function readPlacing(scope: Scope, signal: AbortSignal): Promise<Placing> {
  const { source, topics, groups } = scope;
  const names = groups.map(({ name }) => name);
  const [read, partitions] = await withCluster(
    source,
    async (cluster) => [await committedIn(cluster, names), (await logs(cluster, topics)).partitions] as const,
    signal,
  );
  for (const [group, reason] of read.problems)
    throw new Error(`offsets of group ${group} could not be read: ${reason}`);
  const positions = positionsOf(groups, read.groups, partitions.values());
  return { positions, found: await placeExactly(scope, "to-target", positions) };
}

function counted(scope: Scope, { side, isolation, ranges }: Wanted, deadline: number, signal: AbortSignal) {
  const limits = {
    isolation,
    records: countedRecords,
    total: countedTotal,
    deadline: deadline - reserveMilliseconds,
  };
  return withCluster(scope[side], (cluster) => countRecords(cluster, ranges, limits), signal);
}
