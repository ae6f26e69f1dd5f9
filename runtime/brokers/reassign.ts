/** Replicas of topics that exist: where each partition gets more, or loses some, and asking the controller for it. */
import { plainPace, type Pace } from "../model/pace.ts";
import { requestMilliseconds } from "../model/patience.ts";
import { named } from "../model/words.ts";
import { firstBroker } from "./cluster.ts";
import { responseOf, type Cluster } from "./connection.ts";
import { changeAll, type ControllerChange } from "./controller-changes.ts";
import { CodeError, kafkaError } from "./kafka-error.ts";
import { requests, send } from "./requests.ts";
import { protocolError } from "./error-codes.ts";
import { batched } from "./topic-changes.ts";

/** Topics, and how many replicas each partition of them is to have. */
export interface OtherReplicas {
  readonly name: string;
  readonly replicationFactor: number;
}

/** A broker as far as replicas are placed by it. */
interface Place {
  readonly id: number;
  readonly rack: string | null;
}

/** Replicas by topic and partition number; of each partition the preferred leader comes first. */
export type Assignments = ReadonlyMap<string, readonly (readonly number[])[]>;

/** What is copied at the same time is bounded, so that the brokers' network and disks stay free for clients. */
const partitionsAtOnce = 1_000;
const pollMilliseconds = 1_000;

/**
 * The partitions whose number of replicas is another, with the replicas that they are to have. Leaders stay where they are,
 * and so does every other replica that may. New replicas go to a rack that the partition is not in yet, and there to the
 * broker that has the fewest. Throws where there are fewer brokers than replicas. Pure.
 */
export function placed(
  assignments: Assignments,
  wanted: readonly OtherReplicas[],
  brokers: readonly Place[],
): Map<string, { readonly partitionIndex: number; readonly replicas: number[] }[]> {
  const racks = new Map(brokers.map(({ id, rack }) => [id, rack]));
  const held = new Map(brokers.map(({ id }) => [id, 0]));
  for (const partitions of assignments.values())
    for (const id of partitions.flat()) if (held.has(id)) held.set(id, held.get(id)! + 1);
  const rackOf = (id: number) => racks.get(id) ?? null;
  const found = new Map<string, { partitionIndex: number; replicas: number[] }[]>();
  for (const { name, replicationFactor } of wanted) {
    if (replicationFactor > brokers.length) {
      throw new Error(`${name} cannot have ${replicationFactor} replicas: the target has ${brokers.length} brokers`);
    }
    const changed = (assignments.get(name) ?? []).flatMap((before, partitionIndex) => {
      const replicas = [...before];
      while (replicas.length > replicationFactor) {
        // One whose rack has another replica goes first, of several the last; never the preferred leader.
        const twice = replicas.findLastIndex(
          (id, at) => at > 0 && replicas.some((other, of) => of !== at && rackOf(other) === rackOf(id)),
        );
        const [gone] = replicas.splice(twice > 0 ? twice : replicas.length - 1, 1);
        if (held.has(gone!)) held.set(gone!, held.get(gone!)! - 1);
      }
      while (replicas.length < replicationFactor) {
        const taken = new Set(replicas.map(rackOf));
        const [next] = brokers
          .filter(({ id }) => !replicas.includes(id))
          .sort(
            (a, b) =>
              Number(taken.has(a.rack)) - Number(taken.has(b.rack)) || held.get(a.id)! - held.get(b.id)! || a.id - b.id,
          );
        replicas.push(next!.id);
        held.set(next!.id, held.get(next!.id)! + 1);
      }
      return replicas.length === before.length ? [] : [{ partitionIndex, replicas }];
    });
    if (changed.length > 0) found.set(name, changed);
  }
  return found;
}

type Metadata = Awaited<ReturnType<(typeof requests.metadata.versions)[number]["async"]>>;

/**
 * Gives topics as many replicas as asked for, so many partitions at a time, and waits until the brokers have copied them.
 * Rejects with every topic that Kafka refuses, and with those that are still copied after `seconds` without any of them
 * being done: the brokers go on, and so does the next call.
 */
