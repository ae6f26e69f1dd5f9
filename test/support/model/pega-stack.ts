/** A stack of a table of Pega in memory: its real rows and drivers over tiers that a Helm release makes. */
import { pegaScope, streamSettings } from "../../../components/pega/settings.ts";
import { overlay } from "../../../components/pega/overlay.ts";
import { PegaMigration } from "../../../components/pega/pega-migration.ts";
import { tiersOf } from "../../../components/pega/tiers.ts";
import type { Values } from "../../../components/pega/values.ts";
import type { PegaConfig } from "../../../config/pega/schema.ts";
import { refuseStep } from "../../../phases/order.ts";
import type { PegaRow } from "../../../phases/pega/row.ts";
import { losesUnread, pegaTables, type PegaStrategyName } from "../../../phases/pega/tables.ts";
import type { PegaScope } from "../../../runtime/model/pega.ts";
import { replicasToRestore } from "../../../runtime/pega/replicas.ts";
import { pegaConfig } from "../pega/config.ts";
import { rolesIn, valuesOf } from "../pega/shapes.ts";
import { registering, type Registered } from "../rows.ts";
import { over } from "./current.ts";
import { drivingBeside, passives } from "./driving.ts";
import { Engine, type Ending, type Flags, type Others } from "./engine.ts";
import { deployment, PegaWorld, shape, web } from "./pega-world.ts";
import { Fault, type Acted } from "./process.ts";
import { programOf, type Program, type Resource } from "./program.ts";

/** Values of a release, which are a secret of Pulumi's. */
const plain = (secret: unknown): Values => (secret as { readonly value: Values }).value;

const othersOf = (world: PegaWorld): Others => ({
  put({ type }: Resource, inputs) {
    if (type.endsWith(":Release")) world.upgrade(plain(inputs["values"]));
  },
  remove() {},
});

const programs = new Map<string, Promise<Program>>();

export class PegaStack {
  readonly strategy: PegaStrategyName;
  readonly rows: readonly PegaRow[];
  readonly world: PegaWorld;
  readonly #config: PegaConfig;
  readonly #engine: Engine;

  constructor(strategy: PegaStrategyName, from?: PegaStack) {
    this.strategy = strategy;
    this.rows = pegaTables[strategy];
    this.#config = from === undefined ? configOf(strategy) : from.#config;
    this.world = new PegaWorld(losesUnread(strategy), from && structuredClone(from.world.data));
    this.#engine = new Engine(this.world, drivingBeside(passives), othersOf(this.world), from && from.#engine);
  }

  clone(): PegaStack {
    return new PegaStack(this.strategy, this);
  }

  get reached(): string | undefined {
    return this.#engine.reached;
  }

  refusal(row: string): string | null {
    const { reached: before, strategy } = this;
    const last = before === undefined ? undefined : { strategy, row: before };
    return refuseStep({ strategyName: strategy, strategy: this.rows, phase: row, reached: last, startAt: undefined });
  }

  /** Answers why the update failed, or null; nothing disagrees afterwards. */
  async checked(
    row: string,
    { fate, ...flags }: Flags & { readonly fate?: Acted["fate"] } = {},
  ): Promise<string | null> {
    const before = this.reached;
    this.world.begin();
    const program = await this.#program(row);
    this.world.begin(fate);
    const ending: Ending = await over(this.world, () => this.#engine.up(program, flags));
    this.world.begin();
    this.world.pass();
    if (this.world.fault !== null) throw this.world.fault;
    const wrong = this.reached === before ? [] : this.#notAsIn(this.reached!);
    if (ending.ok && ending.whole)
      wrong.push(...(this.reached === row ? this.#notAsIn(row) : [`${this.reached} is recorded`]));
    if (wrong.length > 0) throw new Fault(`${before} -> ${row}: ${wrong.join(", ")}`);
    return ending.ok ? null : ending.error.message;
  }

  async preview(row: string): Promise<string[]> {
    this.world.begin();
    const program = await this.#program(row);
    return over(this.world, () => this.#engine.preview(program));
  }

  /** What the program would have read of the release before it registers anything. */
  async #program(name: string): Promise<Program> {
    const config = { ...this.#config, phase: name };
    const reached = this.reached === undefined ? undefined : { strategy: this.strategy, row: this.reached };
    const row = this.rows.find((one) => one.name === name)!;
    const values = valuesOf(shape);
    const roles = rolesIn(shape);
    const scope: PegaScope = pegaScope(config, deployment, tiersOf(values), roles);
    const former = row.producers === "restored" ? await replicasToRestore(scope, this.world.tiers) : {};
    const look = {
      scope,
      values: overlay(values, row, { roles, former, stream: streamSettings(config) }),
      changes: [],
    };
    const key = JSON.stringify([this.strategy, name, reached, look.values]);
    const known =
      programs.get(key) ??
      programOf(async (answer) => {
        const resources: Registered[] = [];
        await registering(() => new PegaMigration(config.name, { config, reached, look }), resources, false, answer);
        return resources;
      });
    programs.set(key, known);
    return known;
  }

  #notAsIn(name: string): string[] {
    const { producers, volumes } = this.rows.find((one) => one.name === name)!;
    const { replicas, former } = this.world.data.tiers.get(`${deployment}-web`)!;
    const enough = producers === "stopped" ? replicas === 0 : replicas >= web;
    const noted = producers !== "running" || former === null;
    const gone = volumes === "kept" || this.world.data.volumes.size === 0;
    return [
      ...(enough ? [] : [`web has ${replicas} replicas in ${name}, and had ${web}`]),
      ...(noted ? [] : [`a note of ${former} replicas is left`]),
      ...(gone ? [] : ["volumes are left"]),
    ];
  }
}

function configOf(strategy: PegaStrategyName): PegaConfig {
  return pegaConfig((input) => {
    input.strategy = strategy;
    input.retire = { ...input.retire, volumes: [`${deployment}-stream-${deployment}-stream-0`] };
    if (!losesUnread(strategy)) return;
    input.production = false;
    input.lossy = { accept: "queues are filled again by the nightly import" };
    delete (input as { drain?: unknown }).drain;
  });
}
