/** What gates of a migration between two Kafka clusters measure. */
import { addresses, unknownTopicOrPartition, withCluster, type Cluster } from "../brokers/connection.ts";
import { lacking } from "../brokers/error-codes.ts";
import { committedIn, groupStatesIn } from "../brokers/groups.ts";
import { readSideLoad } from "../brokers/load.ts";
import { logInAll } from "../brokers/login.ts";
import { logs } from "../brokers/positions.ts";
import { readRights } from "../brokers/rights.ts";
import { effectiveConfigs } from "../brokers/topic-configs.ts";
import { unwritable } from "../brokers/writable.ts";
import { readMirror } from "../connect/mirror-reading.ts";
import { readReturned } from "../connect/reverse-positions.ts";
import { readConnectors } from "../connectors/facts.ts";
import { readCurrent } from "../inventory/current.ts";
import { connectorsOfRoles } from "../judging/connectors.ts";
import type { Question, Measured, Parts, Placing, ExistingTopic, TopicsReading } from "../judging/reading.ts";
import { readDependents, readKafkaObject } from "../kubernetes/operator.ts";
import { readLedger } from "../ledger/ledger.ts";
import { hasHalted } from "../ledger/receipts.ts";
import { recordOf } from "../ledger/record.ts";
import type { KafkaObjectRefs } from "../model/gates.ts";
import { readWayBack } from "../topics/way-back.ts";
import { outside } from "../model/group-reads.ts";
import { mirrorOf, reverseOf } from "../model/mirror-ref.ts";
import { patienceUntil } from "../model/patience.ts";
import type { Scope } from "../model/scope.ts";
import { settleAll } from "../model/settle-all.ts";
import type { KafkaEndpoint } from "../model/sides.ts";
import { backScopes } from "../model/waves.ts";
import { positionsOf } from "../placement/lagging.ts";
import { placeExactly } from "../placement/place.ts";
import { readPath } from "../programs/path-reading.ts";
import { readDecoding } from "../schemas/decode.ts";
import { readImporting, readRegistries } from "../schemas/measure.ts";
import { readCopiedSince } from "../switch/copied-since.ts";
import { readNewest } from "../switch/newest-records.ts";
import { unpositioned } from "../switch/unpositioned.ts";
import { readPins } from "../topics/pins.ts";
import { marksOf, readTopicMarks } from "../topics/topic-ownership.ts";
import type { Measurement } from "./measurement.ts";

export const side = (endpoint: KafkaEndpoint) => `the ${endpoint.side} at ${addresses(endpoint)}`;

const registries = ({ registries: both }: Scope) =>
  `the registries at ${[...(both?.source.urls ?? []), ...(both?.target.urls ?? [])].join(", ")}`;