export async function reassign(
  cluster: Cluster,
  wanted: readonly OtherReplicas[],
  seconds: number,
  pace: Pick<Pace, "now" | "pause"> = plainPace,
): Promise<void> {
  const names = wanted.map(({ name }) => name);
  // What an update before this one has begun is finished first: a second change of the same partition would undo it.
  await copied(cluster, names, seconds, pace);
  const { topics, brokers } = await send(
    ...([await firstBroker(cluster), requests.metadata, names, false, false] as const),
  ).catch(responseOf<Metadata>);
  const assignments = new Map(
    topics.map(({ name, partitions }) => [
      name ?? "",
      [...partitions].sort((a, b) => a.partitionIndex - b.partitionIndex).map(({ replicaNodes }) => replicaNodes),
    ]),
  );
  const found = placed(
    assignments,
    wanted,
    brokers.map(({ nodeId: id, rack }) => ({ id, rack: rack ?? null })),
  );
  for (const batch of batched([...found], ([, partitions]) => partitions.length, partitionsAtOnce)) {
    await changeAll(cluster, [batch], change(cluster), pace);
    await copied(
      cluster,
      batch.map(([name]) => name),
      seconds,
      pace,
    );
  }
}

type Asked = readonly [name: string, partitions: readonly { partitionIndex: number; replicas: number[] }[]];

const change = (cluster: Cluster): ControllerChange<Asked> => ({
  failed: "topics could not be given other replicas",
  title: ([name]) => name,
  needs: () => "Alter on Cluster kafka-cluster",
  async ask(connection, batch) {
    const requested = batch.map(([name, partitions]) => ({ name, partitions: [...partitions] }));
    const answer = await send(
      ...([connection, requests.alterPartitionReassignments, patienceOf(cluster), true, requested] as const),
    ).catch(responseOf<never>);
    const { throttleTimeMs, errorCode, errorMessage, responses } = answer;
    if (errorCode !== 0) return { throttleTimeMs, answers: batch.map(() => ({ errorCode, errorMessage })) };
    const failed = new Map(
      responses.map(({ name, partitions }) => [name, partitions.find((one) => one.errorCode !== 0)] as const),
    );
    return { throttleTimeMs, answers: batch.map(([name]) => failed.get(name)) };
  },
});

const patienceOf = ({ endpoint }: Cluster): number => Math.round(requestMilliseconds(endpoint) * 0.8);

/** Waits until nothing of these topics is copied any more, for as long as there is progress within `seconds`. */
async function copied(
  cluster: Cluster,
  topics: readonly string[],
  seconds: number,
  pace: Pick<Pace, "now" | "pause">,
): Promise<void> {
  const asked = new Set(topics);
  let [least, since] = [Infinity, pace.now()];
  for (;;) {
    const going = (await underWay(cluster)).filter(({ name }) => asked.has(name));
    const partitions = going.reduce((sum, { partitions: of }) => sum + of, 0);
    if (partitions === 0) return;
    if (partitions < least) [least, since] = [partitions, pace.now()];
    if (pace.now() - since > seconds * 1000) {
      throw new Error(
        `replicas of ${partitions} partitions are still being copied on the target, of ` +
          `${named(going.map(({ name }) => name))}; none was done for ${seconds} s: see whether the brokers' disks and ` +
          "network have room, then run pulumi up again, which goes on",
      );
    }
    await pace.pause(pollMilliseconds);
  }
}

/** Topics with partitions whose replicas are being changed, by whomever. */
async function underWay(cluster: Cluster): Promise<{ readonly name: string; readonly partitions: number }[]> {
  const { errorCode, topics } = await send(
    ...([await firstBroker(cluster), requests.listPartitionReassignments, patienceOf(cluster), null] as const),
  ).catch((error: unknown) => {
    throw new Error(`which replicas are being copied could not be read: ${kafkaError(error)}`, { cause: error });
  });
  if (errorCode !== 0) throw new CodeError(protocolError(errorCode));
  return topics.map(({ name, partitions }) => ({ name, partitions: partitions.length }));
}
