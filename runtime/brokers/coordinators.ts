/** Asking the coordinators of groups, each once for all of its groups, until the answer is one that stays. */
import { setTimeout as sleep } from "node:timers/promises";
import { FindCoordinatorKeyTypes, type Connection } from "@platformatic/kafka";
import { requestMilliseconds } from "../model/patience.ts";
import { responseOf, type Cluster } from "./connection.ts";
import { lacking } from "./error-codes.ts";
import { brokerProblem } from "./partitions.ts";
import { chosen, requests } from "./requests.ts";

/** UNSTABLE_OFFSET_COMMIT: a transaction that moves the offset is not decided yet. */
export const undecided = 88;
/**
 * A coordinator that is loading, being elected or has moved answers one of these for a while; so do a new cluster, and a
 * log of offsets that has lost a replica.
 */
const passing = new Set([7, 13, 14, 15, 16, undecided]);
/** GROUP_, TOPIC_ and CLUSTER_AUTHORIZATION_FAILED. */
const topicRefused = 29;
const unauthorized = new Set([30, topicRefused, 31]);

/** Reading asks again for so long what passes by itself, and never longer than one request may take. */
const patience = 5_000;
const pauseMilliseconds = 200;
/** Groups that one request asks for: what each has committed is in the answer. */
const askedGroups = 2_000;
/** Kafka decides a transaction whose producer is gone after `transaction.timeout.ms`: 60 s unless a producer asks for more. */
export const transactionMilliseconds = 75_000;

/** How long answers that pass by themselves are asked for again. */
export interface Waiting {
  /** @default 5,000, or the length of one request where that is less */
  readonly patienceMilliseconds?: number;
  /** Waits between two rounds; rejects if the work must not go on. @default a plain wait */
  readonly pause?: (milliseconds: number) => Promise<void>;
  /** True to ask again as well where a broker gives no answer; `ask` has to bear to be repeated. @default false */
  readonly brokenAgain?: boolean;
  /** The operations that `ask` needs on each group and on its topics, for the sentence that says what was missing. @default Describe */
  readonly needs?: { readonly group: string; readonly topic: string };
}

/** What went wrong, by the name of the group. */
export interface GroupProblems {
  readonly problems: ReadonlyMap<string, string>;
  /** Those of them whose group the user may not read. */
  readonly refused: ReadonlySet<string>;
  /** Those of them that wait for the outcome of a transaction: it is not known yet where the group is. */
  readonly pending: ReadonlySet<string>;
}

/** Notes an error code that Kafka has answered for a group; `where` begins the reason. */
export type Complain = (group: string, code: number, where?: string) => void;

/**
 * Calls `ask` with each coordinator and its groups. Groups for which it complains of something that passes are asked
 * again. A cluster that names no coordinator has not said that a group does not exist: that is a problem of each group.
 * FindCoordinator makes Kafka create `__consumer_offsets` where no group has ever committed.
 */
export async function askCoordinators(
  cluster: Cluster,
  groups: readonly string[],
  ask: (connection: Connection, names: readonly string[], complain: Complain) => Promise<void>,
  waiting: Waiting = {},
): Promise<GroupProblems> {
  const { patienceMilliseconds = Math.min(patience, requestMilliseconds(cluster.endpoint)), pause = plainly } = waiting;
  const { brokenAgain = false, needs = { group: "Describe", topic: "Describe" } } = waiting;
  const until = Date.now() + patienceMilliseconds;
  const reasonOf = (group: string, code: number) =>
    lacking(code, code === topicRefused ? `${needs.topic} on its topics` : `${needs.group} on Group ${group}`);
  const answered = { problems: new Map<string, string>(), refused: new Set<string>(), pending: new Set<string>() };
  for (let left = groups; left.length > 0;) {
    const codes = new Map<string, number>();
    const complain: Complain = (group, code, where = "") => {
      codes.set(group, code);
      answered.problems.set(group, `${where}${code === undecided ? notDecided : reasonOf(group, code)}`);
      if (unauthorized.has(code)) answered.refused.add(group);
    };
    for (const name of left) answered.problems.delete(name);
    const broken = await oneRound(cluster, left, ask, complain, answered.problems);
    left = left.filter((name) => passing.has(codes.get(name) ?? 0) || (brokenAgain && broken.has(name)));
    if (left.length === 0) break;
    if (Date.now() + pauseMilliseconds > until) {
      for (const name of left) if (codes.get(name) === undecided) answered.pending.add(name);
      break;
    }
    await pause(pauseMilliseconds);
  }
  return answered;
}

