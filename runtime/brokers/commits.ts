/** Sets and deletes offsets of groups that have no members, without joining them: many groups at a time. */
import type { Connection } from "@platformatic/kafka";
import { inParallel } from "../model/in-parallel.ts";
import type { KafkaEndpoint } from "../model/sides.ts";
import { some } from "../model/words.ts";
import { responseOf, withCluster, withOwnCluster } from "./connection.ts";
import { askCoordinators, type Complain, type Waiting } from "./coordinators.ts";
import { grouped, type Position } from "./partitions.ts";
import { requests, send } from "./requests.ts";

/**
 * Requests that wait for an answer of one coordinator at a time. It works on them one after the other; that their ways
 * there and back overlap is what makes thousands of groups a matter of seconds.
 */
export const inFlight = 64;
/**
 * Bytes of records that one request makes Kafka write into its topic of offsets, which takes them as one batch of at
 * most `message.max.bytes` (1 MiB) and refuses the request else.
 */
const requestBytes = 256 * 1024;
/** What a record needs besides the names in its key: versions, the partition, the offset and two times. */
const recordBytes = 80;
const unknownMember = 25;
const groupNotFound = 69;

/** What a coordinator does for one group costs about so much, besides the way there and back. */
const workMilliseconds = 5;

/** Offsets, or partitions, by group. */
export type ByGroup<P> = ReadonlyMap<string, readonly P[]>;

export interface CommitOptions {
  /** Called before each request; rejects if nothing must be changed any more. @default nothing is in the way */
  readonly confirm?: () => Promise<void>;
  /** Waits between two attempts; rejects if the work must not go on. @default a plain wait */
  readonly pause?: (milliseconds: number) => Promise<void>;
}

/** A broker that restarts is away for so long; the groups' next coordinators then load their offsets. */
const restartMilliseconds = 60_000;

/**
 * Sets offsets of groups that have no members; creates groups that do not exist. Each coordinator gets its groups over
 * one connection, some at a time. What passes by itself, a connection that breaks among it, is tried again. Rejects with
 * a sentence that names the groups that Kafka refuses, for example because they have members; others may be set then.
 */
export async function commitOffsets(
  endpoint: KafkaEndpoint,
  offsets: ByGroup<Position>,
  options: CommitOptions = {},
): Promise<void> {
  const needs = { group: "Read", topic: "Read" };
  const problems = await changeAll(endpoint, offsets, { ...options, needs }, async (connection, group, part) => {
    const topics = grouped(part, ({ partition, offset, metadata = null }) => ({
      partitionIndex: partition,
      committedOffset: offset,
      // A leader's epoch counts on its own cluster.
      committedLeaderEpoch: -1,
      committedMetadata: metadata,
    }));
    const answer = await send(connection, requests.offsetCommit, group, -1, "", null, topics).catch(responseOf<never>);
    return answer.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode));
  });
  if (problems.size === 0) return;
  const refused = [...problems].map(([group, { code, reason }]) =>
    code === unknownMember ? `${group}: it has members; stop its consumers first` : `${group}: ${reason}`,
  );
  throw new Error(`the ${endpoint.side} did not take the offsets of group ${some(refused, "groups")}`);
}

/** Deletes offsets of groups; ones that are not there, or a group that does not exist, are passed over. */
export async function forgetOffsets(
  endpoint: KafkaEndpoint,
  partitions: ByGroup<Omit<Position, "offset">>,
  options: CommitOptions = {},
): Promise<void> {
  const needs = { group: "Delete", topic: "Read" };
  const problems = await changeAll(endpoint, partitions, { ...options, needs }, async (connection, group, part) => {
    const topics = grouped(part, ({ partition }) => ({ partitionIndex: partition }));
    const answer = await send(connection, requests.offsetDelete, group, topics).catch(responseOf<never>);
    if (answer.errorCode === groupNotFound) return [];
    return [answer.errorCode, ...answer.topics.flatMap((each) => each.partitions.map(({ errorCode }) => errorCode))];
  });
  if (problems.size === 0) return;
  const refused = [...problems].map(([group, { reason }]) => `${group}: ${reason}`);
  throw new Error(`the ${endpoint.side} refused to forget offsets of group ${some(refused, "groups")}`);
}

/** Seconds in which the offsets of so many groups are set on a cluster and read back; measures the way to it. */
export async function forecastPlacing(endpoint: KafkaEndpoint, groups: number): Promise<number> {
  return withCluster(endpoint, async (cluster) => {
    const startedAt = performance.now();
    await cluster.describe([]);
    return placingSeconds(groups, cluster.brokerIds.length, performance.now() - startedAt);
  });
}

/** The same over connections with this way there and back. Pure. */
export function placingSeconds(groups: number, brokers: number, roundTripMilliseconds: number): number {
  const each = Math.ceil(groups / Math.max(brokers, 1));
  const rounds = Math.ceil(each / inFlight);
  // To connect and log in takes ten ways, to find the coordinators and to read everything back as many again.
  return Math.ceil((20 * roundTripMilliseconds + rounds * roundTripMilliseconds + each * workMilliseconds) / 1000);
}

interface Refused {
  readonly code: number | undefined;
  readonly reason: string;
}

/** Calls `change` with each part of each group over its coordinator's connection; it returns Kafka's error codes. */
async function changeAll<P extends { readonly topic: string }>(
  endpoint: KafkaEndpoint,
  wanted: ByGroup<P>,
  { confirm = async () => undefined, pause, needs }: CommitOptions & Required<Pick<Waiting, "needs">>,
  change: (connection: Connection, group: string, part: readonly P[]) => Promise<readonly number[]>,
): Promise<ReadonlyMap<string, Refused>> {
  const left = new Map(
    [...wanted].filter(([, all]) => all.length > 0).map(([group, all]) => [group, parts(group, all)] as const),
  );
  if (left.size === 0) return new Map();
  const codes = new Map<string, number>();
  const ended: { readonly because: unknown }[] = [];
  const changeOne = async (connection: Connection, group: string, complain: Complain): Promise<void> => {
    const todo = left.get(group)!;
    for (let part = todo[0]; part !== undefined && ended.length === 0; part = todo[0]) {
      try {
        await confirm();
      } catch (because) {
        ended.push({ because });
        return;
      }
      const code = (await change(connection, group, part)).find((each) => each !== 0);
      if (code !== undefined) {
        codes.set(group, code);
        return complain(group, code);
      }
      codes.delete(group);
      todo.shift();
    }
  };
  const { problems } = await withOwnCluster(
    endpoint,
    (cluster) =>
      askCoordinators(
        cluster,
        [...left.keys()],
        async (connection, names, complain) =>
          void (await inParallel(inFlight, names, (group) => changeOne(connection, group, complain))),
        {
          patienceMilliseconds: restartMilliseconds + left.size * workMilliseconds,
          brokenAgain: true,
          needs,
          ...(pause && { pause }),
        },
      ),
    undefined,
    inFlight,
  );
  for (const { because } of ended) throw because;
  return new Map([...problems].map(([group, reason]) => [group, { code: codes.get(group), reason }]));
}

/** What fits into one request each. */
function parts<P extends { readonly topic: string }>(group: string, all: readonly P[]): (readonly P[])[] {
  const found: P[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const each of all) {
    const more = recordBytes + Buffer.byteLength(group) + Buffer.byteLength(each.topic);
    if (bytes + more > requestBytes) {
      found.push([]);
      bytes = 0;
    }
    found.at(-1)!.push(each);
    bytes += more;
  }
  return found;
}
