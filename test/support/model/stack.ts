/** A stack of one table in a world: its real rows, run by a simulated engine. */
import { isDeepStrictEqual } from "node:util";
import { register, type outputs } from "../rows.ts";
import { anyConfig } from "../stack.ts";
import { setTable } from "../../../demo/table-config.ts";
import type { MigrationConfig } from "../../../config/migration-config.ts";
import { scopeOf } from "../../../components/scope.ts";
import { refuseStep } from "../../../phases/order.ts";
import type { Row } from "../../../phases/row.ts";
import { choiceOf, hasTwins, tables, type TableName } from "../../../phases/strategies/index.ts";
import { partitionName } from "../../../runtime/brokers/partitions.ts";
import { liveEntry } from "../../../runtime/model/ledger-text.ts";
import type { Role } from "../../../runtime/model/workloads.ts";
import { gateOver } from "../../../runtime/resources/gate.ts";
import { ledgerOver } from "../../../runtime/resources/ledger.ts";
import { mirrorStateOver } from "../../../runtime/resources/mirror-state.ts";
import { drivingBy } from "../../../runtime/resources/provider.ts";
import { reached as reachedDriver } from "../../../runtime/resources/reached.ts";
import type { Reconciled } from "../../../runtime/resources/reconciled.ts";
import { startOver } from "../../../runtime/resources/start.ts";
import { switchingOver } from "../../../runtime/resources/switch.ts";
import { Engine, type Ending, type Flags, type Others } from "./engine.ts";
import { programOf, type Program, type Resource } from "./program.ts";
import { measuringOf, reachOf } from "./reach.ts";
import { Fault } from "./process.ts";
import { World } from "./world.ts";

type Values = Readonly<Record<string, unknown>>;

/** A small stack of a table: two topics, each with a producer and a group. */
export function modelConfig(table: TableName): MigrationConfig {
  return anyConfig("dev", (input) => {
    setTable(input, choiceOf(table));
    const kept = ["foo", "bar"];
    for (const side of ["source", "target"] as const) {
      const mirror = input[side].credentials?.mirror;
      if (mirror !== undefined) mirror.create = false;
    }
    input.topics = { ...input.topics, migrate: kept };
    input.groups = { migrate: kept.map((topic) => ({ name: `${topic}-consumer`, topics: [topic] })) };
    input.workloads = input.workloads.filter(({ name }) => kept.some((topic) => name.startsWith(`${topic}-`)));
    input.retire = { ...input.retire, sourceClusterId: "source-id" };
  });
}

const programs = new Map<string, Promise<Program>>();

/** Registering a row takes a tenth of a second, and is the same each time. */
function programFor(config: MigrationConfig, row: string, before: string | undefined): Promise<Program> {
  const key = `${config.table} ${row} ${before ?? ""}`;
  const reached = before === undefined ? undefined : { strategy: config.table, row: before };
  const run = async (answer: typeof outputs) =>
    (await register({ config: { ...config, phase: row }, reached }, [], answer)).resources;
  const found = programs.get(key) ?? programOf(run);
  programs.set(key, found);
  return found;
}

/** Types that find and change nothing in a world: they are made once, and again when their inputs change. */
export const passive = (extra: (inputs: Values) => Values = () => ({})): Reconciled<Values, Values> => ({
  id: () => "id",
  apply: async (news) => extra(news),
  changes: (olds, news) => ({
    changes: Object.entries(news).some(([key, value]) => olds[key] !== value && !isDeepStrictEqual(olds[key], value)),
  }),
});

function driversOf(world: World) {
  const reach = reachOf(world);
  return {
    Gate: gateOver(measuringOf(world)),
    Switch: switchingOver(reach),
    Ledger: ledgerOver(reach),
    Start: startOver(reach),
    MirrorState: mirrorStateOver(reach),
    Reached: reachedDriver,
    MirrorTopics: {
      ...passive(),
      // The topic in which Connect keeps the mirror's positions is among them.
      remove: async () => world.data.copied.clear(),
    },
    ConnectorConfig: passive(() => ({ sha256: "0".repeat(64) })),
    Credentials: passive(() => ({ username: "u", password: "-", ca: "", clientCert: "", clientKey: "" })),
    TopicMarks: passive(() => ({ marks: {} })),
    ...Object.fromEntries(
      ["GeneratedSecret", "Namespace", "Ready", "TargetRights", "TopicsGuard", "Unclaimed"].map((type) => [type, passive()]),
    ),
  };
}

/** What the resources of other providers do to a world; all others do nothing that anybody here would notice. */
const othersOf = (world: World): Others => ({
  put({ type }: Resource, inputs: Values) {
    const { metadata, spec } = inputs as { metadata?: { name: string }; spec?: { halted?: boolean } };
    if (type === "kafka:index/topic:Topic") {
      for (const partition of [0, 1]) {
        const name = partitionName(inputs["name"] as string, partition);
        if (!world.data.logs.target.has(name)) world.data.logs.target.set(name, []);
      }
    } else if (type.endsWith(":Connector")) {
      if (!world.data.connectors.has(metadata!.name)) world.data.connectors.set(metadata!.name, "RUNNING");
    } else if (type.endsWith(":ConfigMapPatch")) {
      for (const [key, value] of Object.entries(inputs["data"] as Record<string, string>))
        world.data.values.set(`${metadata!.name}/${key}`, value);
    } else if (type.endsWith(":KafkaPatch")) world.data.halted = spec?.halted === true;
  },
  remove({ type, inputs }: Resource) {
    const { metadata } = inputs as { metadata?: { name: string } };
    if (type.endsWith(":Connector")) world.data.connectors.delete(metadata!.name);
  },
});

