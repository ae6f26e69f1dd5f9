import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ConnectClusterRef } from "../../../runtime/model/connector-refs.ts";

type Properties = Record<string, string>;

interface Connector {
  config: Properties;
  state: string;
  tasks: number;
  /** A task of it has failed, as Connect tells it. */
  trace: string | null;
  /** What it looked like before, for as many looks as Connect needs to bring a change about. */
  before: { looks: number; state: string; tasks: number } | null;
  /** Offsets as JSON texts by the JSON text of their partition. */
  offsets: Map<string, string>;
}

/** Why a request gets no good answer: it is refused, or the one who asks is dead before or after it took effect. */
export type Fate = "kill" | "kill-after" | null;

/** The requests of a Connect cluster that moving connectors needs, over HTTP. */
export class FakeConnect {
  readonly connectors = new Map<string, Connector>();
  version = "4.2.0";
  clusterId: string;
  plugins = ["org.example.FileSinkConnector", "org.example.FileSourceConnector"];
  /** What is wrong with a configuration, by property. */
  refuse: (config: Properties) => Record<string, string> = () => ({});
  /** Looks that a change takes until it shows. */
  looks = 1;
  /** Decides about every change. */
  fate: (what: string) => Fate = () => null;
  /** Changes that were made, as method and route. */
  readonly changes: string[] = [];
  dead = false;
  /** Accepts these requests and never answers them. */
  silent: (url: string) => boolean = () => false;
  /** A worker that forgets the last sign of an offset, as one that keeps doubles would. */
  rounds = false;
  #server: Server | undefined;
  readonly name: string;

  constructor(name: string, clusterId: string) {
    this.name = name;
    this.clusterId = clusterId;
  }

  async start(): Promise<ConnectClusterRef> {
    this.#server = createServer((request, response) => void this.#serve(request, response)).listen(0, "127.0.0.1");
    await new Promise((resolve) => this.#server!.once("listening", resolve));
    return {
      name: this.name,
      rest: { urls: [`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`] },
    };
  }

  /** Gives no answer any more. The port stays taken: a test of another process must not answer there. */
  hangUp(): void {
    this.#server?.closeAllConnections();
    this.#server?.on("connection", (socket) => socket.destroy());
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  add(name: string, config: Properties, state = "RUNNING", offsets: Record<string, string> = {}): Connector {
    const tasks = state === "STOPPED" ? 0 : 1;
    const made = { config: { ...config, name }, state, tasks, trace: null, before: null };
    const connector = { ...made, offsets: new Map(Object.entries(offsets)) };
    this.connectors.set(name, connector);
    return connector;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("utf8");
    const { method = "", url = "" } = request;
    const answer = (status: number, value?: unknown) =>
      response
        .writeHead(status, { "content-type": "application/json" })
        .end(typeof value === "string" ? value : JSON.stringify(value ?? {}));
    const gone = () => answer(400, { message: "the one who asks was killed" });
    if (this.dead) return void gone();
    if (this.silent(url)) return;
    const changes = method !== "GET" && !url.endsWith("/validate");
    const fate = changes ? this.fate(`${this.name} ${method} ${url}`) : null;
    if (fate !== null) this.dead = true;
    if (fate === "kill") return void gone();
    if (changes) this.changes.push(`${method} ${url}`);
    const [status, value] = this.#answer(method, url, body);
    if (fate === "kill-after") return void gone();
    answer(status, value);
  }

  #answer(method: string, url: string, body: string): readonly [number, unknown?] {
    if (url === "/") return [200, { version: this.version, kafka_cluster_id: this.clusterId }];
    if (url === "/connector-plugins") return [200, this.plugins.map((name) => ({ class: name, type: "sink" }))];
    if (url.startsWith("/connector-plugins/")) {
      const config = JSON.parse(body) as Properties;
      const refused = this.refuse(config);
      const names = new Set([...Object.keys(config), ...Object.keys(refused)]);
      const configs = [...names].map((name) => ({ value: { name, errors: refused[name] ? [refused[name]] : [] } }));
      return [200, { name: config["connector.class"], error_count: Object.keys(refused).length, configs }];
    }
    if (url === "/connectors" && method === "POST") {
      const asked = JSON.parse(body) as { name: string; config: Properties; initial_state?: string };
      if (this.connectors.has(asked.name)) return [409, { message: `Connector ${asked.name} already exists` }];
      const made = this.add(asked.name, asked.config, asked.initial_state ?? "RUNNING");
      // Connect knows the configuration before a worker has reported a state.
      made.before = { looks: this.looks, state: "", tasks: 0 };
      return [201, { name: asked.name }];
    }
    const [, , encoded = "", what = ""] = url.split("?")[0]!.split("/");
    const name = decodeURIComponent(encoded);
    const found = this.connectors.get(name);
    if (found === undefined) return [404, { message: `Unknown connector ${name}` }];
    return this.#ofConnector(found, method, what, body);
  }

  #ofConnector(found: Connector, method: string, what: string, body: string): readonly [number, unknown?] {
    const become = (state: string, tasks: number) => {
      found.before = { looks: this.looks, state: found.state, tasks: found.tasks };
      Object.assign(found, { state, tasks });
    };
    switch (`${method} ${what}`) {
      case "GET status":
        return this.#status(found);
      case "GET config":
        return [200, found.config];
      case "PUT config":
        found.config = JSON.parse(body) as Properties;
        return [200];
      case "PUT stop":
        become("STOPPED", 0);
        return [204, ""];
      case "PUT pause":
        become("PAUSED", found.tasks);
        return [202, ""];
      case "PUT resume":
        become("RUNNING", 1);
        return [202, ""];
      case "GET offsets":
        return [200, offsetsBody(found.offsets)];
      case "DELETE offsets":
        if (found.state !== "STOPPED") return [400, { message: "it must be in the STOPPED state" }];
        found.offsets.clear();
        return [200];
      case "PATCH offsets":
        if (found.state !== "STOPPED") return [400, { message: "it must be in the STOPPED state" }];
        for (const [partition, offset] of offsetsIn(body)) {
          found.offsets.set(partition, this.rounds ? offset.replace(/\d(?=\})/, "0") : offset);
        }
        return [200];
      default:
        return [404, { message: `no route ${method} ${what}` }];
    }
  }

  #status(found: Connector): readonly [number, unknown?] {
    const { before } = found;
    if (before && before.looks > 0) {
      before.looks -= 1;
      if (before.state === "") return [404, { message: "No status found" }];
    } else found.before = null;
    const { state, tasks } = found.before ?? found;
    const failed = found.trace !== null && found.before === null && state === "RUNNING";
    const task = failed
      ? { state: "FAILED", trace: found.trace }
      : { state: state === "PAUSED" ? "PAUSED" : "RUNNING" };
    return [
      200,
      { connector: { state }, tasks: Array.from({ length: tasks }, (_, id) => ({ id, worker_id: "w", ...task })) },
    ];
  }
}

const offsetsBody = (offsets: ReadonlyMap<string, string>): string =>
  `{"offsets":[${[...offsets].map(([partition, offset]) => `{"partition":${partition},"offset":${offset}}`).join(",")}]}`;

/** Partitions and offsets in the text of a request, with every sign that was sent. */
function offsetsIn(body: string): [string, string][] {
  return [...body.matchAll(/\{"partition":(\{[^{}]*\}),"offset":(\{[^{}]*\}|null)\}/g)].map(([, partition, offset]) => [
    partition!,
    offset!,
  ]);
}
