/** Where the logs end and how large they are, at one moment: four requests per broker. */
import { CodeError, BrokerError, VersionError } from "./kafka-error.ts";
import type {
  DiskReading,
  LoadReading,
  PartitionBytes,
  PartitionLoad,
  SideLoad,
  Unread,
} from "../model/cluster-reading.ts";
import { everyTopic, firstBroker } from "./cluster.ts";
import { responseOf, type Cluster } from "./connection.ts";
import { describeCluster, protocolError } from "./error-codes.ts";
import { brokerProblem, partitionName } from "./partitions.ts";
import { logs } from "./positions.ts";
import { readable, refusalOf } from "./refusal.ts";
import { requests, send } from "./requests.ts";

interface Sizes {
  readonly disks: readonly DiskReading[];
  /** By `partitionName`. */
  readonly bytes: ReadonlyMap<string, PartitionBytes>;
}

/** Ends and sizes of the topics, and the brokers' disks. Rejects with a sentence if a partition cannot be measured. */
export async function readLoad(cluster: Cluster, topics: readonly string[]): Promise<LoadReading> {
  const unread: Unread[] = [];
  const takenAt = Date.now();
  const [ends, sizes] = await Promise.all([
    logs(cluster, topics),
    readable("sizes", unread, null, () => readSizes(cluster)),
  ]);
  const [problem] = ends.problems;
  if (problem !== undefined) throw new Error(problem.sentence);
  const partitions = new Map<string, PartitionLoad>();
  for (const [name, { topic, partition, start, stable, end }] of ends.partitions) {
    partitions.set(name, {
      topic,
      partition,
      start,
      stable,
      end,
      bytes: sizes?.bytes.get(name)?.largestReplica ?? null,
    });
  }
  return { takenAt, partitions, disks: sizes?.disks ?? [], unread };
}

/** Every topic's replicas with their sizes, and the brokers' disks: one request for the cluster and one per broker. */
export async function readSideLoad(cluster: Cluster): Promise<SideLoad> {
  const refused: Unread[] = [];
  const [{ brokers, topics }, sizes] = await Promise.all([
    firstBroker(cluster).then(everyTopic),
    readable("sizes", refused, null, () => readSizes(cluster)),
  ]);
  const { clusterId } = cluster;
  const { disks = [], bytes = null } = sizes ?? {};
  return {
    clusterId,
    brokers,
    topics,
    disks,
    bytes,
    unread: refused[0] === undefined ? null : `${refused[0].reason}; it needs ${describeCluster}`,
  };
}

/** One directory of a broker, as it answers. */
interface LogDirectory {
  readonly logDir: string;
  readonly totalBytes: bigint;
  readonly usableBytes: bigint;
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly {
      readonly partitionIndex: number;
      readonly partitionSize: bigint;
      readonly isFutureKey: boolean;
    }[];
  }[];
}

async function readSizes(cluster: Cluster): Promise<Sizes> {
  const asked = cluster.brokerIds.map(async (broker) => [broker, await logDirs(cluster, broker)] as const);
  return sizesIn(await Promise.all(asked));
}

/** What brokers say of their directories, taken together. Replicas that are being moved to another directory count once. */
export function sizesIn(answers: readonly (readonly [broker: number, readonly LogDirectory[]])[]): Sizes {
  const disks: DiskReading[] = [];
  const bytes = new Map<string, PartitionBytes>();
  for (const [broker, directories] of answers) {
    for (const { logDir, topics, totalBytes, usableBytes } of directories) {
      const said = (size: bigint) => (size < 0n ? null : size);
      disks.push({ broker, directory: logDir, totalBytes: said(totalBytes), usableBytes: said(usableBytes) });
      for (const { name: topic, partitions } of topics) {
        for (const { partitionIndex, partitionSize, isFutureKey } of partitions) {
          if (isFutureKey) continue;
          const name = partitionName(topic, partitionIndex);
          const { largestReplica = 0n, allReplicas = 0n } = bytes.get(name) ?? {};
          bytes.set(name, {
            largestReplica: partitionSize > largestReplica ? partitionSize : largestReplica,
            allReplicas: allReplicas + partitionSize,
          });
        }
      }
    }
  }
  disks.sort((a, b) => a.broker - b.broker || (a.directory < b.directory ? -1 : 1));
  return { disks, bytes };
}

async function logDirs(cluster: Cluster, broker: number) {
  const connection = await cluster.broker(broker);
  let answer: Awaited<ReturnType<(typeof requests.describeLogDirs.versions)[number]["async"]>>;
  try {
    answer = await send(connection, requests.describeLogDirs, null).catch(responseOf<typeof answer>);
  } catch (error) {
    if (error instanceof VersionError) throw error;
    throw new BrokerError(brokerProblem(cluster, broker, error), { cause: error });
  }
  const { errorCode, results } = answer;
  if (errorCode !== 0) throw new CodeError(protocolError(errorCode));
  // A user without the right gets an empty list instead of an error; a broker has one directory at least.
  if (results.length === 0) throw new CodeError("CLUSTER_AUTHORIZATION_FAILED");
  const offline = results.find((result) => result.errorCode !== 0);
  if (offline !== undefined && refusalOf(offline.errorCode) === null) {
    throw new Error(
      `directory ${offline.logDir} of broker ${cluster.name(broker)}: ${protocolError(offline.errorCode)}`,
    );
  }
  return results;
}
