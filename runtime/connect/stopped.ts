/**
 * Whether Connect has stopped a connector, and stopping it until it has. A task that was just starting does not stop within
 * Connect's graceful timeout, and says afterwards that it runs: Connect lists it with its stopped connector from then on,
 * until its workers share the work out anew. Another stop makes them do that.
 */
import type { Pace } from "../model/pace.ts";
import { inParallel } from "../model/in-parallel.ts";
import { settleAll } from "../model/settle-all.ts";
import type { ConnectorStatus } from "./connect.ts";

/** A graceful stop commits what is in flight; Connect's own timeout for a task is shorter. */
export const connectorStopSeconds = 60;
/** Longer than Connect waits for a task (`task.shutdown.graceful.timeout.ms`, here 10 s) before it lets it be. */
export const againSeconds = 15;
/** Requests to Connect at a time: one after the other, those of many waves would be seconds of a pause. */
export const atOnce = 8;

/** A connector and its status; null where Connect has none of that name. */
export interface Seen {
  readonly name: string;
  readonly status: ConnectorStatus | null;
}

/** What of Connect this needs. */
interface Stoppable {
  status(name: string): Promise<ConnectorStatus | null>;
  stop(name: string): Promise<void>;
}

/** Whether it runs: Connect says another state than STOPPED, or lists tasks. One that does not exist does not run. */
export const runs = (status: ConnectorStatus | null | undefined): boolean =>
  status !== null && status !== undefined && (status.connector.state !== "STOPPED" || status.tasks.length > 0);

/** Whether it is stopped as far as its owners ask, and Connect lists tasks of it all the same. */
export const lingers = (status: ConnectorStatus | null): boolean =>
  status?.connector.state === "STOPPED" && status.tasks.length > 0;

/** What Connect says of each, in their order. */
export const statusesOf = (
  connect: Pick<Stoppable, "status">,
  connectors: readonly string[],
): Promise<readonly Seen[]> =>
  inParallel(atOnce, connectors, async (name) => ({ name, status: await connect.status(name) }));

/** Those of the connectors that run. */
export async function running(connect: Pick<Stoppable, "status">, connectors: readonly string[]): Promise<string[]> {
  return (await statusesOf(connect, connectors)).filter(({ status }) => runs(status)).map(({ name }) => name);
}

/**
 * Stops connectors and waits until Connect lists no task of them; asks again where it goes on listing one. Returns those
 * that have not stopped after `connectorStopSeconds`.
 */
export async function stopConnectors(connect: Stoppable, connectors: readonly string[], pace: Pace): Promise<string[]> {
  const until = pace.now() + connectorStopSeconds * 1000;
  for (let left = [...connectors], asked = -Infinity; ; await pace.pause(500)) {
    if (left.length > 0 && pace.now() - asked >= againSeconds * 1000) {
      // Together: writes may be paused meanwhile, and each request may wait for a rebalance.
      await settleAll(left.map((name) => connect.stop(name)));
      asked = pace.now();
    }
    left = await running(connect, left);
    if (left.length === 0 || pace.now() > until) return left;
  }
}

/**
 * Those of the connectors that run, after what only lingers was asked to stop once more. Nobody else's state changes: what
 * is asked is stopped already.
 */
export async function stillRunning(connect: Stoppable, connectors: readonly string[], pace: Pace): Promise<string[]> {
  const seen = (await statusesOf(connect, connectors)).filter(({ status }) => runs(status));
  const lingering = seen.filter(({ status }) => lingers(status)).map(({ name }) => name);
  const left = new Set(await stopConnectors(connect, lingering, pace));
  return seen.filter(({ name, status }) => !lingers(status) || left.has(name)).map(({ name }) => name);
}
