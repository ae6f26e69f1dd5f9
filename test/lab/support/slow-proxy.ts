import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What becomes of requests for connectors' offsets; all others pass through at once. */
export type Offsets = "through" | "refused" | "slow";

/** Stands before a Connect worker. */
export class SlowProxy {
  offsets: Offsets = "through";
  /** Requests for offsets so far. */
  asked = 0;
  url = "";
  readonly #behind: string;
  #server: Server | undefined;

  constructor(behind: string) {
    this.#behind = behind;
  }

  async start(): Promise<void> {
    this.#server = createServer((incoming, answer) => void this.#serve(incoming, answer));
    await new Promise<void>((resolve) => this.#server!.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  async #serve(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    if (incoming.url?.endsWith("/offsets")) {
      this.asked += 1;
      if (this.offsets === "refused") return void answer.writeHead(403).end('{"message":"offsets are not for you"}');
      if (this.offsets === "slow") await sleep(30_000);
    }
    const { method, url, headers } = incoming;
    const outgoing = request(`${this.#behind}${url}`, { ...(method && { method }), headers }, (behind) => {
      answer.writeHead(behind.statusCode ?? 502, behind.headers);
      behind.pipe(answer);
    });
    outgoing.on("error", () => answer.destroy());
    incoming.pipe(outgoing);
  }
}
