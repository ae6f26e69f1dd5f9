/** What placing groups and stopping workloads costs, against emulated brokers and an emulated API server. */
import type { ByGroup } from "../runtime/brokers/commits.ts";
import type { Position } from "../runtime/brokers/partitions.ts";
import type { WorkloadRef } from "../runtime/model/scope.ts";
import type { KafkaEndpoint } from "../runtime/model/sides.ts";
import { fakeApiServer, type FakeApiServer } from "./fakes/api-server.ts";
import { fakeBrokers } from "./fakes/brokers.ts";
import { partitionsPerTopic, scopeOf } from "./readings.ts";
import type { Size } from "./size.ts";

const brokers = 3;
/** TCP, TLS and a SCRAM login. */
const handshakes = 5;

/** The part of the code that places groups. */
export interface Placing {
  commit(endpoint: KafkaEndpoint, offsets: ByGroup<Position>): Promise<void>;
  committed(
    endpoint: KafkaEndpoint,
    groups: readonly string[],
  ): Promise<{ readonly groups: ReadonlyMap<string, ReadonlyMap<string, Position>> }>;
}

export interface PlacingCost {
  readonly seconds: number;
  /** Offsets that were read back as they were set. */
  readonly offsets: number;
  readonly connections: number;
}

/** Sets the offsets of all groups and reads them back, each way there and back taking so many milliseconds. */
export async function placingCost({ commit, committed }: Placing, size: Size, roundTrip: number): Promise<PlacingCost> {
  const scope = scopeOf(size);
  const topics = new Map(scope.topics.map((topic) => [topic, partitionsPerTopic]));
  const fake = await fakeBrokers({ brokers, topics, roundTrip, handshakes, work: 1 });
  try {
    const endpoint: KafkaEndpoint = { side: "target", bootstrap: fake.bootstrap, protocol: "PLAINTEXT" };
    const offsets = new Map(
      scope.groups.map(({ name, topics: read }, at) => [
        name,
        read.flatMap((topic) =>
          Array.from({ length: partitionsPerTopic }, (_, partition) => ({ topic, partition, offset: BigInt(at) })),
        ),
      ]),
    );
    const startedAt = performance.now();
    await commit(endpoint, offsets);
    const found = await committed(endpoint, [...offsets.keys()]);
    const seconds = (performance.now() - startedAt) / 1000;
    const right = [...offsets].flatMap(([group, all]) =>
      all.filter(
        ({ topic, partition, offset }) => found.groups.get(group)?.get(`${topic}[${partition}]`)?.offset === offset,
      ),
    );
    return { seconds, offsets: right.length, connections: fake.connections() };
  } finally {
    await fake.close();
  }
}

/** The part of the code that stops and starts workloads. */
export interface Stopping {
  fence(workloads: readonly WorkloadRef[], seconds: number): Promise<unknown>;
  unfence(workloads: readonly WorkloadRef[]): Promise<void>;
  waitRunning(workloads: readonly WorkloadRef[], seconds: number): Promise<void>;
}

export interface StoppingCost {
  readonly seconds: number;
  readonly requests: number;
  readonly refused: number;
  /** The most requests within one second. */
  readonly busiestSecond: number;
  /** Workloads that ran no pod in between, and run as many as before now. */
  readonly workloads: number;
}

/** The Deployments of an emulated API server. */
export const workloadsOf = (
  { deployments, kubeconfig }: Pick<FakeApiServer, "deployments" | "kubeconfig">,
  namespaces = 1,
): WorkloadRef[] =>
  Array.from({ length: deployments.size }, (_, number) => ({
    ...({ name: `app-${number}`, role: "consumer", groups: [], kind: "Deployment" } as const),
    kubernetes: { kubeconfig, namespace: `apps-${number % namespaces}` },
  }));

/** Stops all workloads and starts them again; every so many requests are refused, none where it is not given. */
export async function stoppingCost(
  { fence, unfence, waitRunning }: Stopping,
  { workloads: deployments }: Pick<Size, "workloads">,
  refusesEvery?: number,
): Promise<StoppingCost> {
  const namespaces = 3;
  const api = await fakeApiServer({ deployments, namespaces, ...(refusesEvery !== undefined && { refusesEvery }) });
  const all = workloadsOf(api, namespaces);
  try {
    const startedAt = performance.now();
    await fence(all, 300);
    const stopped = [...api.deployments].filter(([, { spec }]) => spec.replicas === 0).map(([name]) => name);
    await unfence(all);
    await waitRunning(all, 300);
    const seconds = (performance.now() - startedAt) / 1000;
    const again = stopped.filter((name) => {
      const { spec, metadata } = api.deployments.get(name)!;
      return spec.replicas === 2 && Object.keys(metadata.annotations).length === 0;
    });
    const [requests, refused, busiestSecond] = [api.requests(), api.refused(), api.busiestSecond()];
    return { seconds, requests, refused, busiestSecond, workloads: again.length };
  } finally {
    api.close();
  }
}
