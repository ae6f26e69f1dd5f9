/**
 * Pulumi's engine as far as a row can notice: resources in the order of their dependencies, otherwise in any; a failed
 * step ends the update; what left the program is deleted last; outputs are written at the very end. After the sources of
 * the engine and of its SDK, 3.230.
 */
import { isDeepStrictEqual } from "node:util";
import type { Changes, Checked } from "../../../runtime/resources/reconciled.ts";
import { filled, type Program, type Resource } from "./program.ts";
import { Fault, Killed, type Acted } from "./process.ts";

type Values = Readonly<Record<string, unknown>>;

interface Recorded {
  readonly resource: Resource;
  readonly inputs: Values;
  readonly outputs: Values;
}

/** The methods of a dynamic provider, as the engine calls them. */
export interface Driving {
  check(type: string, olds: Values, news: Values): Promise<Checked<Values>>;
  create(type: string, inputs: Values): Promise<{ id: string; outs: Values }>;
  update(type: string, olds: Values, news: Values): Promise<{ outs: Values }>;
  diff(type: string, olds: Values, news: Values): Promise<Changes>;
  delete(type: string, olds: Values): Promise<void>;
}

/** How an update is run. */
export interface Flags {
  /** Chooses among the resources that may be next. */
  readonly choose?: (count: number) => number;
  /** Leaves a resource out, as `--target` and `--exclude` do. */
  readonly leavesOut?: (resource: Resource) => boolean;
  /** `--continue-on-error` */
  readonly continues?: boolean;
}

/** How an update ended; `whole` if it left nothing out. */
export type Ending =
  | { readonly ok: true; readonly whole: boolean }
  | { readonly ok: false; readonly killed: boolean; readonly error: Error };

/** What custom resources of other providers do to a world. */
export interface Others {
  put(resource: Resource, inputs: Values): void;
  remove(resource: Resource): void;
}

export class Engine {
  readonly #world: Acted;
  readonly #driven: Driving;
  readonly #others: Others;
  #state: Map<string, Recorded>;
  /** The stack's outputs. */
  reached: string | undefined;
  waves: unknown;

  constructor(world: Acted, driven: Driving, others: Others, from?: Pick<Engine, "reached" | "waves" | "recorded">) {
    this.#world = world;
    this.#driven = driven;
    this.#others = others;
    this.#state = new Map(from?.recorded());
    this.reached = from?.reached;
    this.waves = from?.waves;
  }

  recorded(): ReadonlyMap<string, Recorded> {
    return this.#state;
  }

