import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRegistry, type RegistryOptions, type RunningRegistry } from "../../lab/registry/server.ts";

/** What a registry answered; `code` is the API's own, 0 on success. */
export interface Answer {
  readonly status: number;
  readonly code: number;
  readonly body: ReturnType<typeof JSON.parse>;
}

/** A registry for one test, in a directory of its own. */
export interface TestRegistry {
  readonly server: RunningRegistry;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Closes it and starts it again on the same storage. */
  restart(): Promise<void>;
  readonly directory: string;
}

/** Starts a registry for one test and removes it and its storage after the test. */
export async function withRegistry(
  options: Omit<RegistryOptions, "directory">,
  use: (registry: TestRegistry) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "registry-"));
  let server = await startRegistry({ ...options, directory });
  try {
    await use({
      directory,
      get server() {
        return server;
      },
      call: (method, path, body, headers = {}) => call(`${server.url}${path}`, method, body, headers),
      async restart() {
        await server.close();
        server = await startRegistry({ ...options, directory });
      },
    });
  } finally {
    await server.close();
    rmSync(directory, { recursive: true });
  }
}

async function call(url: string, method: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { "content-type": "application/vnd.schemaregistry.v1+json", ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const answer = JSON.parse(await response.text());
  return { status: response.status, code: answer?.error_code ?? 0, body: answer };
}

/** The text of an Avro record with these fields, all of them texts unless a type is given. */
export const record = (name: string, ...fields: (string | [string, unknown])[]): string =>
  JSON.stringify({
    type: "record",
    name,
    fields: fields.map((field) =>
      typeof field === "string" ? { name: field, type: "string" } : { name: field[0], type: field[1] },
    ),
  });
