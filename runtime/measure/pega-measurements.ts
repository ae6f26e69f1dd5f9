/** What gates of a migration of Pega measure. */
import { addresses, withCluster, withOwnCluster, type Cluster } from "../brokers/connection.ts";
import type { PegaParts, PegaQuestion } from "../judging/pega-reading.ts";
import type { PegaScope } from "../model/pega.ts";
import type { KafkaEndpoint } from "../model/sides.ts";
import { readFit } from "../pega/fit.ts";
import { readFlows } from "../pega/flows.ts";
import { readGrowth, readNames, readReaders } from "../pega/names.ts";
import { readQueues } from "../pega/queues.ts";
import { readHistory } from "../pega/release.ts";
import { readTiers } from "../pega/tiers.ts";
import { readUnread } from "../pega/unread.ts";
import { readVolumes } from "../pega/volumes.ts";
import type { Measurement, Time } from "./measurement.ts";

const kubernetes = ({ release }: PegaScope) => `the Kubernetes API with release ${release.name}`;
const target = (scope: PegaScope) => `the target at ${addresses(scope.target)}`;
const embedded = (scope: PegaScope) =>
  `the embedded stream${scope.embedded === undefined ? "" : ` at ${addresses(scope.embedded)}`}`;

export const pegaMeasurements: {
  readonly [Name in keyof PegaParts]: Measurement<PegaScope, PegaQuestion<Name>, PegaParts[Name]>;
} = {
  tiers: { whom: kubernetes, read: (scope) => readTiers(scope) },
  history: { whom: kubernetes, read: ({ release }) => readHistory(release) },
  volumes: { whom: kubernetes, read: (scope) => readVolumes(scope) },
  fit: { whom: target, read: (scope, _, time) => onTarget(scope, time, readFit) },
  names: { whom: target, read: (scope, _, time) => onTarget(scope, time, readNames) },
  growth: { whom: target, read: (scope, _, time) => onTarget(scope, time, readGrowth) },
  readers: { whom: target, read: (scope, _, time) => onTarget(scope, time, readReaders) },
  queues: { whom: () => "the queue probe", read: (_scope, probe, { signal }) => readQueues(probe, signal) },
  flows: {
    whom: embedded,
    read: (scope, { flows, convention }, { signal, deadline }) =>
      withOwnCluster(embeddedOf(scope), (cluster) => readFlows(cluster, flows, convention, deadline), signal),
  },
  unread: {
    whom: embedded,
    read: (scope, _, { signal, deadline }) =>
      withOwnCluster(embeddedOf(scope), (cluster) => readUnread(cluster, deadline), signal),
  },
};

const onTarget = <T>(
  { target, prefix }: PegaScope,
  { signal }: Time,
  read: (cluster: Cluster, prefix: string) => Promise<T>,
): Promise<T> => withCluster(target, (cluster) => read(cluster, prefix), signal);

function embeddedOf({ embedded }: PegaScope): KafkaEndpoint {
  if (embedded === undefined) throw new Error("the config has no embedded.runnerBootstrap");
  return embedded;
}
