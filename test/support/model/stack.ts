/** What befalls an update. */
interface Befalls {
  readonly fate?: World["fate"];
  readonly silent?: World["silent"];
}

/** A stack of one table in a world: its real rows, run by a simulated engine. */
import { register, type outputs } from "../rows.ts";
import { anyConfig } from "../stack.ts";
import { setTable } from "../../../demo/table-config.ts";
import type { MigrationConfig } from "../../../config/migration-config.ts";
import { scopeOf } from "../../../components/scope.ts";
import { refuseStep } from "../../../phases/order.ts";
import { sideOfWave } from "../../../phases/plan.ts";
import type { Row } from "../../../phases/row.ts";
import { choiceOf, hasWaves, movesApplications, rowsOf, type TableName } from "../../../phases/strategies/index.ts";
import { partitionName } from "../../../runtime/brokers/partitions.ts";
import type { WorkloadRef } from "../../../runtime/model/scope.ts";
import { over } from "./current.ts";
import { drivingBeside, passives } from "./driving.ts";
import { Engine, type Ending, type Flags, type Others } from "./engine.ts";
import { programOf, type Program, type Resource } from "./program.ts";
import { Fault } from "./process.ts";
import { World } from "./world.ts";

type Values = Readonly<Record<string, unknown>>;

/** Two topics with a producer and a group each; where applications move, one of them reads `foo` and writes `bar`. */
const kept = ["foo", "bar"];

/** The last closes `foo`; `bar` has writers in two waves. */
const inWaves = [
  { name: "reports", workloads: ["bar-consumer"] },
  { name: "middle", workloads: ["foo-consumer"] },
  { name: "core", workloads: ["foo-producer", "bar-producer"] },
];

/** A small stack of a table. */
export function modelConfig(table: TableName): MigrationConfig {
  return anyConfig("dev", (input) => {
    setTable(input, choiceOf(table));
    for (const side of ["source", "target"] as const) {
      const mirror = input[side].credentials?.mirror;
      if (mirror !== undefined) mirror.create = false;
    }
    delete input.monitoring;
    delete input.ui;
    input.topics = { ...input.topics, migrate: kept };
    input.groups = { migrate: kept.map((topic) => ({ name: `${topic}-consumer`, topics: [topic] })) };
    input.workloads = input.workloads.filter(({ name }) => kept.some((topic) => name.startsWith(`${topic}-`)));
    input.retire = { ...input.retire, sourceClusterId: "source-id" };
    input.cleanup = { confirm: "demo/source-kafka" };
    // Putting back is tried for so long, and whoever gives no answer here gives none in the whole update.
    input.switch = { ...input.switch, startSeconds: 20 };
    if (!movesApplications(table)) return;
    const written: Readonly<Record<string, string>> = {
      "foo-producer": "foo",
      "foo-consumer": "bar",
      "bar-producer": "bar",
    };
    input.workloads = input.workloads.map((workload) => {
      const topic = written[workload.name];
      if (topic === undefined) return workload;
      const role = workload.name === "foo-consumer" ? "both" : workload.role;
      return { ...workload, role, topics: [topic] } as typeof workload;
    });
    if (hasWaves(table)) input.waves = structuredClone(inWaves);
  });
}

const programs = new Map<string, Promise<Program>>();

/** Registering a row takes a tenth of a second, and is the same each time. */
function programFor(config: MigrationConfig, row: string, before: Recorded): Promise<Program> {
  const key = JSON.stringify([config.table, row, before]);
  const run = async (answer: typeof outputs) =>
    (await register({ config: { ...config, phase: row }, reached: before }, [], false, answer)).resources;
  const found = programs.get(key) ?? programOf(run);
  programs.set(key, found);
  return found;
}

type Recorded = Parameters<typeof register>[0]["reached"];

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

const sourceOf = ({ halted, removed }: World["data"]): Row["source"] =>
  removed ? "removed" : halted ? "halted" : "running";

export class Stack {
  readonly table: TableName;
  readonly rows: readonly Row[];
  readonly world: World;
  readonly #config: MigrationConfig;
  readonly #engine: Engine;

