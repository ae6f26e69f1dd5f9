import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dialects, type DialectName } from "./dialects.ts";
import { RegistryError } from "./errors.ts";
import { openRegistry } from "./registry.ts";
import { routesOf } from "./routes.ts";
import { dispatch } from "./dispatch.ts";

export const mediaType = "application/vnd.schemaregistry.v1+json";

const accepted = [mediaType, "application/vnd.schemaregistry+json", "application/json", "application/octet-stream"];

export interface RegistryOptions {
  /** Which server to be. @default "confluent" */
  readonly dialect?: DialectName;
  /** Address to listen at. @default "127.0.0.1" */
  readonly host?: string;
  /** Port to listen on; 0 takes a free one. @default 0 */
  readonly port?: number;
  /** Where the storage is; a registry started there again knows everything it has answered. */
  readonly directory: string;
  /** Passwords by user name for HTTP basic authentication. @default nobody is asked */
  readonly users?: Readonly<Record<string, string>>;
  /** False refuses every change of a mode with 42205. @default true */
  readonly modeMutability?: boolean;
}

/** A registry that is running. */
export interface RunningRegistry {
  /** `http://127.0.0.1:8081`, with the base path of its dialect. */
  readonly url: string;
  readonly port: number;
  /** Requests that were answered so far, as `PUT /mode`, for tests that ask what was never called. */
  readonly requests: readonly string[];
  /** Stops listening and ends open connections; the storage stays. */
  close(): Promise<void>;
}

/** Starts a schema registry and returns once it answers. */
export async function startRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  const { host = "127.0.0.1", port = 0, users, directory, modeMutability = true } = options;
  const dialect = dialects[options.dialect ?? "confluent"];
  const registry = openRegistry(directory, { modeMutability, obeysModes: dialect.modes === "honoured" });
  const routes = routesOf(dialect);
  const requests: string[] = [];
  const server = createServer((request, response) => {
    answer(request)
      .then((content) => reply(response, 200, content))
      .catch((problem: unknown) => refuse(response, problem));
  });

  async function answer(request: IncomingMessage): Promise<unknown> {
    requests.push(`${request.method} ${request.url}`);
    if (users && !isAllowed(users, request.headers.authorization)) throw new RegistryError(401, 401, "Unauthorized");
    const body = await bodyOf(request);
    return dispatch({ registry, dialect, routes }, request.method ?? "", request.url ?? "", body);
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, host, resolve);
  }).catch((problem: unknown) => {
    registry.close();
    throw problem;
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host}:${bound}${dialect.basePath}`,
    port: bound,
    requests,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      registry.close();
    },
  };
}

function isAllowed(users: Readonly<Record<string, string>>, header = ""): boolean {
  const given = Buffer.from(header);
  return Object.entries(users).some(([name, password]) => {
    const wanted = Buffer.from(`Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString();
  if (text === "") return {};
  const type = (request.headers["content-type"] ?? mediaType).split(";")[0]!.trim();
  if (!accepted.includes(type)) throw new RegistryError(415, 415, "HTTP 415 Unsupported Media Type");
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new RegistryError(400, 400, "HTTP 400 Bad Request: the body is no JSON");
  }
}

function reply(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { "content-type": mediaType }).end(JSON.stringify(content));
}

function refuse(response: ServerResponse, problem: unknown): void {
  const { status, code, message } =
    problem instanceof RegistryError ? problem : new RegistryError(500, 50001, (problem as Error).message);
  if (status === 401) response.setHeader("WWW-Authenticate", 'Basic realm="schema registry"');
  reply(response, status, { error_code: code, message });
}