export class Stack {
  readonly table: TableName;
  readonly rows: readonly Row[];
  readonly world: World;
  readonly #config: MigrationConfig;
  readonly #engine: Engine;

  constructor(table: TableName, from?: Stack) {
    this.table = table;
    this.rows = tables[table];
    this.#config = from === undefined ? modelConfig(table) : from.#config;
    const scope = scopeOf(this.#config);
    this.world = from === undefined ? new World({ scope, unordered: table === "dual-consume" }) : from.world.clone();
    const driven = drivingBy(driversOf(this.world));
    this.#engine = new Engine(this.world, driven, othersOf(this.world), from && from.#engine);
  }

  /** Another stack in a world of its own, which goes on from how this one is. */
  clone(): Stack {
    return new Stack(this.table, this);
  }

  get reached(): string | undefined {
    return this.#engine.reached;
  }

  /** Why the program itself refuses a row, or null. */
  refusal(row: string): string | null {
    const { reached: before, table } = this;
    const last = before === undefined ? undefined : { strategy: table, row: before };
    return refuseStep({ strategyName: table, strategy: this.rows, phase: row, reached: last, startAt: undefined });
  }

  /** `pulumi config set phase <row> && pulumi up` */
  async up(row: string, { fate, ...flags }: Flags & { readonly fate?: World["fate"] } = {}): Promise<Ending> {
    const program = await programFor(this.#config, row, this.reached);
    this.world.begin(fate);
    const ending = await this.#engine.up(program, flags);
    // Somebody looks at what became of it.
    this.world.pass(4_000);
    return ending;
  }

  /** The same, and nothing disagrees afterwards. Answers why the update failed, or null. */
  async checked(row: string, flags: Parameters<Stack["up"]>[1] = {}): Promise<string | null> {
    const before = this.reached;
    const ending = await this.up(row, flags);
    if (this.world.fault !== null) throw this.world.fault;
    const found = this.disagreements(row, ending, before);
    if (found.length === 0) return ending.ok ? null : ending.error.message;
    const how = ending.ok ? "ended" : `failed (${ending.error.message})`;
    throw new Fault(`${before} -> ${row} ${how}, and ${found.join(", ")}`);
  }

  async preview(row: string): Promise<string[]> {
    const program = await programFor(this.#config, row, this.reached);
    this.world.begin();
    return this.#engine.preview(program);
  }

  /** What does not agree after an update: workloads that nobody starts any more, or a row that does not hold. */
  disagreements(row: string, ending: Ending, before: string | undefined): string[] {
    if (ending.ok && ending.whole)
      return [...this.#notAsIn(row, true), ...(this.reached === row ? [] : [`${this.reached} is recorded`])];
    // Pulumi deletes last what a row drops, and records a row whose deletions have failed: the next update repeats them.
    const recorded = this.reached === before ? [] : this.#notAsIn(this.reached!, false);
    const left = !ending.ok && ending.killed ? [] : this.#left();
    return [...recorded.map((one) => `${this.reached} is recorded: ${one}`), ...left];
  }

  /** Workloads that an update has left stopped. */
  #left(): string[] {
    const { scope, data } = this.world;
    const stopped = liveEntry(data.history, "consumers") !== null && hasTwins(this.table);
    return scope.workloads.flatMap((workload) => {
      const { replicas, former } = this.world.workload(workload);
      if ((workload.role === "consumer" && stopped) || workload.role === "twin") return [];
      return replicas === 0 || former !== null ? [`${workload.name} is left at ${replicas} replicas`] : [];
    });
  }

  /** In what the world is not as a row has it; `removed` if what the row drops must be gone. */
  #notAsIn(name: string, removed: boolean): string[] {
    const { scope, data } = this.world;
    const row = this.rows.find((one) => one.name === name)!;
    const wanted: Record<Role, string> = {
      producer: row.producers,
      consumer: row.consumers,
      twin: row.twins === "running" ? "target" : "stopped",
    };
    const workloads = scope.workloads.flatMap((workload) => {
      const { pods, at } = this.world.workload(workload);
      const found = pods === 0 ? "stopped" : at;
      return found === wanted[workload.role] ? [] : [`${workload.name} is ${found}, not ${wanted[workload.role]}`];
    });
    const connectors = (scope.mirror?.sourceConnectors ?? []).flatMap((connector) => {
      const found = data.connectors.get(connector)?.toLowerCase() ?? "absent";
      return found === row.mirror || (row.mirror === "absent" && !removed) ? [] : [`${connector} is ${found}, not ${row.mirror}`];
    });
    return [...workloads, ...connectors, ...(data.halted === (row.source === "halted") ? [] : ["the source is not"])];
  }
}
