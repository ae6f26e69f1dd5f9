/** A stack of a table of Pega in memory: its real rows and drivers over tiers that a Helm release makes. */
import { pegaScope, streamSettings } from "../../../components/pega/settings.ts";
import { overlay } from "../../../components/pega/overlay.ts";
import { PegaMigration } from "../../../components/pega/pega-migration.ts";
import { entries, tiersOf, writesReplicas } from "../../../components/pega/tiers.ts";
import type { Values } from "../../../components/pega/values.ts";
import type { PegaConfig } from "../../../config/pega/schema.ts";
import type { GateInputs } from "../../../gates/inputs.ts";
import type { PegaCondition } from "../../../gates/pega/index.ts";
import { refuseStep } from "../../../phases/order.ts";
import type { PegaRow } from "../../../phases/pega/row.ts";
import { losesUnread, pegaTables, type PegaStrategyName } from "../../../phases/pega/tables.ts";
import type { PegaSnapshot } from "../../../runtime/judging/pega-reading.ts";
import { judge } from "../../../runtime/measure/judge.ts";
import type { PegaScope } from "../../../runtime/model/pega.ts";
import type { Verdict } from "../../../runtime/model/gates.ts";
import type { ReleaseRevision } from "../../../runtime/pega/release-revision.ts";
import { replicasToRestore } from "../../../runtime/pega/replicas.ts";
import { readTiers, type TierApi } from "../../../runtime/pega/tiers.ts";
import type { VolumeApi } from "../../../runtime/pega/volumes.ts";
import { formerReplicasOver } from "../../../runtime/resources/former-replicas.ts";
import { gateOver, type Measuring } from "../../../runtime/resources/gate.ts";
import { drivingBy } from "../../../runtime/resources/provider.ts";
import { reached as reachedDriver } from "../../../runtime/resources/reached.ts";
import { rememberReplicasOver } from "../../../runtime/resources/remember-replicas.ts";
import { removedVolumesOver } from "../../../runtime/resources/removed-volumes.ts";
import { pegaConfig } from "../pega/config.ts";
import { rolesIn, shapes, valuesOf } from "../pega/shapes.ts";
import { pods, tierState } from "../pega-readings.ts";
import { registering, type Registered } from "../rows.ts";
import { Engine, type Ending, type Flags, type Others } from "./engine.ts";
import { Acted, Fault } from "./process.ts";
import { programOf, type Program, type Resource } from "./program.ts";
import { passive } from "./stack.ts";

const shape = shapes.find(({ name }) => name === "older-default")!;
const deployment = "pega";
/** As many as the autoscaler has chosen. */
const web = shape.former["web"]!;

/** Gates that are judged on the tiers and the history of the release; what others look at is not here. */
const judged = new Set<PegaCondition["kind"]>(["tiers-stopped", "tiers-ready", "queues-empty"]);

interface Tier {
  replicas: number;
  former: number | null;
}

function begin(values: Values) {
  return {
    /** By the object's name; null once the release has removed it. */
    tiers: new Map<string, Tier>(
      tiersOf(values).map(({ name, replicas }) => [
        `${deployment}-${name}`,
        { replicas: shape.former[name] ?? replicas, former: null },
      ]),
    ),
    revisions: [values],
    /** Records of the embedded stream that nobody has read. */
    unread: 0,
    volumes: new Set([`${deployment}-stream-${deployment}-stream-0`]),
  };
}

/** Tiers, the release's history, and what the embedded stream holds. */
class PegaWorld extends Acted {
  readonly loses: boolean;
  readonly data: ReturnType<typeof begin>;

  constructor(loses: boolean, data = begin(valuesOf(shape))) {
    super();
    this.loses = loses;
    this.data = data;
    this.pass();
  }

  isExternal(): boolean {
    return !this.data.tiers.has(`${deployment}-stream`);
  }

  /** Producers write to wherever the stream is; what is embedded is read once nobody writes any more. */
  pass(): void {
    const { tiers } = this.data;
    const { replicas, former } = tiers.get(`${deployment}-web`)!;
    if (replicas === 0 && former === null) this.fails("web is at 0, and nobody knows how many it had");
    if (!this.isExternal()) this.data.unread = replicas > 0 ? 10 : 0;
  }

  /** What Helm makes of values. */
  upgrade(values: Values): void {
    const before = this.isExternal();
    this.data.revisions.push(values);
    const wanted = new Map(entries(values).map((entry) => [`${deployment}-${String(entry["name"])}`, entry]));
    for (const name of this.data.tiers.keys()) if (!wanted.has(name)) this.data.tiers.delete(name);
    for (const [name, entry] of wanted) {
      const tier = this.data.tiers.get(name);
      if (tier === undefined) continue;
      if (writesReplicas(entry)) tier.replicas = Number(entry["replicas"]);
      // An autoscaler that comes back begins at one.
      else if (tier.replicas === 0) tier.replicas = 1;
    }
    if (!before && this.isExternal() && this.data.unread > 0 && !this.loses)
      this.fails(`${this.data.unread} records of the embedded stream are lost`);
  }
}

