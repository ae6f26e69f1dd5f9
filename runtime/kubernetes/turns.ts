/** How requests to one API server take turns, and which of them are tried again. */
import { setTimeout as sleep } from "node:timers/promises";
import type { RequestContext, ResponseContext } from "@kubernetes/client-node";

/**
 * Requests to one API server in a second, on average: an API server shares out what it can do, and refuses whoever asks
 * for more. With the few that may come at once there are never 50 in a second.
 */
export const requestsPerSecond = 36;
const atOnce = 6;

/** Before the second attempt; twice as long before each further one. */
const firstPause = 250;
const longestPause = 4_000;

/** Seconds that so many requests take, by their number alone. */
export const apiSeconds = (requests: number): number => Math.ceil(requests / requestsPerSecond);

/** Hands out moments at which a request may be sent, in the order in which they were asked for. */
class Turns {
  /** Requests that may be sent at once. */
  #due: number = atOnce;
  #countedAt = performance.now();
  #last: Promise<void> = Promise.resolve();

  take(): Promise<void> {
    this.#last = this.#last.then(() => this.#next());
    return this.#last;
  }

  /** One after the other, so that those who wait while this process stands still are not sent all at once after it. */
  async #next(): Promise<void> {
    for (;;) {
      const now = performance.now();
      this.#due = Math.min(atOnce, this.#due + ((now - this.#countedAt) / 1000) * requestsPerSecond);
      this.#countedAt = now;
      if (this.#due >= 1) break;
      await sleep(((1 - this.#due) / requestsPerSecond) * 1000);
    }
    this.#due -= 1;
  }
}

const servers = new Map<string, Turns>();

function turnsOf(server: string): Turns {
  const turns = servers.get(server) ?? new Turns();
  servers.set(server, turns);
  return turns;
}

/** Waits for a turn at a server, for a request that is not sent here. */
export const takeTurn = (server: string): Promise<void> => turnsOf(server).take();

export interface Patience {
  /** Milliseconds for one request. */
  readonly request: number;
  /** Milliseconds for all attempts together. */
  readonly all: number;
  /** The same while a server that has answered this process before cannot be reached: it may be starting again. */
  readonly away: number;
}

/** Servers that have answered this process; whoever finds nobody at another's address is told so at once. */
const answered = new Set<string>();

/** Sends requests of clients of one API server; `hurried` ones take no turn. */
export function sendInTurn(
  server: string,
  patience: Patience,
  hurried: boolean,
): { send(request: RequestContext): Promise<ResponseContext> } {
  const once = async (request: RequestContext): Promise<ResponseContext> => {
    const { IsomorphicFetchHttpLibrary, ResponseContext } = await import("@kubernetes/client-node");
    if (!hurried) await turnsOf(server).take();
    // The client has no timeout of its own: a server that accepts and never answers would hold an update for ever.
    request.setSignal(AbortSignal.timeout(patience.request));
    const answer = await new IsomorphicFetchHttpLibrary().send(request).toPromise();
    answered.add(server);
    // Read here, so that an answer that breaks off is tried again as well.
    const bytes = Buffer.from(await answer.body.text());
    return new ResponseContext(answer.httpStatusCode, answer.headers, {
      text: async () => bytes.toString("utf8"),
      binary: async () => bytes,
      stream: () => null,
    });
  };
  return {
    async send(request) {
      const startedAt = performance.now();
      for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
        const found = await once(request).then(
          (answer) => ({ answer }),
          (error: unknown) => ({ error }),
        );
        const away = "error" in found && isAway(found.error);
        const wait = "answer" in found ? pauseAfter(found.answer, pause) : pauseAfterError(found.error, pause);
        const until = startedAt + (away ? patience.away : patience.all);
        const mayRepeat =
          wait !== null &&
          (!away || answered.has(server)) &&
          performance.now() + wait < until &&
          isRepeatable(request, found);
        if (mayRepeat) await sleep(wait);
        else if ("answer" in found) return found.answer;
        else throw found.error;
      }
    },
  };
}

/** Milliseconds after which to ask again; null where the answer is one that stays. */
function pauseAfter({ httpStatusCode, headers }: ResponseContext, pause: number): number | null {
  if (httpStatusCode !== 429 && httpStatusCode < 500) return null;
  // 501: the server will not know it later either.
  if (httpStatusCode === 501) return null;
  const told = Number(headers["retry-after"]);
  return Number.isFinite(told) && told > 0 ? told * 1000 : pause * (1 + Math.random() / 4);
}

/** Nobody accepted the connection, so nothing was sent: a server that starts again, or an address that is wrong. */
const unsent = ["ECONNREFUSED", "EAI_AGAIN", "ENOTFOUND", "UND_ERR_CONNECT_TIMEOUT"];
/** The way to a server is gone, perhaps after the request was sent. */
const unreachable = ["ETIMEDOUT", "EHOSTUNREACH", "EHOSTDOWN", "ENETUNREACH", "ENETDOWN"];
/** A connection broke off: the request may have been done. */
const brokenOff = ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"];

function codeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "";
}

const isAway = (error: unknown): boolean => [...unsent, ...unreachable].includes(codeOf(error));

/** Milliseconds after which to ask again whoever gave no answer; null for an error that stays (a certificate's, say). */
function pauseAfterError(error: unknown, pause: number): number | null {
  const late = error instanceof Error && error.name === "TimeoutError";
  return late || isAway(error) || brokenOff.includes(codeOf(error)) ? pause : null;
}

/**
 * What was refused unread, or never sent, can be sent again whatever it is. What may have been done: creating finds the object there,
 * replacing finds a newer version, merging changes nothing more. A JSON patch could add to a list twice.
 */
function isRepeatable(request: RequestContext, found: { answer: ResponseContext } | { error: unknown }): boolean {
  if ("answer" in found && found.answer.httpStatusCode === 429) return true;
  if ("error" in found && unsent.includes(codeOf(found.error))) return true;
  const [, type = ""] = Object.entries(request.getHeaders()).find(([name]) => /^content-type$/i.test(name)) ?? [];
  return !type.includes("json-patch");
}

/** Whether a request may succeed when it is made again: refused for now, broken off, without an answer in time, or never sent. */
export const mayPass = (code: number | null, error: unknown): boolean =>
  code === null ? pauseAfterError(error, firstPause) !== null : code === 429 || (code >= 500 && code !== 501);
