import * as pulumi from "@pulumi/pulumi";
import { Migration, type MigrationArgs } from "../../components/migration.ts";
import type { MigrationConfig } from "../../config/migration-config.ts";
import { setTable } from "../../demo/table-config.ts";
import { aims, type Aiming } from "../../runtime/model/aims.ts";
import { withTextsRead } from "../../runtime/model/references.ts";
import { choiceOf, hasMirror, rowsOf, tableNames, type TableName } from "../../phases/strategies/index.ts";
import { addConnectors } from "./connectors/config.ts";
import { providerOf } from "./provider.ts";
import { setServices } from "./services.ts";
import { anyConfig, stackConfig, type StackInput } from "./stack.ts";

/** One resource as the program registered it with the (mocked) engine. */
export interface Registered {
  readonly name: string;
  readonly type: string;
  readonly urn: string;
  readonly custom: boolean;
  readonly parent: string;
  /** URNs, after components were replaced by their children. */
  readonly dependencies: readonly string[];
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  /** What the resource is adopted by, empty for one that is made. */
  readonly importId: string;
  readonly ignoreChanges: readonly string[];
  /** Name of the Kubernetes provider, empty for other resources. */
  readonly provider: string;
  /** With what texts stand for; see `runtime/model/references.ts`. */
  readonly inputs: Record<string, unknown>;
  /** As the engine is given them. */
  readonly given: Record<string, unknown>;
  /** What the mocked engine answered. */
  readonly state: Record<string, unknown>;
}

/** The parts of the engine's request that are recorded. */
interface Request {
  getName(): string;
  getType(): string;
  getCustom(): boolean;
  getParent(): string;
  getDependenciesList(): string[];
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getImportid(): string;
  getIgnorechangesList(): string[];
  getProvider(): string;
  getObject(): Struct;
}

interface Response {
  getUrn(): string;
  getObject(): Struct;
  setObject(struct: Struct): void;
}

interface Struct {
  toJavaScript(): Record<string, unknown>;
}

const traced = pulumi.Resource as unknown as { callsites: () => readonly object[] };

interface Monitor {
  registerResource(request: Request, callback: (error: unknown, response?: Response) => void): unknown;
}

/** What a resource answers besides its inputs. */
export function outputs(resource: pulumi.runtime.MockResourceArgs): Record<string, unknown> {
  const driven = /^pulumi-nodejs:dynamic\/kafka:(.*)$/.exec(resource.type)?.[1] ?? "";
  const aim = Object.hasOwn(aims, driven) ? (aims[driven as Aiming] as (of: object) => unknown)(resource.inputs) : null;
  return aim === null ? found(resource) : { ...found(resource), receipt: aim };
}

function found({ type, name, inputs }: pulumi.runtime.MockResourceArgs): Record<string, unknown> {
  const given = inputs as Record<string, unknown>;
  switch (type) {
    case "pulumi-nodejs:dynamic/kafka:Reached":
      return {
        ...{ ...given, recorded: given.row },
        ...(given.declared !== undefined && { declaredAs: given.declared }),
        ...(given.naming !== undefined && { namedAs: given.naming }),
        ...(given.waves !== undefined && { wavesAs: given.waves }),
      };
    case "pulumi-nodejs:dynamic/kafka:Gate":
      return { ...given, sentence: `${name} is open`, measuredAt: "2026-01-01T00:00:00Z" };
    case "pulumi-nodejs:dynamic/kafka:Switch":
      return { ...given, entries: [`{"switch":"${String(given.what)}"}`], writtenAt: "2026-01-01T00:00:00Z" };
    case "pulumi-nodejs:dynamic/kafka:Credentials":
      return { ...given, username: "u", password: "-", ca: "", clientCert: "", clientKey: "" };
    case "pulumi-nodejs:dynamic/kafka:TopicMarks":
      return { ...given, marks: {} };
    case "pulumi-nodejs:dynamic/kafka:ConnectorConfig":
      return { ...given, sha256: "0".repeat(64) };
    default:
      return "metadata" in given ? { ...given, metadata: { ...(given.metadata as object), generation: 1 } } : given;
  }
}

/** Runs a Migration against a mocked engine, by which each resource is answered; every one as it was registered. */
export async function register(
  args: MigrationArgs,
  resources: Registered[] = [],
  preview = false,
  answer = outputs,
): Promise<{ resources: Registered[]; migration: Migration }> {
  const migration = await registering(() => new Migration(args.config.name, args), resources, preview, answer);
  return { resources, migration };
}