const tiersOver = (world: PegaWorld): TierApi => ({
  state: async ({ name }) => {
    world.alive();
    const found = world.data.tiers.get(name);
    return found === undefined ? null : tierState(found.replicas, { former: found.former });
  },
  pods: async ({ name }) => pods(name, world.data.tiers.get(name)?.replicas ?? 0),
  setFormer: async ({ name }, former) =>
    world.change(`annotate ${name}`, () => void (world.data.tiers.get(name)!.former = former)),
  scale: async ({ name }, replicas) =>
    world.change(`scale ${name}`, () => void (world.data.tiers.get(name)!.replicas = replicas)),
  scalers: async () => ({ found: [], unread: [] }),
});

const volumesOver = (world: PegaWorld): VolumeApi => ({
  claims: async () => [...world.data.volumes].map((name) => ({ name, terminating: false })),
  pods: async () => [],
  standing: async (_scope, { name }) => world.data.tiers.has(`${deployment}-${name}`),
  remove: async (_scope, name) => world.change(`remove ${name}`, () => void world.data.volumes.delete(name)),
});

function measuringOver(world: PegaWorld): Measuring {
  const api = tiersOver(world);
  const look = async (inputs: GateInputs): Promise<Verdict> => {
    const { condition } = inputs;
    world.pass();
    if (!("pega" in inputs) || !judged.has(condition.kind as PegaCondition["kind"]))
      return { open: true, sentence: "not modelled" };
    const history = world.data.revisions.map((values, at) => revision(values, at));
    const snapshot: PegaSnapshot = {
      scope: inputs.pega,
      takenAt: Date.parse("2026-11-21T12:00:00Z"),
      tiers: { value: await readTiers(inputs.pega, api) },
      history: { value: history },
      queues: { value: [{ name: "queue", records: world.data.unread }] },
    };
    return judge(condition, snapshot);
  };
  return {
    look,
    hold: async (inputs) => {
      const { open, sentence } = await look(inputs);
      if (!open) throw new Error(`phase "${inputs.row}" stays closed: ${sentence}`);
      return { sentence, measuredAt: "2026-11-21T12:00:00Z", readings: 1 };
    },
    receipts: { read: async () => ({}), write: async () => {}, isHalted: async () => false },
  };
}

const revision = (values: Values, at: number): ReleaseRevision => ({
  ...{ name: "pega", namespace: "pega", revision: at + 1, status: "deployed", values, manifest: "", hooks: [] },
  chart: { name: "pega", version: "4.9.0", appVersion: "", values: { stream: { enabled: true, bootstrapServer: "" } } },
  ...{ deployedAt: "2026-11-20T12:00:00Z", description: "" },
});

const driversOf = (world: PegaWorld) => ({
  Gate: gateOver(measuringOver(world)),
  Reached: reachedDriver,
  RememberReplicas: rememberReplicasOver(tiersOver(world)),
  FormerReplicas: formerReplicasOver(tiersOver(world)),
  RemovedVolumes: removedVolumesOver(volumesOver(world)),
  ...Object.fromEntries(
    ["Credentials", "GeneratedSecret", "Namespace", "Ready", "StreamSecret", "Unclaimed"].map((type) => [
      type,
      passive(() => ({ username: "u", password: "-", ca: "", clientCert: "", clientKey: "" })),
    ]),
  ),
});

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
    this.#engine = new Engine(this.world, drivingBy(driversOf(this.world)), othersOf(this.world), from && from.#engine);
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
  async checked(row: string, { fate, ...flags }: Flags & { readonly fate?: Acted["fate"] } = {}): Promise<string | null> {
    const before = this.reached;
    this.world.begin(fate);
    const ending = await this.#up(row, flags);
    this.world.begin();
    this.world.pass();
    if (this.world.fault !== null) throw this.world.fault;
    const wrong = this.reached === before ? [] : this.#notAsIn(this.reached!);
    if (ending.ok && ending.whole) wrong.push(...(this.reached === row ? this.#notAsIn(row) : [`${this.reached} is recorded`]));
    if (wrong.length > 0) throw new Fault(`${before} -> ${row}: ${wrong.join(", ")}`);
    return ending.ok ? null : ending.error.message;
  }

  async #up(row: string, flags: Flags): Promise<Ending> {
    const program = await this.#program(row);
    return this.#engine.up(program, flags);
  }

  async preview(row: string): Promise<string[]> {
    const program = await this.#program(row);
    this.world.begin();
    return this.#engine.preview(program);
  }

  /** What the program would have read of the release before it registers anything. */
  async #program(name: string): Promise<Program> {
    const config = { ...this.#config, phase: name };
    const reached = this.reached === undefined ? undefined : { strategy: this.strategy, row: this.reached };
    const row = this.rows.find((one) => one.name === name)!;
    const values = valuesOf(shape);
    const roles = rolesIn(shape);
    const scope: PegaScope = pegaScope(config, deployment, tiersOf(values), roles);
    const former = row.producers === "restored" ? await replicasToRestore(scope, tiersOver(this.world)) : {};
    const look = { scope, values: overlay(values, row, { roles, former, stream: streamSettings(config) }), changes: [] };
    const key = JSON.stringify([this.strategy, name, reached, look.values]);
    const known =
      programs.get(key) ??
      programOf(async (answer) => {
        const resources: Registered[] = [];
        await registering(() => new PegaMigration(config.name, { config, reached, look }), resources, answer);
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