export const kafkaMeasurements: {
  readonly [Name in Measured]: Measurement<Scope, Question<Name>, Parts[Name]>;
} = {
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
    read: ({ target, topics }, _, { signal }) => withCluster(target, (cluster) => readTopics(cluster, topics), signal),
  },
  sourceLoad: {
    whom: ({ source }) => side(source),
    read: ({ source }, _, { signal }) => withCluster(source, readSideLoad, signal),
  },
  targetLoad: {
    whom: ({ target }) => side(target),
    read: ({ target }, _, { signal }) => withCluster(target, readSideLoad, signal),
  },
  machines: {
    whom: () => "the Kubernetes API with the Kafka objects",
    read: (_scope, objects) => readMachines(objects),
  },
  retired: {
    whom: () => "the Kubernetes API with the source's object and the ledger",
    read: async (scope, { kubernetes, cluster }) => {
      const object = await readKafkaObject(kubernetes, cluster);
      return {
        state: object === null ? "absent" : object.halted ? "halted" : "running",
        byUs: await hasHalted(recordOf(scope)),
        dependents: object === null ? [] : await readDependents(kubernetes, cluster),
      };
    },
  },
  marks: {
    whom: (scope) => `the Kubernetes API with ConfigMap ${marksOf(scope).configMap}`,
    read: (scope) => readTopicMarks(marksOf(scope).kubernetes, marksOf(scope).configMap),
  },
  pins: {
    whom: (scope) => `the Kubernetes API with ConfigMap ${recordOf(scope).configMap}`,
    read: (scope) => readPins(recordOf(scope)),
  },
  unpositioned: {
    whom: (scope) => `${side(scope.target)} and Connect at ${mirrorOf(scope).connect.urls.join(", ")}`,
    read: (scope, _, { signal, deadline }) => unpositioned(scope, deadline, signal),
  },
  wayBack: {
    whom: (scope) => `the Kubernetes API with ConfigMap ${recordOf(scope).configMap}`,
    read: (scope) =>
      settleAll(
        backScopes(scope).map(async (of) => ({
          ...(of.wave !== undefined && { wave: of.wave }),
          topics: of.topics,
          wayBack: await readWayBack(of),
        })),
      ),
  },
  returned: {
    whom: (scope) => `${side(scope.source)} and Connect at ${mirrorOf(scope).connect.urls.join(", ")}`,
    read: (scope, _, { signal, deadline }) =>
      settleAll(backScopes(scope).map((of) => readReturned(of, deadline, signal))),
  },
  copiedSince: {
    whom: (scope) => `${side(scope.source)} and ${side(scope.target)}`,
    read: (scope, _, { signal, deadline }) => readCopiedSince(backScopes(scope), deadline, signal),
  },
  newest: {
    whom: (scope) =>
      `${side(scope.source)}, ${side(scope.target)} and Connect at ${mirrorOf(scope).connect.urls.join(", ")}`,
    read: (scope, asked, { signal, deadline }) => readNewest(scope, asked, deadline, signal),
  },
  unwritable: {
    whom: ({ source }) => side(source),
    read: async (scope, _, { signal }) => {
      const asked = backScopes(scope).map((of) => unwritable(reverseOf(of).kafka, of.topics, signal));
      return (await settleAll(asked)).flat().sort();
    },
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
    // A login that is cut off must not look like one that is refused; what there was no time for is said so.
    unhurried: true,
  },
  paths: {
    whom: () => "the Kubernetes API with the pods that try the paths",
    read: (_scope, probes) => settleAll(probes.map(readPath)),
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
    read: (scope, what, { signal, deadline }) => readDecoding(scope, what, deadline, signal),
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

/** An object that does not exist, or says nothing, is left out. */
async function readMachines(objects: KafkaObjectRefs): Promise<Parts["machines"]> {
  const sides = (["source", "target"] as const).map(async (name) => {
    const object = objects[name];
    const found = object && (await readKafkaObject(object.kubernetes, object.cluster));
    return found ? [[name, found.machine] as const] : [];
  });
  return Object.fromEntries((await Promise.all(sides)).flat());
}

async function readTopics(cluster: Cluster, names: readonly string[]): Promise<TopicsReading> {
  const [described, configs] = await Promise.all([cluster.describe(names), effectiveConfigs(cluster, names)]);
  const topics = new Map<string, ExistingTopic>();
  const problems = new Map<string, string>();
  for (const name of names) {
    const found = described.topics.get(name);
    const set = configs.topics.get(name);
    if (found === undefined || found.errorCode === unknownTopicOrPartition) continue;
    const isSeen = found.errorCode === 0;
    const reason = isSeen ? configs.problems.get(name) : lacking(found.errorCode, `Describe on Topic ${name}`);
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
  const pending = new Map<string, string>();
  for (const [group, reason] of read.problems) {
    if (!read.pending.has(group)) throw new Error(`offsets of group ${group} could not be read: ${reason}`);
    pending.set(group, reason);
  }
  const known = groups.filter(({ name }) => !pending.has(name));
  const positions = positionsOf(known, read.groups, partitions.values());
  const beyond = known.flatMap((group) => outside(group, read.groups.get(group.name)));
  return { positions, found: await placeExactly(scope, "to-target", positions), pending, outside: beyond };
}
