/** A client of the REST API that Confluent's Schema Registry has and others imitate. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  keptAlive,
  passes,
  readAccess,
  reason,
  turn,
  type Access,
  type Answer,
  type Send,
} from "../kubernetes/http.ts";
import { restPatience, type RestPatience } from "../model/patience.ts";
import type { RegistryEndpoint } from "../model/sides.ts";
import { named } from "./subjects.ts";

/** Media type of the API. */
const media = "application/vnd.schemaregistry.v1+json";
/** Requests to one registry at a time. */
export const parallel = 16;
const retryMilliseconds = 300;

export interface Reference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

/** One version of a subject. */
export interface SchemaVersion {
  readonly subject: string;
  readonly version: number;
  readonly id: number;
  /** AVRO, JSON or PROTOBUF. */
  readonly type: string;
  readonly schema: string;
  readonly references: readonly Reference[];
  /** True for a soft-deleted one: it is listed no more, and still found by its id. */
  readonly deleted: boolean;
  /** What a data contract adds (`metadata`, `ruleSet`): carried along as it is. */
  readonly contract: Readonly<Record<string, unknown>>;
}

/** What is set for a subject, a context or globally; `compatibility` is the level. */
export type RegistryConfig = Readonly<Record<string, unknown>>;

/** The registry's own refusal. */
export class RegistryError extends Error {
  /** HTTP status. */
  readonly status: number;
  /** The API's own code, such as 42205; the status where there is none. */
  readonly code: number;

  constructor(message: string, status: number, code: number) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** How patient the client is (default: as its endpoint says), and what it asks before it changes anything. */
export interface RegistryOptions extends Partial<RestPatience> {
  /** Asked before every change; a rejection keeps it from being made. */
  readonly confirm?: () => Promise<void>;
  /** Sends a request. @default over connections that are kept */
  readonly send?: Send;
}

interface CallOptions {
  readonly body?: unknown;
  /** Statuses that are no error besides the 200s. */
  readonly allowed?: readonly number[];
}

/**
 * A registry behind one or more addresses, tried in order. A call is repeated while no address answers or the registry
 * or what stands before it says that it cannot at the moment (408, 429, 5xx); everything else that it refuses rejects at once
 * with a `RegistryError`.
 */
export class RegistryRest {
  readonly endpoint: RegistryEndpoint;
  readonly #options: RegistryOptions;
  readonly #send: Send;
  readonly #close: () => void;
  #access: Promise<Access> | null = null;
  #answering: string | null = null;

  constructor(endpoint: RegistryEndpoint, options: RegistryOptions = {}) {
    this.endpoint = endpoint;
    this.#options = options;
    const kept = keptAlive(parallel);
    this.#send = options.send ?? kept.send;
    this.#close = kept.close;
  }

  /** The registry's name in sentences. */
  get name(): string {
    return `the ${this.endpoint.side}'s registry at ${this.endpoint.urls.join(", ")}`;
  }

  /** The address that answered last; the first one before any has. */
  get answering(): string {
    return this.#answering ?? this.endpoint.urls[0]!;
  }

  /** Ends the connections that are kept. */
  close(): void {
    this.#close();
  }

