import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Admin } from "kafkajs";
import { tierEndpoint } from "./addresses.ts";
import { streamClient } from "./connection.ts";
import { setControl } from "./control.ts";
import { queues, topicOf } from "./queues.ts";
import type { TierSettings } from "./settings.ts";
import { positionsOf, waiting } from "./streams.ts";

/** Header that a caller's token is in. */
export const tokenHeader = "X-Queue-Token";

/** What `GET /queues` answers. */
export interface QueueCounts {
  readonly queues: readonly { readonly name: string; readonly readyToProcess: number }[];
}

/** What `GET /flows` answers: the offset of the last processed record by partition, "-1" before the first. */
export interface FlowPositions {
  readonly flows: readonly {
    readonly name: string;
    readonly topic: string;
    readonly lastIds: Readonly<Record<string, string>>;
  }[];
}

/**
 * Answers at the tier's address, which all its pods share:
 * `GET /queues`, `GET /flows`, `POST /producing` with `true` or `false`.
 */
export function serve(settings: TierSettings): Server {
  const { lab, tier, logs } = settings;
  let connected: Promise<Admin> | undefined;
  const admin = (): Promise<Admin> => {
    const made = streamClient(settings).admin();
    connected ??= made.connect().then(() => made);
    connected.catch(() => (connected = undefined));
    return connected;
  };
  const answers: Record<string, (body: string) => Promise<unknown>> = {
    "GET /queues": async () => queueCounts(await admin(), settings),
    "GET /flows": async () => flowPositions(await admin(), settings),
    "POST /producing": async (body) => {
      if (body !== "true" && body !== "false") throw new Error(`the body is ${body}; allowed: true, false`);
      setControl(logs, tier, { producing: body === "true" });
      return { producing: body === "true" };
    },
  };
  const server = createServer((request, response) => {
    const reply = (status: number, content: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content));
    };
    if (!isAllowed(request, settings.token)) return reply(401, { error: `${tokenHeader} is missing or wrong` });
    const answer = answers[`${request.method} ${request.url}`];
    if (!answer) return reply(404, { error: `there is only ${Object.keys(answers).join(", ")}` });
    bodyOf(request)
      .then(answer)
      .then(
        (content) => reply(200, content),
        (error: Error) => reply(503, { error: error.message }),
      );
  });
  // The pods of a tier are processes of one machine: the port is shared, and the kernel spreads the calls.
  server.listen({ ...tierEndpoint(lab, tier), reusePort: true });
  return server;
}

async function queueCounts(admin: Admin, { namePattern }: TierSettings): Promise<QueueCounts> {
  const counted = queues.map(async (queue) => ({
    name: queue.name,
    readyToProcess: waiting(await positionsOf(admin, namePattern, queue)),
  }));
  return { queues: await Promise.all(counted) };
}

async function flowPositions(admin: Admin, { namePattern }: TierSettings): Promise<FlowPositions> {
  const flows = queues
    .filter(({ kind }) => kind === "flow")
    .map(async (queue) => {
      const positions = await positionsOf(admin, namePattern, queue);
      const ids = positions.map(({ partition, committed }) => [String(partition), String(committed - 1n)]);
      return {
        name: queue.name,
        topic: topicOf(namePattern, queue),
        lastIds: Object.fromEntries(ids) as Record<string, string>,
      };
    });
  return { flows: await Promise.all(flows) };
}

function isAllowed(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(String(request.headers[tokenHeader.toLowerCase()] ?? ""));
  const wanted = Buffer.from(token);
  return token !== "" && given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString().trim();
}
