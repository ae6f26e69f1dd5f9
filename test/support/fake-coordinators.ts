/** Coordinators of groups in memory: what Kafka answers to FindCoordinator, OffsetFetch and DescribeGroups. Emulated. */
import type { Cluster } from "../../runtime/brokers/connection.ts";

/** Kafka's numbers of the requests. */
const offsetFetch = 9;
const findCoordinator = 10;
const describeGroups = 15;
const apiVersions = 18;
const listTransactions = 66;

/** A committed offset; one in a transaction has an outcome that is not known yet. */
export interface FakeOffset {
  readonly offset: number;
  /** How many requests for stable offsets find it undecided. @default 0 */
  readonly undecided?: number;
}

export interface FakeCoordinators {
  /** Offsets by group, then by `topic/partition`. */
  readonly offsets: Record<string, Record<string, FakeOffset>>;
  /** Error code of each FindCoordinator, the last one for all that follow. @default [0] */
  readonly coordinator?: readonly number[];
  /** Highest version of a request that the broker takes, by Kafka's number. @default as Kafka 4 */
  readonly newest?: Readonly<Record<number, number>>;
  /** Topics that the user does not see; Confluent Cloud hides `__consumer_offsets`. */
  readonly hidden?: readonly string[];
  /** Producer ids by transactional id. @default none */
  readonly transactions?: Readonly<Record<string, number>>;
  /** Protocol type of a group that has none but offsets. @default consumer */
  readonly protocolType?: string;
}

const asKafka4: Readonly<Record<number, number>> = {
  [offsetFetch]: 9,
  [findCoordinator]: 6,
  [describeGroups]: 6,
  [listTransactions]: 2,
};

type Answer = { readonly [key: string]: unknown };

/** A cluster of one broker. `asked` counts the requests by their number. */
export function fakeCluster(given: FakeCoordinators): { cluster: Cluster; asked: Map<number, number> } {
  const asked = new Map<number, number>();
  const groups = Object.keys(given.offsets);
  const highest = { ...asKafka4, ...given.newest };
  // A broker that takes one group in a request reads the first name and passes over the others.
  const firstNamed = (request: Buffer) =>
    groups.filter((name) => request.includes(name)).sort((a, b) => request.indexOf(a) - request.indexOf(b))[0]!;
  const answers: Record<number, (request: Buffer, turn: number) => { answer: Answer; bad: boolean }> = {
    [findCoordinator]: (_request, turn) => {
      const codes = given.coordinator ?? [0];
      const errorCode = codes[Math.min(turn, codes.length - 1)]!;
      if (highest[findCoordinator]! < 4) {
        return { answer: { coordinators: [{ key: "", nodeId: 1, errorCode }] }, bad: errorCode !== 0 };
      }
      return { answer: { coordinators: groups.map((key) => ({ key, nodeId: 1, errorCode })) }, bad: errorCode !== 0 };
    },
    [offsetFetch]: (request, turn) => {
      // `require_stable`, before the tagged fields.
      const stable = request.at(-2) === 1;
      const unstable = ({ undecided = 0 }: FakeOffset) => stable && turn < undecided;
      const all = groups.map((groupId) => ({
        groupId,
        errorCode: 0,
        topics: Object.entries(given.offsets[groupId]!).map(([place, at]) => ({
          name: place.split("/")[0],
          partitions: [
            {
              partitionIndex: Number(place.split("/")[1]),
              committedOffset: unstable(at) ? -1n : BigInt(at.offset),
              metadata: "",
              errorCode: unstable(at) ? 88 : 0,
            },
          ],
        })),
      }));
      const bad = groups.some((name) => Object.values(given.offsets[name]!).some(unstable));
      if (highest[offsetFetch]! < 8) {
        const { topics, errorCode } = all.find(({ groupId }) => groupId === firstNamed(request))!;
        return { answer: { topics, errorCode, groups: [] }, bad };
      }
      return { answer: { groups: all }, bad };
    },
    [describeGroups]: () => ({
      answer: {
        groups: groups.map((groupId) => ({
          ...{
            groupId,
            groupState: "Empty",
            protocolType: given.protocolType ?? "consumer",
            protocolData: "",
            members: [],
            errorCode: 0,
          },
        })),
      },
      bad: false,
    }),
    [listTransactions]: () => ({
      answer: {
        transactionStates: Object.entries(given.transactions ?? {}).map(([transactionalId, id]) => ({
          ...{ transactionalId, producerId: BigInt(id), transactionState: "Ongoing" },
        })),
      },
      bad: false,
    }),
    [apiVersions]: () => ({
      answer: {
        apiKeys: Object.entries(highest)
          .filter(([, max]) => max >= 0)
          .map(([key, max]) => ({ apiKey: Number(key), minVersion: 0, maxVersion: max })),
      },
      bad: false,
    }),
  };
  const connection = {
    send: (api: number, _version: number, create: () => { readonly buffer: Buffer }, ...rest: unknown[]) => {
      const turn = asked.get(api) ?? 0;
      asked.set(api, turn + 1);
      const { answer, bad } = answers[api]!(create().buffer, turn);
      const done = rest.at(-1) as (error: Error | null, answer?: Answer) => void;
      // As the library does: an answer with any error in it is an error that carries the answer.
      if (bad) done(Object.assign(new Error("Received response with error"), { response: answer }));
      else done(null, answer);
    },
  };
  const cluster = {
    endpoint: { side: "target", bootstrap: ["127.0.0.1:1"], protocol: "PLAINTEXT" },
    brokerIds: [1],
    broker: async () => connection,
    name: (id: number) => `${id} of the target`,
    describe: async (topics: readonly string[]) => ({
      clusterId: "T",
      brokers: new Map(),
      topics: new Map(topics.map((name) => [name, { errorCode: given.hidden?.includes(name) ? 3 : 0 }])),
    }),
  };
  return { cluster: cluster as unknown as Cluster, asked };
}
