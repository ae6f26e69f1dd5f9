/** The lab's schema registry in memory, and without HTTP between it and who asks. */
import { dialects, type Dialect, type DialectName } from "../../lab/registry/dialects.ts";
import { dispatch } from "../../lab/registry/dispatch.ts";
import { RegistryError } from "../../lab/registry/errors.ts";
import type { Registry } from "../../lab/registry/registry.ts";
import { routesOf } from "../../lab/registry/routes.ts";
import type { Reference } from "../../lab/registry/schema-content.ts";
import { State } from "../../lab/registry/state.ts";
import type { Answer, Call } from "../../runtime/kubernetes/http.ts";

export class RegistryModel {
  readonly state = new State();
  readonly dialect: Dialect;
  /** Every request so far, such as `PUT /mode`. */
  readonly requests: string[] = [];
  /** Answers of the next requests, instead of its own. */
  readonly failures: Answer[] = [];
  /** Most schemas in one answer, as servers cap it. @default no limit */
  pageSize: number | undefined;
  readonly #registry: Registry;

  constructor(dialect: DialectName = "confluent", modeMutability = true) {
    this.dialect = dialects[dialect];
    const { state } = this;
    this.#registry = {
      ...{ state, modeMutability, obeysModes: this.dialect.modes === "honoured" },
      commit: (changes) => changes.forEach((change) => state.apply(change)),
      close: () => undefined,
    };
  }

  /** What a client calls, its base path included. */
  url(host: string): string {
    return `http://${host}:8081${this.dialect.basePath}`;
  }

  /** As an HTTP client of the project sends. */
  readonly send = async ({ method, url, body }: Pick<Call, "method" | "url" | "body">): Promise<Answer> => {
    const { pathname, search } = new URL(url);
    this.requests.push(`${method} ${decodeURIComponent(pathname.slice(this.dialect.basePath.length))}`);
    const failure = this.failures.shift();
    if (failure !== undefined) return failure;
    try {
      const limit = this.pageSize === undefined || !pathname.endsWith("/schemas") ? "" : `&limit=${this.pageSize}`;
      const json = this.ask(method, `${pathname}${search}${limit}`, body === undefined ? {} : JSON.parse(body));
      return { status: 200, body: JSON.stringify(json) };
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      return { status: error.status, body: JSON.stringify({ error_code: error.code, message: error.message }) };
    }
  };

  /** Throws the registry's own error. */
  ask(method: string, path: string, body: Record<string, unknown> = {}): unknown {
    return dispatch(
      { registry: this.#registry, dialect: this.dialect, routes: routesOf(this.dialect) },
      method,
      path,
      body,
    );
  }

  /** What an application does with auto-registration: no id, no version. Throws where it is refused. */
  produce(subject: string, schema: string, references: readonly Reference[] = []): number {
    const path = `${this.dialect.basePath}/subjects/${encodeURIComponent(subject)}/versions`;
    return (this.ask("POST", path, { schema, references }) as { id: number }).id;
  }

  /** Soft-deletes, and for ever if asked. */
  remove(subject: string, version: number, permanent = false): void {
    const path = `${this.dialect.basePath}/subjects/${encodeURIComponent(subject)}/versions/${version}`;
    this.ask("DELETE", path);
    if (permanent) this.ask("DELETE", `${path}?permanent=true`);
  }

  /** Sets a mode or config, as somebody does by hand. */
  put(what: "mode" | "config", place: string, body: Record<string, unknown>): void {
    this.ask(
      "PUT",
      `${this.dialect.basePath}/${what}${place === "" ? "" : `/${encodeURIComponent(place)}`}?force=true`,
      body,
    );
  }

  /** `orders-value 1: id 3`, each version of all subjects, with a star where it is soft-deleted. */
  listing(): string[] {
    return this.state
      .subjects()
      .flatMap((subject) => this.state.versionsOf(subject, "all"))
      .map(({ subject, version, id, deleted }) => `${subject} ${version}: id ${id}${deleted ? "*" : ""}`);
  }

  /** Modes by place, the global one under the empty name. */
  get modes(): Record<string, string> {
    return Object.fromEntries([...this.state.modes].sort());
  }
}
