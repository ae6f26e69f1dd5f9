/** One sweep over everything that a condition needs, shared by the gates of one process. */
import type { Condition } from "../../gates/index.ts";
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
import { connectorsOfRoles } from "../judging/connectors.ts";
import type { Question } from "../judging/reading.ts";
import type { Measured, Parts, Placing, Snapshot, StandingTopic, TopicsReading, Wanted } from "../judging/reading.ts";
import { readLedger } from "../ledger/ledger.ts";
import type { SweepOptions } from "../model/gate-kind.ts";
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
import { ids, needs, wants } from "./judge.ts";

/** Records counted one by one: beyond this a difference of offsets has to do, as an upper bound. */
const countedRecords = 100_000;
const countedTotal = 300_000;
/** Counting leaves this much of the time for the verdict. */
const reserveMilliseconds = 200;

/**
 * Measures what `condition` needs, and nothing else. Never rejects: a part that fails or is late contains its error
 * instead, and closes what depends on it. Nothing is written anywhere, no group is joined.
 */
export async function snapshot(scope: Scope, condition: Condition, options: SweepOptions): Promise<Snapshot> {
  const takenAt = Date.now();
  const deadline = takenAt + options.deadlineMs;
  const asked = Object.entries({ ...needs(condition), ...ids(condition) }) as [Measured, never][];
  const parts = await Promise.all(
    asked.map(
      async ([name, question]) => [name, await shared(scope, name, question, deadline, options.freshMs)] as const,
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

function shared<Name extends Measured>(
  scope: Scope,
  name: Name,
  question: Question<Name>,
  deadline: number,
  freshMs = 1_000,
): Promise<Part<unknown>> {
  const { whom, read, unhurried } = measurements[name] as Measurement<Name>;
  return fresh(JSON.stringify([name, scope, question]), freshMs, () =>
    settled<unknown>(whom(scope), deadline, (signal) =>
      read(unhurried ? scope : hurriedScope(scope, deadline), question, { signal, deadline }),
    ),
  );
}

const side = (endpoint: KafkaEndpoint) => `the ${endpoint.side} at ${addresses(endpoint)}`;

const registries = ({ registries: both }: Scope) =>
  `the registries at ${[...(both?.source.urls ?? []), ...(both?.target.urls ?? [])].join(", ")}`;

/** One measurement: who is asked (for the sentence that says that there was no answer), and how. */
interface Measurement<Name extends Measured> {
  readonly whom: (scope: Scope) => string;
  readonly read: (
    scope: Scope,
    question: Question<Name>,
    time: { readonly signal: AbortSignal; readonly deadline: number },
  ) => Promise<Parts[Name]>;
  /** Set if a single request is not limited by the time that is left for the measurement. */
  readonly unhurried?: true;
}

const measurements: { readonly [Name in Measured]: Measurement<Name> } = {
  sourceId: {
    whom: ({ source }) => side(source),
    read: ({ source }, _, { signal }) => withCluster(source, async ({ clusterId }) => clusterId, signal),
  },
  targetId: {
    whom: ({ target }) => side(target),
    read: ({ target }, _, { signal }) => withCluster(target, async ({ clusterId }) => clusterId, signal),
  },
  source: {
    whom: ({ source }) => side(source),
    read: ({ source, topics }, _, { signal }) => withCluster(source, (cluster) => logs(cluster, topics), signal),
  },
  target: {
    whom: ({ target }) => side(target),
    read: ({ target, topics }, _, { signal }) => withCluster(target, (cluster) => logs(cluster, topics), signal),
  },
  targetTopics: {
    whom: ({ target }) => side(target),
    read: ({ target, topics }, _, { signal }) => withCluster(target, (cluster) => standing(cluster, topics), signal),
  },
  marks: {
    whom: (scope) => `the Kubernetes API with ConfigMap ${marksOf(scope).configMap}`,
    read: (scope) => readTopicMarks(marksOf(scope).kubernetes, marksOf(scope).configMap),
  },
  sourceGroups: {
    whom: ({ source }) => side(source),
    read: ({ source, groups }, _, { signal }) => groupsOf(source, groups, signal),
  },
  targetGroups: {
    whom: ({ target }) => side(target),
    read: ({ target, groups }, _, { signal }) => groupsOf(target, groups, signal),
  },
  inventory: {
    whom: ({ source }) => side(source),
    read: ({ source }, inventory, { signal }) => readCurrent(source, inventory, signal),
  },
  sourceRights: {
    whom: ({ source }) => side(source),
    read: ({ source }, _, { signal }) => readRights(source, signal),
  },
  targetRights: {
    whom: ({ target }) => side(target),
    read: ({ target }, _, { signal }) => readRights(target, signal),
  },
  logins: {
    whom: ({ target }) => side(target),
    read: ({ target }, users, { signal, deadline }) => logInAll(target, users, deadline, signal),
    // A login that is cut off must not look like one that is refused; users without time are reported as not tried.
    unhurried: true,
  },
  placing: {
    whom: ({ source, target }) => `${side(source)} and ${side(target)}`,
    read: (scope, _, { signal }) => readPlacing(scope, signal),
  },
  ledger: {
    whom: ({ ledger }) => `the Kubernetes API with ConfigMap ${ledger.configMap}`,
    read: (scope) => readLedger(scope),
  },
  registries: {
    whom: registries,
    read: (scope, _, { deadline }) => readRegistries(scope, deadline),
  },
  importing: {
    whom: registries,
    read: (scope, _, { deadline }) => readImporting(scope, deadline),
  },
  decoding: {
    whom: (scope) => `${side(scope.target)} with ${registries(scope)}`,
    read: (scope, sampleRecords, { signal, deadline }) => readDecoding(scope, sampleRecords, deadline, signal),
  },
  mirror: {
    whom: (scope) => `Connect at ${mirrorOf(scope).connect.urls.join(", ")}`,
    read: (scope, _, { signal, deadline }) => readMirror(scope, deadline, signal),
  },
  connectors: {
    whom: () => "the Connect clusters of the connectors",
    read: (scope, roles, { deadline }) =>
      readConnectors(scope, connectorsOfRoles(scope, roles), patienceUntil(deadline)),
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
      problems.set(name, `topic ${name} on the target could not be described: ${reason ?? "no answer"}`);
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
