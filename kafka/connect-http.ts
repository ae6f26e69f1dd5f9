/** HTTP to Connect's REST API: any worker that answers, a deadline for every call, errors as sentences. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { readBasicAuth, readSecret } from "./kubernetes.ts";
import type { ConnectEndpoint } from "./types.ts";

/** How patient the client is, in milliseconds. */
export interface ConnectPatience {
  /** One request to one worker. @default 10000 */
  readonly requestMilliseconds?: number;
  /** All workers and repeats of one call: a rebalance answers 409 for as long as it lasts. @default 30000 */
  readonly deadlineMilliseconds?: number;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

interface CallOptions {
  /** JSON to send. */
  readonly body?: string;
  /** Statuses that are no error besides the 200s. */
  readonly allowed?: readonly number[];
}

interface Access {
  readonly authorization?: string;
  readonly ca?: string;
}

/** Calls to one or more workers of a Connect cluster, tried in order. Every call has its own deadline. */
export class ConnectHttp {
  readonly #endpoint: ConnectEndpoint;
  readonly #requestMilliseconds: number;
  readonly #deadlineMilliseconds: number;
  #access: Promise<Access> | null = null;

  constructor(endpoint: ConnectEndpoint, patience: ConnectPatience = {}) {
    this.#endpoint = endpoint;
    this.#requestMilliseconds = patience.requestMilliseconds ?? 10_000;
    this.#deadlineMilliseconds = patience.deadlineMilliseconds ?? 30_000;
  }

  /**
   * The answer of the first worker that gives one. Rejects with route and reason if Connect refuses, or if no worker has
   * answered well before the deadline.
   */
  async call(method: string, route: string, { body, allowed = [] }: CallOptions = {}): Promise<Answer> {
    // A Secret that could not be read once is read again by the next call.
    const access = await (this.#access ??= readAccess(this.#endpoint).catch((error: unknown) => {
      this.#access = null;
      throw error;
    }));
    const until = Date.now() + this.#deadlineMilliseconds;
    for (;;) {
      const refusals: string[] = [];
      for (const url of this.#endpoint.urls) {
        const milliseconds = Math.max(1, Math.min(this.#requestMilliseconds, until - Date.now()));
        let answer: Answer;
        try {
          answer = await send(method, url.replace(/\/+$/, "") + route, access, milliseconds, body);
        } catch (error) {
          refusals.push(`${url} ${error instanceof Error ? error.message : String(error)}`);
          continue;
        }
        if ((answer.status >= 200 && answer.status < 300) || allowed.includes(answer.status)) return answer;
        const refusal = `${url} answered ${answer.status}: ${reason(answer.body)}`;
        // 409: a rebalance is going on; 5xx: the worker cannot reach the leader yet. Both pass.
        if (answer.status !== 409 && answer.status < 500) throw new Error(`Connect: ${method} ${route}: ${refusal}`);
        refusals.push(refusal);
      }
      if (Date.now() + 500 >= until) {
        const seconds = this.#deadlineMilliseconds / 1000;
        throw new Error(`Connect: ${method} ${route} failed for ${seconds} s: ${refusals.join("; ")}`);
      }
      await sleep(500);
    }
  }
}

async function readAccess(endpoint: ConnectEndpoint): Promise<Access> {
  const [basic, authority] = await Promise.all([
    endpoint.credentials && readBasicAuth(endpoint.credentials),
    endpoint.ca && readSecret(endpoint.ca),
  ]);
  const ca = authority?.["ca.crt"];
  return {
    ...(basic && {
      authorization: `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString("base64")}`,
    }),
    ...(ca && { ca }),
  };
}

// node:http and not fetch: fetch cannot be given a private CA without another package.
function send(method: string, url: string, access: Access, milliseconds: number, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { signal, clear } = expiry(milliseconds);
    const request = (url.startsWith("https:") ? httpsRequest : httpRequest)(
      url,
      {
        method,
        // A worker that restarts would leave a dead kept-alive connection behind.
        agent: false,
        signal,
        headers: {
          accept: "application/json",
          ...(body !== undefined && { "content-type": "application/json" }),
          ...(access.authorization && { authorization: access.authorization }),
        },
        ...(access.ca && { ca: access.ca }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", (error) => settle(() => reject(error)));
        response.on("end", () =>
          settle(() => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") })),
        );
      },
    );
    const settle = (act: () => void) => {
      clear();
      act();
    };
    request.on("error", (error) =>
      settle(() => reject(error.name === "AbortError" ? new Error(`gave no answer within ${milliseconds} ms`) : error)),
    );
    request.end(body);
  });
}

// AbortSignal.timeout does not keep the process alive: an update could end in the middle of a wait.
function expiry(milliseconds: number): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), milliseconds);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

function reason(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null && "message" in parsed) return String(parsed.message);
  } catch {
    // Not Connect's own answer (a proxy's page, say): its beginning is all there is.
  }
  return body.slice(0, 200).replaceAll(/\s+/g, " ").trim() || "no message";
}
