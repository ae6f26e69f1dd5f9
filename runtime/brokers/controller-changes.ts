/** Changes that a cluster's controller makes: what passes by itself is asked for again, whatever kind of change it is. */
import { protocolErrorsCodesById, type Connection } from "@platformatic/kafka";
import { plainPace, type Pace } from "../model/pace.ts";
import { requestMilliseconds } from "../model/patience.ts";
import { firstBroker } from "./cluster.ts";
import { responseOf, type Cluster } from "./connection.ts";
import { lacking } from "./error-codes.ts";
import { kafkaError } from "./kafka-error.ts";
import { requests, send } from "./requests.ts";

/** What a controller answers about one of the things that a request asks for. */
export interface Answered {
  readonly errorCode: number;
  readonly errorMessage?: string | null | undefined;
}

/** A kind of change. */
export interface ControllerChange<T> {
  /** What went wrong where it is refused: `topics could not be created`. */
  readonly failed: string;
  /** Names one of them in a sentence. */
  readonly title: (item: T) => string;
  /** The right without which Kafka refuses it: `Delete on Topic orders`. @default Kafka's own words have to do */
  readonly needs?: (item: T) => string;
  /** Sends one request. It may be repeated. What is answered stands in the order of the items; one of which nothing is said is done. */
  readonly ask: (
    connection: Connection,
    items: readonly T[],
  ) => Promise<{ readonly throttleTimeMs: number; readonly answers: readonly (Answered | undefined)[] }>;
  /** Codes that say that it is done already. @default none */
  readonly done?: ReadonlySet<number>;
  /** The same of what was asked for before and may have been done then. @default none */
  readonly doneBefore?: ReadonlySet<number>;
}

const ok = 0;
/**
 * REQUEST_TIMED_OUT, NETWORK_EXCEPTION, NOT_CONTROLLER (one is being elected), and THROTTLING_QUOTA_EXCEEDED: a quota of
 * changes per second (`controller_mutation_rate`) has let through as many as it allows, and refuses the rest of a request.
 */
const passing = new Set([7, 13, 41, 89]);
/** The library's codes of a connection that breaks off or gives no answer: what was asked may have been done. */
const unanswered = new Set(["PLT_KFK_NETWORK", "PLT_KFK_TIMEOUT"]);

const firstPause = 250;
const longestPause = 5_000;
/** Without anything being done it is tried for so many times the length of one request. */
const repeats = 2;

/**
 * Asks for changes, a batch at a time. What passes by itself is asked for again with growing pauses, or after the time that
 * a throttling broker names, for as long as something is done within twice the length of a request. Rejects with everything
 * that Kafka refuses, once everything else is done.
 */
export async function changeAll<T>(
  cluster: Cluster,
  batches: readonly (readonly T[])[],
  change: ControllerChange<T>,
  pace: Pick<Pace, "now" | "pause"> = plainPace,
): Promise<void> {
  const refused: string[] = [];
  for (const batch of batches) refused.push(...(await changed(cluster, batch, change, pace)));
  if (refused.length === 0) return;
  const shown = refused.slice(0, 20).join("; ");
  const more = refused.length > 20 ? `; and ${refused.length - 20} more` : "";
  throw new Error(`${refused.length} ${change.failed}: ${shown}${more}`);
}

/** One batch; returns what is refused. */
async function changed<T>(
  cluster: Cluster,
  batch: readonly T[],
  { title, needs, ask, done, doneBefore }: ControllerChange<T>,
  pace: Pick<Pace, "now" | "pause">,
): Promise<string[]> {
  const refused: string[] = [];
  const patience = repeats * requestMilliseconds(cluster.endpoint);
  let progressAt = pace.now();
  let pause = firstPause;
  for (let left = batch, before = false; ; before = true) {
    const sentence = (item: T, reason: string) => `${title(item)}: ${reason}`;
    // Brokers that have gone since are not asked again.
    if (before) await cluster.describe([]).catch(() => undefined);
    const found = await controllerOf(cluster)
      .then((connection) => ask(connection, left))
      .catch((error: unknown) => {
        if (!isUnanswered(error)) throw error;
        return { failure: kafkaError(error), throttleTimeMs: 0 };
      });
    const waiting: { readonly item: T; readonly reason: string }[] = [];
    for (const [at, item] of left.entries()) {
      if ("failure" in found) {
        waiting.push({ item, reason: found.failure });
        continue;
      }
      const { errorCode = ok, errorMessage } = found.answers[at] ?? {};
      if (errorCode === ok || done?.has(errorCode) || (before && doneBefore?.has(errorCode))) continue;
      const words = `${protocolErrorsCodesById[errorCode] ?? errorCode} ${errorMessage ?? ""}`.trim();
      const reason = needs === undefined ? words : lacking(errorCode, needs(item), words);
      if (passing.has(errorCode)) waiting.push({ item, reason });
      else refused.push(sentence(item, reason));
    }
    if (waiting.length === 0) return refused;
    if (waiting.length < left.length) [progressAt, pause] = [pace.now(), firstPause];
    left = waiting.map(({ item }) => item);
    const wait = Math.max(found.throttleTimeMs, pause);
    if (pace.now() - progressAt > patience + found.throttleTimeMs)
      return [...refused, ...waiting.map(({ item, reason }) => sentence(item, reason))];
    await pace.pause(wait);
    pause = Math.min(pause * 2, longestPause);
  }
}

const isUnanswered = (error: unknown): boolean =>
  error instanceof Error &&
  (("code" in error && unanswered.has(String(error.code))) ||
    isUnanswered(error.cause) ||
    (error instanceof AggregateError && error.errors.some(isUnanswered)));

/** Where ZooKeeper still rules only the controller makes changes of topics; elsewhere every broker hands the request on. */
async function controllerOf(cluster: Cluster): Promise<Connection> {
  const first = await firstBroker(cluster);
  const { controllerId } = await send(first, requests.metadata, [], false, false).catch(responseOf<never>);
  return cluster.brokerIds.includes(controllerId) ? cluster.broker(controllerId) : first;
}