  /** A JSON answer. Rejects with a `RegistryError` for any other status than the 200s. */
  async get<T>(route: string): Promise<T> {
    return (await this.#call("GET", route)).json as T;
  }

  /** A JSON answer, or null for a status 404. */
  async find<T>(route: string): Promise<T | null> {
    const { status, json } = await this.#call("GET", route, { allowed: [404] });
    return status === 404 ? null : (json as T);
  }

  /**
   * The mode of a place itself: "" is the global one, else a context (`:.old:`) or a subject. Null where none is set,
   * so that the next wider one counts.
   */
  async mode(place: string): Promise<string | null> {
    return (await this.find<{ mode: string }>(`/mode${place === "" ? "" : named(place)}`))?.mode ?? null;
  }

  /** Sets the mode of a place. `force` enters IMPORT although something is registered there. */
  async setMode(place: string, mode: string, force = false): Promise<void> {
    const route = `/mode${place === "" ? "" : named(place)}${force ? "?force=true" : ""}`;
    await this.#call("PUT", route, { body: { mode } });
  }

  /** Removes the mode of a context or subject; none is no error. */
  async deleteMode(place: string): Promise<void> {
    await this.#call("DELETE", `/mode${named(place)}`, { allowed: [404] });
  }

  /** The config of a place itself as a PUT takes it; null where none is set. */
  async config(place: string): Promise<RegistryConfig | null> {
    const found = await this.find<Record<string, unknown>>(`/config${place === "" ? "" : named(place)}`);
    if (found === null) return null;
    // GET and PUT have two names for one thing.
    const { compatibilityLevel, ...others } = found;
    return compatibilityLevel === undefined ? others : { ...others, compatibility: compatibilityLevel };
  }

  async setConfig(place: string, config: RegistryConfig): Promise<void> {
    await this.#call("PUT", `/config${place === "" ? "" : named(place)}`, { body: config });
  }

  /** Removes the config of a context or subject; none is no error. */
  async deleteConfig(place: string): Promise<void> {
    await this.#call("DELETE", `/config${named(place)}`, { allowed: [404] });
  }

  /** Registers a version with the id and number that it has, and returns the id that the registry says it has given. */
  async register(version: SchemaVersion): Promise<number> {
    const { subject, type, schema, references, id } = version;
    const body = {
      schema,
      ...(type !== "AVRO" && { schemaType: type }),
      ...(references.length > 0 && { references }),
      ...version.contract,
      id,
      version: version.version,
    };
    const { json } = await this.#call("POST", `/subjects${named(subject)}/versions`, { body });
    return Number((json as { id?: unknown }).id);
  }

  /** Deletes a version softly, or for ever once it is soft-deleted; one that is gone is no error. */
  async deleteVersion(subject: string, version: number, permanent = false): Promise<void> {
    const route = `/subjects${named(subject)}/versions/${version}${permanent ? "?permanent=true" : ""}`;
    await this.#call("DELETE", route, { allowed: [404] });
  }

  /** Deletes a context that is empty, where the server can; one that it cannot delete holds nothing. */
  async deleteContext(context: string): Promise<void> {
    await this.#call("DELETE", `/contexts${named(context)}`, { allowed: [404, 405] });
  }

  async #call(method: string, route: string, { body, allowed = [] }: CallOptions = {}) {
    // A Secret that could not be read once is read again by the next call.
    const access = await (this.#access ??= readAccess(this.endpoint).catch((error: unknown) => {
      this.#access = null;
      throw error;
    }));
    const { requestMilliseconds, deadlineMilliseconds, confirm } = { ...restPatience(this.endpoint), ...this.#options };
    const until = Date.now() + deadlineMilliseconds;
    for (;;) {
      const refusals: string[] = [];
      // Some servers answer 500 to what they cannot do at all: whoever asks whether they can is told so in the end.
      let failing: RegistryError | null = null;
      let wait = retryMilliseconds;
      for (const [asked, url] of this.endpoint.urls.entries()) {
        if (method !== "GET") await confirm?.();
        const milliseconds = turn(requestMilliseconds, until, this.endpoint.urls.length - asked);
        let answer: Answer;
        try {
          answer = await this.#send(
            {
              method,
              url: url.replace(/\/+$/, "") + route,
              media,
              milliseconds,
              ...(body !== undefined && { body: JSON.stringify(body) }),
            },
            access,
          );
        } catch (error) {
          refusals.push(`${url} ${error instanceof Error ? error.message : String(error)}`);
          continue;
        }
        const { status } = answer;
        this.#answering = url.replace(/\/+$/, "");
        if ((status >= 200 && status < 300) || allowed.includes(status)) {
          return { status, json: status === 204 ? null : parsed(answer.body, allowed.includes(status)) };
        }
        const code = errorCode(answer.body) ?? status;
        const refusal = `${method} ${route} at ${url} was answered ${code}: ${reason(answer.body)}`;
        const refused = new RegistryError(
          `the ${this.endpoint.side}'s registry: ${refusal}${advice(status, this.endpoint)}`,
          status,
          code,
        );
        // A follower without leader, a store that is late, a gateway that has no server or lets through no more: all of them pass.
        if (!passes(status)) throw refused;
        if (status === 500 && !/^5000\d$/.test(String(code))) failing = refused;
        wait = Math.max(wait, answer.retryAfterMilliseconds ?? 0);
        refusals.push(refusal);
      }
      if (Date.now() + wait >= until) {
        if (failing !== null) throw failing;
        const seconds = deadlineMilliseconds / 1000;
        const failed = `${method} ${route} failed for ${seconds} s: ${refusals.join("; ")}`;
        throw new Error(`the ${this.endpoint.side}'s registry: ${failed}`);
      }
      await sleep(wait);
    }
  }
}

function parsed(body: string, mayBeOther: boolean): unknown {
  try {
    return JSON.parse(body);
  } catch {
    if (mayBeOther || body.trim() === "") return null;
    throw new Error(`a registry's answer is not JSON: ${reason(body)}; is this the address of its API?`);
  }
}

function errorCode(body: string): number | null {
  try {
    const code = (JSON.parse(body) as { error_code?: unknown }).error_code;
    return typeof code === "number" ? code : null;
  } catch {
    return null;
  }
}

function advice(status: number, { side, credentials }: RegistryEndpoint): string {
  if (status !== 401 && status !== 403) return "";
  if (credentials === undefined) return `; name a Secret with its user under ${side}.registry.credentials`;
  return `; correct the user in Secret ${credentials.kubernetes.namespace}/${credentials.name}`;
}