const notDecided = "a transaction that moves its offset is not decided yet";

const plainly = async (milliseconds: number): Promise<void> => void (await sleep(milliseconds));

async function oneRound(
  cluster: Cluster,
  groups: readonly string[],
  ask: (connection: Connection, names: readonly string[], complain: Complain) => Promise<void>,
  complain: Complain,
  problems: Map<string, string>,
): Promise<ReadonlySet<string>> {
  const { coordinators, refused, failure } = await sharedCoordinators(cluster, groups);
  const broken = new Set<string>();
  const unanswered = (names: readonly string[], reason: string): void => {
    for (const name of names) {
      broken.add(name);
      problems.set(name, reason);
    }
  };
  if (failure !== null) unanswered(groups, failure);
  for (const [group, code] of refused) complain(group, code, "its coordinator: ");
  const work = [...coordinators].map(async ([broker, all]) => {
    for (let at = 0; at < all.length; at += askedGroups) {
      const names = all.slice(at, at + askedGroups);
      try {
        await ask(await cluster.broker(broker), names, complain);
      } catch (error) {
        unanswered(names, brokerProblem(cluster, broker, error));
      }
    }
  });
  await Promise.all(work);
  return broken;
}

/** The first version that looks up several groups at a time; an older one takes the first and passes over the others. */
const batchedLookup = 4;

type Found = Awaited<ReturnType<(typeof requests.findCoordinator.versions)[number]["async"]>>;

/** The coordinator of each group, in one request where the broker can. */
async function findCoordinators(
  connection: Connection,
  groups: readonly string[],
): Promise<readonly Pick<Found["coordinators"][number], "key" | "nodeId" | "errorCode">[]> {
  const api = await chosen(connection, requests.findCoordinator);
  const ask = async (names: readonly string[]) =>
    (await api.async(connection, FindCoordinatorKeyTypes.GROUP, [...names]).catch(responseOf<Found>)).coordinators;
  if (api.version >= batchedLookup) return ask(groups);
  // An answer about one group does not name it.
  const answers = groups.map(async (key) => (await ask([key])).map((found) => ({ ...found, key })));
  return (await Promise.all(answers)).flat();
}

interface Coordinators {
  /** Names of groups by the broker id of their coordinator. */
  readonly coordinators: ReadonlyMap<number, readonly string[]>;
  /** Error codes by group. */
  readonly refused: ReadonlyMap<string, number>;
  /** Why no broker has answered; null if one has. */
  readonly failure: string | null;
}

const asked = new WeakMap<Cluster, WeakMap<readonly string[], Promise<Coordinators>>>();

/** Offsets and members of the same list of groups are asked for at the same time: its coordinators are looked up once. */
function sharedCoordinators(cluster: Cluster, groups: readonly string[]): Promise<Coordinators> {
  const ofCluster = asked.get(cluster) ?? new WeakMap<readonly string[], Promise<Coordinators>>();
  asked.set(cluster, ofCluster);
  const known = ofCluster.get(groups) ?? coordinatorsOf(cluster, groups);
  ofCluster.set(groups, known);
  return known;
}

async function coordinatorsOf(cluster: Cluster, groups: readonly string[]): Promise<Coordinators> {
  const coordinators = new Map<number, string[]>();
  const refused = new Map<string, number>();
  let failure = "no broker is left";
  for (const broker of cluster.brokerIds) {
    try {
      const connection = await cluster.broker(broker);
      for (const { key, nodeId, errorCode } of await findCoordinators(connection, groups)) {
        if (errorCode !== 0) refused.set(key, errorCode);
        else if (coordinators.has(nodeId)) coordinators.get(nodeId)!.push(key);
        else coordinators.set(nodeId, [key]);
      }
      return { coordinators, refused, failure: null };
    } catch (error) {
      failure = brokerProblem(cluster, broker, error);
    }
  }
  return { coordinators, refused, failure };
}