/** Builds a component against a mocked engine, and records its resources in the order in which they are registered. */
export async function registering<C extends Pick<Migration, "reached" | "gates">>(
  build: () => C,
  resources: Registered[],
  preview = false,
  answer = outputs,
): Promise<C> {
  // Most resources answer with their inputs alone: those are not read and written a second time.
  const asGiven = new Set<string>();
  await pulumi.runtime.setMocks(
    {
      newResource: (resource) => {
        const inputs = withTextsRead(resource.inputs) as Record<string, unknown>;
        const found = answer({ ...resource, inputs });
        if (found !== inputs) return { id: `${resource.name}-id`, state: found };
        asGiven.add(`${resource.type}::${resource.name}`);
        return { id: `${resource.name}-id`, state: {} };
      },
      call: ({ token }) => {
        throw new Error(`the program called ${token}`);
      },
    },
    "kafka-migration",
    "test",
    preview,
  );
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const engine = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) =>
    engine(request, (error, response) => {
      if (response) {
        if (asGiven.has(`${request.getType()}::${request.getName()}`)) response.setObject(request.getObject());
        // Pulumi writes every response into a line of its debug log, although that is off.
        response.toString = () => request.getName();
        resources.push(record(request, response));
      }
      callback(error, response);
    });
  // Pulumi notes for each of its promises where it was made, in case one is never kept: a third of the whole time. For
  // its resources it does so with stacks of its own, of any length.
  const { stackTraceLimit } = Error;
  const { callsites } = traced;
  Error.stackTraceLimit = 0;
  traced.callsites = () => [];
  try {
    const component = build();
    await settled(pulumi.all([component.reached, component.gates]));
    await pulumi.runtime.disconnect();
    return component;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    traced.callsites = callsites;
  }
}

/** The value of an output; rejects with what kept it from being known. */
export const settled = <T>(output: pulumi.Output<T>): Promise<T> =>
  // Pulumi's own tests read outputs so; `apply` alone would wait for ever after an error.
  (output as unknown as { promise(): Promise<T> }).promise();

function record(request: Request, response: Response): Registered {
  // Few tests look at the values of all resources.
  let [inputs, given, state]: (Record<string, unknown> | undefined)[] = [];
  return {
    name: request.getName(),
    type: request.getType(),
    urn: response.getUrn(),
    custom: request.getCustom(),
    parent: request.getParent(),
    dependencies: request.getDependenciesList(),
    protect: request.getProtect(),
    retainOnDelete: request.getRetainondelete(),
    importId: request.getImportid(),
    ignoreChanges: request.getIgnorechangesList(),
    provider: request.getProvider().split("::")[3] ?? "",
    get inputs() {
      return (inputs ??= withTextsRead(this.given) as Record<string, unknown>);
    },
    get given() {
      return (given ??= request.getObject().toJavaScript());
    },
    get state() {
      return (state ??= withTextsRead(response.getObject().toJavaScript()) as Record<string, unknown>);
    },
  };
}

/** One row of a walk: as the `up` that brings it about sees it, and as every later `up` does. */
export interface WalkedRow {
  readonly row: string;
  readonly moving: readonly Registered[];
  readonly settled: readonly Registered[];
}

/** Walks every row of a config's strategy against a mocked engine. */
export async function walk(config: MigrationConfig): Promise<WalkedRow[]> {
  const rows: WalkedRow[] = [];
  let reached: MigrationArgs["reached"];
  for (const { name: row } of rowsOf(config)) {
    const here = { ...config, phase: row };
    const moving = await register({ config: here, reached });
    reached = { strategy: config.table, row };
    rows.push({ row, moving: moving.resources, settled: (await register({ config: here, reached })).resources });
  }
  return rows;
}

/** Resources whose type matches. */
export const ofType = (resources: readonly Registered[], type: RegExp): Registered[] =>
  resources.filter((resource) => type.test(resource.type));

/** Groups in the order in which a row is applied. */
export const groups = ["gates", "stands", "stops", "ledger", "starts"] as const;

/** Which part of a row a resource belongs to. */
export function groupOf({ type }: Pick<Registered, "type">): (typeof groups)[number] {
  if (type.endsWith(":Gate")) return "gates";
  if (type.endsWith(":Switch")) return "stops";
  if (type.endsWith(":Ledger")) return "ledger";
  return /:(Start|MirrorState|SchemaCopy|ConnectorPlace)$|Patch$/.test(type) ? "starts" : "stands";
}

/**
 * `+` new in the row, `~` changed against the row before, `=` as before: by its own `diff` where the resource has one,
 * else by its inputs.
 */
export async function changeOf(resource: Registered, before: readonly Registered[]): Promise<"+" | "~" | "="> {
  const former = before.find(({ urn }) => urn === resource.urn);
  if (!former) return "+";
  const provider = providerOf(resource.inputs);
  const changed = provider?.diff
    ? (await provider.diff("id", former.state, resource.inputs)).changes
    : JSON.stringify(former.inputs) !== JSON.stringify(resource.inputs);
  return changed ? "~" : "=";
}

