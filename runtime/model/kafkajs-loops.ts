/**
 * What is corrected of kafkajs wherever it is used.
 *
 * kafkajs 2.2.4 sets a timer after every answer of a broker, for requests that wait because the broker throttles. It
 * does so also when none waits, and then the time is negative (minus the milliseconds since 1970), which Node takes for
 * 1 ms: each connection wakes a thousand times a second for as long as it is open. Node 24 warns of it
 * (`TimeoutNegativeWarning`, https://github.com/tulios/kafkajs/issues/1751; the pull request 1755 only silences the
 * warning). It also looks ten times a second, for each connection, whether an answer is late.
 *
 * Six idle connections took 6.5 % of a core as published, 0.7 % without the first loop, and 0.1 % without both.
 */

/** What the overrides use of kafkajs's class. */
export interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly inflight: ReadonlyMap<
    number,
    { readonly sentAt: number; readonly requestTimeout: number; timeoutRequest(): void }
  >;
  readonly requestTimeout: number;
  readonly enforceRequestTimeout: boolean;
  requestTimeoutIntervalId: NodeJS.Timeout;
  isConnected(): boolean;
  destroy(): void;
  scheduleCheckPendingRequests(): void;
  scheduleRequestTimeoutCheck(): void;
}

/** The release whose source these overrides were written for. */
const corrected = "2.2.4";

/** Milliseconds between two looks for late answers; kafkajs takes 100. Requests may take seconds. */
const lateCheckInterval = 1_000;

/** Throws one sentence unless what is said here of kafkajs's own files fits this release. */
export function checkKafkajs(version: string): void {
  if (version === corrected) return;
  throw new Error(
    `kafkajs ${version} is installed, but runtime/model/kafkajs-loops.ts overrides methods of ${corrected}; see whether ` +
      "kafkajs/src/network/requestQueue/index.js still sets a timer when no request waits, then change that file",
  );
}

/** Takes the loops out of the prototype of kafkajs's queue of requests. */
export function takeOutBusyLoops(queue: RequestQueue): void {
  const schedule = queue.scheduleCheckPendingRequests;
  queue.scheduleCheckPendingRequests = function () {
    // A request that comes while the broker throttles is made to wait by kafkajs itself, which then calls this again.
    if (this.pending.length > 0) schedule.call(this);
  };

  queue.scheduleRequestTimeoutCheck = function () {
    if (!this.enforceRequestTimeout) return;
    this.destroy();
    const check = (): void => {
      for (const request of this.inflight.values())
        if (Date.now() - request.sentAt > request.requestTimeout) request.timeoutRequest();
      if (!this.isConnected()) this.destroy();
    };
    this.requestTimeoutIntervalId = setInterval(check, Math.min(this.requestTimeout, lateCheckInterval));
  };
}
