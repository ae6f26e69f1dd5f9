/** Calls to Connect's REST API: any worker that answers, a deadline for every call, errors as sentences. */
import { setTimeout as sleep } from "node:timers/promises";
import { NoAnswer, passes, readAccess, reason, send, turn, type Access, type Answer } from "../kubernetes/http.ts";
import { restPatience, type RestPatience } from "../model/patience.ts";
import type { ConnectEndpoint } from "../model/sides.ts";

interface CallOptions {
  /** JSON to send. */
  readonly body?: string;
  /** Statuses that are no error besides the 200s. */
  readonly allowed?: readonly number[];
}

const pauseMilliseconds = 500;

/** Calls to one or more workers of a Connect cluster, tried in order. Every call has its own deadline. */
export class ConnectHttp {
  readonly #endpoint: ConnectEndpoint;
  readonly #patience: RestPatience;
  #access: Promise<Access> | null = null;

  /** Without a `patience` of the caller's the endpoint's own counts. */
  constructor(endpoint: ConnectEndpoint, patience: RestPatience = restPatience(endpoint)) {
    this.#endpoint = endpoint;
    this.#patience = patience;
  }

  /**
   * The answer of the first worker that gives one. Rejects with route and reason if Connect refuses, or if no worker has
   * answered well before the deadline; with a `NoAnswer` if all of them are there and were silent.
   */
  async call(method: string, route: string, { body, allowed = [] }: CallOptions = {}): Promise<Answer> {
    // A Secret that could not be read once is read again by the next call.
    const access = await (this.#access ??= readAccess(this.#endpoint).catch((error: unknown) => {
      this.#access = null;
      throw error;
    }));
    const { requestMilliseconds, deadlineMilliseconds, once } = this.#patience;
    const startedAt = Date.now();
    const until = startedAt + deadlineMilliseconds;
    for (;;) {
      const refusals: string[] = [];
      let [silent, wait] = [0, pauseMilliseconds];
      for (const [asked, url] of this.#endpoint.urls.entries()) {
        const milliseconds = turn(requestMilliseconds, until, this.#endpoint.urls.length - asked);
        let answer: Answer;
        try {
          const call = {
            method,
            url: url.replace(/\/+$/, "") + route,
            milliseconds,
            ...(body !== undefined && { body }),
          };
          answer = await send(call, access);
        } catch (error) {
          if (error instanceof NoAnswer) silent += 1;
          refusals.push(`${url} ${error instanceof Error ? error.message : String(error)}`);
          continue;
        }
        if ((answer.status >= 200 && answer.status < 300) || allowed.includes(answer.status)) return answer;
        const refusal = `${url} answered ${answer.status}: ${reason(answer.body)}`;
        // 409: a rebalance is going on; 500: the worker cannot reach the leader yet.
        if (answer.status !== 409 && !passes(answer.status)) throw new Error(`Connect: ${method} ${route}: ${refusal}`);
        refusals.push(refusal);
        wait = Math.max(wait, answer.retryAfterMilliseconds ?? 0);
      }
      if (once || Date.now() + wait >= until) {
        const seconds = once ? Math.round((Date.now() - startedAt) / 1000) : deadlineMilliseconds / 1000;
        const failed = `Connect: ${method} ${route} failed for ${seconds} s: ${refusals.join("; ")}`;
        throw silent === refusals.length ? new NoAnswer(failed) : new Error(failed);
      }
      await sleep(wait);
    }
  }
}