/** What a table is walked with besides its rows; a table that is not named here is walked as the lab has it. */
const walkedWith: Partial<Record<TableName, Record<string, ((input: StackInput) => void) | undefined>>> = {
  // Both stack files are of this table.
  "producers-first": { " with programs in the cluster": setPrograms },
  "consumers-first": { " with registries": setRegistries, " with connectors": addConnectors },
  "dual-consume": { " with registries": setRegistries },
  together: { " with registries": setServicesAndRegistries },
  "together-way-back": { " with registries": setServicesAndRegistries },
  waves: { " with registries": setServicesAndRegistries },
  "waves-way-back": { " with registries": setServicesAndRegistries },
};

/** The stack files as they are, and the lab's in every other strategy. */
export function walkedConfigs(): [string, MigrationConfig][] {
  const lab = (name: TableName): [string, MigrationConfig][] =>
    Object.entries(walkedWith[name] ?? { "": undefined }).map(([what, change]) => [
      `${name}${what}`,
      anyConfig("dev", (input) => {
        setTable(input, choiceOf(name));
        change?.(input);
      }),
    ]);
  const mirroredFirst = [...tableNames].sort((a, b) => Number(hasMirror(b)) - Number(hasMirror(a)));
  return [
    ["Pulumi.dev.yaml", stackConfig("dev")],
    ["Pulumi.prod.yaml", stackConfig("prod")],
    ...mirroredFirst.flatMap(lab),
  ];
}

function setServicesAndRegistries(input: StackInput): void {
  setServices(input);
  setRegistries(input);
}

/** Registries, and every program that can run in pods. */
export function setPrograms(input: StackInput): void {
  setRegistries(input);
  input.inCluster = { paths: {}, schemas: {} };
}

/** A registry on each side, which the config names by where applications and this program reach it. */
export function setRegistries(input: StackInput): void {
  for (const side of ["source", "target"] as const) {
    input[side].registry = {
      urls: [`http://${side}-registry.demo.svc:8081`],
      runnerUrls: [`http://127.0.0.1:${side === "source" ? 1 : 2}`],
      credentials: { secret: `${side}-registry-auth` },
    };
  }
}

/** Every row of the walked configs as what it does to the row before; of all of them it is test/golden/resources.txt. */
export async function resourcesText(configs = walkedConfigs()): Promise<string> {
  const parts: string[] = [];
  for (const [what, config] of configs) parts.push(await walkedText(what, await walk(config)));
  return parts.join("\n");
}

/** The part of one config. */
export async function walkedText(what: string, rows: readonly WalkedRow[]): Promise<string> {
  const parts: string[] = [];
  let before: readonly Registered[] = [];
  for (const { row, moving, settled: after } of rows) {
    parts.push([`${what} / ${row}`, ...(await rowLines(moving, before)), ""].join("\n"));
    before = after;
  }
  return parts.join("\n");
}

/** What is as it was in the row before is left out; the last line says how much that is. */
async function rowLines(moving: readonly Registered[], before: readonly Registered[]): Promise<string[]> {
  const changes = new Map<Registered, string>();
  for (const resource of moving) changes.set(resource, await changeOf(resource, before));
  const changed = groups.flatMap((group) => {
    const lines = foldRights(
      moving
        .filter((resource) => groupOf(resource) === group && changes.get(resource) !== "=")
        .map((resource) => ({ resource, sign: changes.get(resource)! })),
    );
    return lines.length === 0 ? [] : [`  ${group}`, ...lines];
  });
  const gone = before.filter(({ urn }) => !moving.some((resource) => resource.urn === urn));
  const removed = foldRights(gone.map((resource) => ({ resource, sign: "-" })));
  const same = [...changes.values()].filter((change) => change === "=").length;
  return [
    ...changed,
    ...(removed.length > 0 ? ["  removed last", ...removed] : []),
    ...(same > 0 ? [`  ${same} as before`] : []),
  ];
}

/** One line each, but the rights of one user, which are many and read best together. */
function foldRights(found: readonly { readonly resource: Registered; readonly sign: string }[]): string[] {
  const line = ({ resource: { type, name, protect }, sign }: (typeof found)[number]): string =>
    `    ${sign} ${shortType(type)} ${name}${protect ? " (protected)" : ""}`;
  const isRight = ({ resource }: (typeof found)[number]): boolean => /:Acl$/.test(resource.type);
  const ofUser = Map.groupBy(found.filter(isRight), ({ resource, sign }) => `${sign} ${resource.parent}`);
  const rights = [...ofUser.values()].map((all) => {
    const [{ resource, sign }] = all as [(typeof found)[number]];
    const user = resource.parent.split("::").at(-1)!;
    const names = all.map(({ resource: { name } }) => name.slice(user.length + 1)).sort();
    return `    ${sign} ${names.length} ${shortType(resource.type)} ${user}- {${names.join(", ")}}`;
  });
  return [...found.filter((one) => !isRight(one)).map(line), ...rights].sort((a, b) =>
    a.slice(6) < b.slice(6) ? -1 : 1,
  );
}

const shortType = (type: string): string =>
  type.replace("pulumi-nodejs:dynamic/", "").replace("kafka-migration:components:", "component:");
