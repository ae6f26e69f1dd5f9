/** HTTP as the REST APIs of Connect and of schema registries are spoken: basic auth, a private CA, a time for each call. */
import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { maskSecrets } from "../model/may-secret.ts";
import type { SecretRef } from "../model/sides.ts";
import { readBasicAuth, readSecret } from "./kubernetes.ts";

/** What a server answered. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** Milliseconds that the server asks to wait before the next request (`Retry-After`); absent where it names none. */
  readonly retryAfterMilliseconds?: number;
}

/** A server that accepts and says nothing in time: busy or stuck, but there. */
export class NoAnswer extends Error {}

/**
 * Whether a refusal passes by itself, and the request may be made again: the server or what stands before it is too busy (408,
 * 429), has nobody behind it or fails (5xx). 501 says that it cannot, now or later.
 */
export const passes = (status: number): boolean =>
  status === 408 || status === 429 || (status >= 500 && status !== 501);

/** How the client authenticates, and how the server is verified. */
export interface Access {
  /** Value of the header `authorization`. */
  readonly authorization?: string;
  /** Certificate authority, PEM; default: Node's own trust store. */
  readonly ca?: string;
}

/** One request. */
export interface Call {
  readonly method: string;
  readonly url: string;
  /** JSON to send. */
  readonly body?: string;
  /** Media type of what is sent and wanted. @default application/json */
  readonly media?: string;
  readonly milliseconds: number;
}

/** Sends one request and rejects if there is no answer in time; any status is an answer. */
export type Send = (call: Call, access: Access) => Promise<Answer>;

/** Credentials and authority of an endpoint, read from their Secrets. */
export async function readAccess(endpoint: {
  readonly credentials?: SecretRef;
  readonly ca?: SecretRef;
}): Promise<Access> {
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

/** A connection for each request: a worker that restarts would leave a dead kept-alive one behind. */
export const send: Send = (call, access) => sendThrough(call, access, false);

/** Keeps up to `sockets` connections to each server for many requests; `close` ends them. */
export function keptAlive(sockets: number): { readonly send: Send; readonly close: () => void } {
  const agents = {
    http: new HttpAgent({ keepAlive: true, maxSockets: sockets }),
    https: new HttpsAgent({ keepAlive: true, maxSockets: sockets }),
  };
  return {
    send: (call, access) => sendThrough(call, access, call.url.startsWith("https:") ? agents.https : agents.http),
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

// node:http and not fetch: fetch cannot be given a private CA without another package.
function sendThrough(
  { method, url, body, media = "application/json", milliseconds }: Call,
  access: Access,
  agent: HttpAgent | HttpsAgent | false,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { signal, clear } = expiry(milliseconds);
    const request = (url.startsWith("https:") ? httpsRequest : httpRequest)(
      url,
      {
        method,
        agent,
        signal,
        headers: {
          accept: media,
          ...(body !== undefined && { "content-type": media, "content-length": Buffer.byteLength(body) }),
          ...(access.authorization && { authorization: access.authorization }),
        },
        ...(access.ca && { ca: access.ca }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", (error) => settle(() => reject(error)));
        response.on("end", () =>
          settle(() => {
            const seconds = Number(response.headers["retry-after"]);
            resolve({
              status: response.statusCode ?? 0,
              body: Buffer.concat(chunks).toString("utf8"),
              ...(seconds > 0 && { retryAfterMilliseconds: seconds * 1000 }),
            });
          }),
        );
      },
    );
    const settle = (act: () => void) => {
      clear();
      act();
    };
    request.on("error", (error) =>
      settle(() =>
        reject(error.name === "AbortError" ? new NoAnswer(`gave no answer within ${milliseconds} ms`) : error),
      ),
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

/** The `message` of a JSON answer, or how an answer of another kind begins (a proxy's page, say); secrets are not shown. */
export const reason = (body: string): string => maskSecrets(messageOf(body));

function messageOf(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null && "message" in parsed) return String(parsed.message);
  } catch {
    // Not the API's own answer.
  }
  return body.slice(0, 200).replaceAll(/\s+/g, " ").trim() || "no message";
}

/** Milliseconds for one of the addresses that are still to be asked, so that each has its turn before the deadline. */
export function turn(longest: number, until: number, addresses: number): number {
  return Math.max(1, Math.min(longest, Math.round((until - Date.now()) / addresses)));
}