  constructor(table: TableName, from?: Stack) {
    this.table = table;
    this.#config = from === undefined ? modelConfig(table) : from.#config;
    this.rows = rowsOf(this.#config);
    const scope = scopeOf(this.#config);
    this.world = from === undefined ? new World({ scope, unordered: table === "dual-consume" }) : from.world.clone();
    const { data } = this.world;
    const driven = drivingBeside({
      ...passives,
      // The topic in which Connect keeps the mirror's positions is among them.
      MirrorTopics: { removed: () => data.copied.clear() },
    });
    this.#engine = new Engine(this.world, driven, othersOf(this.world), from && from.#engine);
  }

  /** Another stack in a world of its own, which goes on from how this one is. */
  clone(): Stack {
    return new Stack(this.table, this);
  }

  get reached(): string | undefined {
    return this.#engine.reached;
  }

  get #recorded(): Recorded {
    const { reached: row, table } = this;
    const waves = this.#engine.waves as NonNullable<Recorded>["waves"];
    return row === undefined ? undefined : { strategy: table, row, ...(waves && { waves }) };
  }

  /** Why the program itself refuses a row, or null. */
  refusal(row: string): string | null {
    const { table } = this;
    return refuseStep({
      strategyName: table,
      strategy: this.rows,
      phase: row,
      reached: this.#recorded,
      startAt: undefined,
    });
  }

  /** `pulumi config set phase <row> && pulumi up` */
  async up(row: string, { fate, silent, ...flags }: Flags & Befalls = {}): Promise<Ending> {
    const program = await programFor(this.#config, row, this.#recorded);
    this.world.begin(fate, silent);
    const ending = await over(this.world, () => this.#engine.up(program, flags));
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
    const program = await programFor(this.#config, row, this.#recorded);
    this.world.begin();
    return over(this.world, () => this.#engine.preview(program));
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
    return this.world.scope.workloads.flatMap((workload) => {
      const { replicas, former } = this.world.workload(workload);
      // Where their twins read in their place, consumers have stopped for good.
      const rests = workload.role === "twin" || (this.#hasTwins && this.world.placeOf(workload) === "target");
      if (rests) return [];
      return replicas === 0 || former !== null ? [`${workload.name} is left at ${replicas} replicas`] : [];
    });
  }

  get #hasTwins(): boolean {
    return this.world.scope.workloads.some(({ role }) => role === "twin");
  }

  #wanted(row: Row, { name, role }: WorkloadRef): string {
    const wave = this.world.scope.waves?.find(({ workloads }) => workloads.includes(name))?.name;
    if (wave !== undefined) return sideOfWave(row, wave);
    if (role === "twin") return row.twins === "running" ? "target" : "stopped";
    return role === "consumer" ? row.consumers : row.producers;
  }

  /** In what the world is not as a row has it; `removed` if what the row drops must be gone. */
  #notAsIn(name: string, removed: boolean): string[] {
    const { scope, data } = this.world;
    const row = this.rows.find((one) => one.name === name)!;
    const workloads = scope.workloads.flatMap((workload) => {
      const { pods, at } = this.world.workload(workload);
      const [found, wanted] = [pods === 0 ? "stopped" : at, this.#wanted(row, workload)];
      return found === wanted ? [] : [`${workload.name} is ${found}, not ${wanted}`];
    });
    const stops = (connector: string) => {
      const wave = scope.waves?.find((one) => one.connector === connector)?.name;
      return row.mirror === "running" && wave !== undefined && sideOfWave(row, wave) === "target";
    };
    const forward = (scope.mirror?.sourceConnectors ?? []).map(
      (connector) => [connector, stops(connector) ? "stopped" : row.mirror] as const,
    );
    const { reverse } = scope.mirror ?? {};
    const back = reverse === undefined ? [] : [[reverse.connector, row.reverse] as const];
    const connectors = [...forward, ...back].flatMap(([connector, wanted]) => {
      const found = data.connectors.get(connector)?.toLowerCase() ?? "absent";
      return found === wanted || (wanted === "absent" && !removed) ? [] : [`${connector} is ${found}, not ${wanted}`];
    });
    return [...workloads, ...connectors, ...(sourceOf(data) === row.source ? [] : [`the source is ${sourceOf(data)}`])];
  }
}