  /** `pulumi preview`: what an update would change, by name. */
  async preview(program: Program): Promise<string[]> {
    const changed = new Set<string>();
    const found: string[] = [];
    for (const resource of inOrder(program, () => 0)) {
      const { what } = await this.#planned(program, resource, changed);
      if (what !== "same") {
        changed.add(resource.urn);
        found.push(`${what} ${resource.name}`);
      }
    }
    const gone = [...this.#state.values()].filter(({ resource }) => !program.resources.some(sameAs(resource)));
    return [...found, ...gone.map(({ resource }) => `delete ${resource.name}`)];
  }

  /** `pulumi up`. */
  async up(program: Program, flags: Flags = {}): Promise<Ending> {
    try {
      return await this.#run(program, flags);
    } catch (error) {
      if (error instanceof Fault) throw error;
      return { ok: false, killed: error instanceof Killed || this.#world.dead, error: error as Error };
    }
  }

  async #run(
    program: Program,
    { choose = () => 0, leavesOut = () => false, continues = false }: Flags,
  ): Promise<Ending> {
    const failed = new Set<string>();
    const skippedCreates = new Set<string>();
    let first: Error | null = null;
    let whole = true;
    for (const resource of inOrder(program, choose)) {
      const former = this.#state.get(resource.urn);
      if (failed.size > 0 && [...resource.after].some((urn) => failed.has(urn))) {
        failed.add(resource.urn);
        continue;
      }
      if (resource.custom && leavesOut(resource)) {
        whole = false;
        if (former === undefined) skippedCreates.add(resource.urn);
        continue;
      }
      try {
        const missing = skippedCreates.size > 0 && [...resource.after].find((urn) => skippedCreates.has(urn));
        if (resource.custom && typeof missing === "string")
          throw new Error(`${resource.name} depends on ${missing}, which was not specified in --target list`);
        await this.#step(program, resource);
      } catch (error) {
        if (error instanceof Fault || error instanceof Killed || this.#world.dead || !continues) throw error;
        failed.add(resource.urn);
        first ??= error as Error;
      }
    }
    // Unknown after an error, and undefined for one that was left out before it was ever made: components/reached.ts.
    const last = failed.has(program.last) ? {} : (this.#state.get(program.last)?.outputs ?? {});
    const reached = (last["recorded"] as string | undefined) ?? this.reached;
    const waves = last["wavesAs"] ?? this.waves;
    try {
      await this.#removals(program, leavesOut, failed);
    } catch (error) {
      if (error instanceof Fault || error instanceof Killed || this.#world.dead) throw error;
      first ??= error as Error;
    }
    this.#world.change("outputs", () => void Object.assign(this, { reached, waves }));
    return first === null ? { ok: true, whole } : { ok: false, killed: false, error: first };
  }

  /** Dependents before what they depend on. */
  async #removals(
    program: Program,
    leavesOut: (resource: Resource) => boolean,
    failed: ReadonlySet<string>,
  ): Promise<void> {
    const gone = [...this.#state.values()]
      .map(({ resource }) => resource)
      .filter((one) => !program.resources.some(sameAs(one)));
    for (const resource of gone.reverse()) {
      if (resource.custom && leavesOut(resource)) continue;
      if ([...failed].some((urn) => this.#state.get(urn)?.resource.after.has(resource.urn))) continue;
      if (resource.custom && !resource.retainOnDelete) {
        if (resource.protect) throw new Error(`${resource.name} is protected`);
        this.#world.change(`delete ${resource.name}`, () => {});
        await this.#remove(resource);
      }
      this.#record(resource, undefined);
    }
  }

  async #remove(resource: Resource): Promise<void> {
    const driven = drivenType(resource);
    if (driven === null) this.#others.remove(resource);
    else await this.#driven.delete(driven, this.#state.get(resource.urn)!.outputs);
  }

  async #step(program: Program, resource: Resource): Promise<void> {
    this.#world.alive();
    const { what, inputs } = await this.#planned(program, resource);
    const former = this.#state.get(resource.urn);
    if (what === "same") return this.#record(resource, { inputs, outputs: former?.outputs ?? inputs });
    // Not every step is worth a kill of its own.
    this.#world.change(`${what} ${resource.name}`, () => {});
    const outputs = await this.#made(resource, inputs, former?.outputs);
    this.#world.change(`record ${resource.name}`, () => this.#record(resource, { inputs, outputs }));
  }

  async #made(resource: Resource, inputs: Values, former: Values | undefined): Promise<Values> {
    const driven = drivenType(resource);
    if (driven === null) {
      this.#others.put(resource, inputs);
      return { ...resource.inputs, ...inputs };
    }
    if (former === undefined) return (await this.#driven.create(driven, inputs)).outs;
    return (await this.#driven.update(driven, former, inputs)).outs;
  }

  /** What is to become of a resource; outputs of those that change are not known in a preview. */
  async #planned({ urns }: Program, resource: Resource, unknown: ReadonlySet<string> = new Set()) {
    const outputOf = (of: string, key: string) => {
      const urn = urns.get(of)!;
      return unknown.has(urn) ? undefined : this.#state.get(urn)?.outputs[key];
    };
    const found = resource.marked.map((key) => [key, filled(resource.inputs[key], outputOf)] as const);
    const given = found.length === 0 ? resource.inputs : withValues(resource.inputs, found);
    const former = this.#state.get(resource.urn);
    const driven = drivenType(resource);
    if (!resource.custom) return { what: "same", inputs: given } as const;
    if (driven === null) {
      const what = former === undefined ? "create" : equal(former.inputs, given) ? "same" : "update";
      return { what, inputs: given } as const;
    }
    // `check` is given the inputs of the last run, `diff` the outputs of the last that changed something.
    const { inputs, failures = [] } = await this.#driven.check(driven, former?.inputs ?? {}, given);
    if (failures.length > 0) throw new Error(`${resource.name}: ${failures.map(({ reason }) => reason).join("; ")}`);
    if (former === undefined) return { what: "create", inputs } as const;
    const { changes, replaces = [] } = await this.#driven.diff(driven, former.outputs, inputs);
    if (replaces.length > 0) throw new Fault(`${resource.name} would be replaced`);
    return { what: changes ? "update" : "same", inputs } as const;
  }

  #record(resource: Resource, found: Omit<Recorded, "resource"> | undefined): void {
    if (found === undefined) this.#state.delete(resource.urn);
    // In the order of their registration, as the engine keeps them.
    else this.#state.set(resource.urn, { resource, ...found });
  }
}

/** As Pulumi sends them: what is undefined is left out. */
function withValues(inputs: Resource["inputs"], found: readonly (readonly [string, unknown])[]): Resource["inputs"] {
  const all = { ...inputs, ...Object.fromEntries(found) };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

const sameAs =
  ({ urn }: Resource) =>
  (other: Resource): boolean =>
    other.urn === urn;

const equal = (one: unknown, other: unknown): boolean => one === other || isDeepStrictEqual(one, other);

/** The type of a resource that this program drives itself, without Pulumi's prefix. */
const drivenType = ({ type }: Resource): string | null => /^pulumi-nodejs:dynamic\/kafka:(.*)$/.exec(type)?.[1] ?? null;

/** Each resource once what it waits for is done. */
function* inOrder({ resources, dependents }: Program, choose: (count: number) => number): Generator<Resource> {
  const left = new Map(resources.map(({ urn, after }) => [urn, after.size]));
  const ready = resources.filter(({ after }) => after.size === 0);
  for (let done = 0; done < resources.length; done += 1) {
    const [next] = ready.splice(choose(ready.length) % ready.length, 1);
    if (next === undefined) throw new Fault("resources wait for each other");
    yield next;
    for (const dependent of dependents.get(next.urn)!) {
      left.set(dependent.urn, left.get(dependent.urn)! - 1);
      if (left.get(dependent.urn) === 0) ready.push(dependent);
    }
  }
}
