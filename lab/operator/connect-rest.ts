import { request } from "node:http";
import type { Credentials } from "../broker.ts";

/** Connect answered with an error, or not at all (status 0). */
export class ConnectError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** State of a connector as Connect tells it. */
export interface ConnectorStatus {
  readonly connector: { readonly state: string; readonly trace?: string };
  readonly tasks: readonly { readonly id: number; readonly state: string; readonly trace?: string }[];
}

const timeoutMilliseconds = 8000;

/** The REST API of one Connect cluster, through whichever worker answers. */
export class ConnectRest {
  readonly #addresses: readonly string[];
  readonly #port: number;
  readonly #user: Credentials | null;

  constructor(addresses: readonly string[], port: number, user: Credentials | null) {
    this.#addresses = addresses;
    this.#port = port;
    this.#user = user;
  }

  /** Whether the worker answers as it does once it takes part. */
  async answers(): Promise<boolean> {
    try {
      await this.#ask("GET", "/connectors");
      return true;
    } catch {
      return false;
    }
  }

  /** The connector's configuration, or null if there is none of this name. */
  config(name: string): Promise<Record<string, string> | null> {
    return orMissing(this.#ask("GET", `/connectors/${encodeURIComponent(name)}/config`));
  }

  status(name: string): Promise<ConnectorStatus | null> {
    return orMissing(this.#ask("GET", `/connectors/${encodeURIComponent(name)}/status`));
  }

  async configure(name: string, config: Readonly<Record<string, string>>): Promise<void> {
    await this.#ask("PUT", `/connectors/${encodeURIComponent(name)}/config`, config);
  }

  async delete(name: string): Promise<void> {
    await orMissing(this.#ask("DELETE", `/connectors/${encodeURIComponent(name)}`));
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    let last = new ConnectError(0, "Connect has no workers");
    for (const address of this.#addresses) {
      try {
        return await this.#askOne<T>(address, method, path, body);
      } catch (problem) {
        last = problem as ConnectError;
        if (last.status !== 0) throw last;
      }
    }
    throw last;
  }

  #askOne<T>(address: string, method: string, path: string, body: unknown): Promise<T> {
    const text = body === undefined ? "" : JSON.stringify(body);
    return new Promise<T>((resolve, reject) => {
      const failed = (problem: Error) => reject(new ConnectError(0, `${address}:${this.#port}: ${problem.message}`));
      const asked = request(
        {
          host: address,
          port: this.#port,
          method,
          path,
          agent: false,
          timeout: timeoutMilliseconds,
          ...(this.#user ? { auth: `${this.#user.username}:${this.#user.password}` } : {}),
          headers: { "content-type": "application/json", "content-length": Buffer.byteLength(text) },
        },
        (response) => {
          let answer = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => (answer += chunk));
          response.on("error", failed);
          response.on("end", () => {
            const status = response.statusCode ?? 0;
            if (status < 300) return resolve((answer === "" ? undefined : JSON.parse(answer)) as T);
            reject(new ConnectError(status, messageOf(answer) || `HTTP ${status}`));
          });
        },
      );
      asked.on("timeout", () => asked.destroy(new Error(`no answer within ${timeoutMilliseconds / 1000} s`)));
      asked.on("error", failed);
      asked.end(text);
    });
  }
}

async function orMissing<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (problem) {
    if ((problem as ConnectError).status === 404) return null;
    throw problem;
  }
}

function messageOf(answer: string): string {
  try {
    return String((JSON.parse(answer) as { message?: string }).message ?? "");
  } catch {
    return "";
  }
}
