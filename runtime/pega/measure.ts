/** One sweep over what a condition of a Pega migration needs, shared by the gates of one process. */
import { addresses, withCluster, type Cluster } from "../brokers/connection.ts";
import type { SweepOptions } from "../model/gate-kind.ts";
import { fresh, settled } from "../model/measured-within.ts";
import { hurried } from "../model/patience.ts";
import type { PegaCondition, PegaScope } from "../model/pega.ts";
import type { KafkaEndpoint } from "../model/sides.ts";
import { readFit } from "./fit.ts";
import { readFlows } from "./flows.ts";
import { pegaNeeds } from "./judge.ts";
import { readGrowth, readNames } from "./names.ts";
import { readQueues } from "./queues.ts";
import type { PegaPart, PegaParts, PegaSnapshot } from "./reading.ts";
import { readHistory } from "./release.ts";
import { readTiers } from "./tiers.ts";
import { readUnread } from "./unread.ts";
import { readVolumes } from "./volumes.ts";

interface Question {
  readonly scope: PegaScope;
  readonly condition: PegaCondition;
  readonly signal: AbortSignal;
  readonly deadline: number;
}

/** One kind of measurement: who is asked, for the sentence that says that nobody answered, and how. */
interface Measure<Name extends PegaPart> {
  readonly whom: (scope: PegaScope) => string;
  readonly read: (question: Question) => Promise<PegaParts[Name]>;
  /** Whether the answer depends on the condition and not on the scope alone. */
  readonly own?: true;
}

const kubernetes = ({ release }: PegaScope) => `the Kubernetes API with release ${release.name}`;
const target = (scope: PegaScope) => `the target at ${addresses(scope.target)}`;
const embedded = (scope: PegaScope) =>
  `the embedded stream${scope.embedded === undefined ? "" : ` at ${addresses(scope.embedded)}`}`;

const measures: { readonly [Name in PegaPart]: Measure<Name> } = {
  tiers: { whom: kubernetes, read: ({ scope }) => readTiers(scope) },
  history: { whom: kubernetes, read: ({ scope }) => readHistory(scope.release) },
  volumes: { whom: kubernetes, read: ({ scope }) => readVolumes(scope) },
  fit: { whom: target, read: ({ scope, signal }) => withCluster(scope.target, readFit, signal) },
  names: { whom: target, read: (question) => onTarget(question, readNames) },
  growth: { whom: target, read: (question) => onTarget(question, readGrowth) },
  queues: {
    whom: () => "the queue probe",
    own: true,
    read: ({ condition, signal }) => {
      if (condition.kind !== "queues-empty" || condition.probe === undefined) throw unasked(condition);
      return readQueues(condition.probe, signal);
    },
  },
  flows: {
    whom: embedded,
    own: true,
    read: ({ scope, condition, signal, deadline }) => {
      if (condition.kind !== "flows-at-end") throw unasked(condition);
      const { flows, convention } = condition;
      return withCluster(embeddedOf(scope), (cluster) => readFlows(cluster, flows, convention, deadline), signal);
    },
  },
  unread: {
    whom: embedded,
    read: ({ scope, signal, deadline }) =>
      withCluster(embeddedOf(scope), (cluster) => readUnread(cluster, deadline), signal),
  },
};

const onTarget = <T>({ scope, signal }: Question, read: (cluster: Cluster, prefix: string) => Promise<T>): Promise<T> =>
  withCluster(scope.target, (cluster) => read(cluster, scope.prefix), signal);

/** The scope with both clusters in a hurry. */
const inTime = (scope: PegaScope, deadline: number): PegaScope => ({
  ...scope,
  target: hurried(scope.target, deadline),
  ...(scope.embedded && { embedded: hurried(scope.embedded, deadline) }),
});

function embeddedOf({ embedded }: PegaScope): KafkaEndpoint {
  if (embedded === undefined) throw new Error("the config has no embedded.runnerBootstrap");
  return embedded;
}

const unasked = ({ kind }: PegaCondition) => new Error(`${kind} has nothing to measure it by`);

/**
 * Measures what `condition` needs, and nothing else. Never rejects: a part that fails or is late holds its error
 * instead, and closes what depends on it. Nothing is written anywhere, no group is joined.
 */
export async function pegaSnapshot(
  scope: PegaScope,
  condition: PegaCondition,
  options: SweepOptions,
): Promise<PegaSnapshot> {
  const takenAt = Date.now();
  const deadline = takenAt + options.deadlineMs;
  const parts = await Promise.all(
    pegaNeeds(condition, scope).map(async (name) => {
      const { whom, read, own } = measures[name];
      const key = JSON.stringify(["pega", name, scope, own ? condition : null]);
      const part = await fresh(key, options.freshMs ?? 1_000, () =>
        settled<unknown>(whom(scope), deadline, async (signal) =>
          read({ scope: inTime(scope, deadline), condition, signal, deadline }),
        ),
      );
      return [name, part] as const;
    }),
  );
  return { scope, takenAt, ...Object.fromEntries(parts) };
}
