/** A row of a table as the real program registers it, ready to be run by `engine.ts` as often as a test likes. */
import { outputs, register, type Registered } from "../rows.ts";
import type { MigrationConfig } from "../../../config/migration-config.ts";

type Values = Readonly<Record<string, unknown>>;

/** One resource; its inputs have a mark wherever the program put an output of another resource. */
export interface Resource {
  readonly urn: string;
  readonly name: string;
  readonly type: string;
  readonly custom: boolean;
  /** URNs of everything that it waits for. */
  readonly after: ReadonlySet<string>;
  readonly inputs: Values;
  /** Whether there is a mark in the inputs. */
  readonly takesOutputs: boolean;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
}

export interface Program {
  readonly table: string;
  readonly row: string;
  /** In the order of registration. */
  readonly resources: readonly Resource[];
  /** URN of the resource that records the row. */
  readonly last: string;
  /** URNs by what a mark says of the resource. */
  readonly urns: ReadonlyMap<string, string>;
}

interface Named {
  readonly type: string;
  readonly name: string;
}

/** Whose output it is, and its key, as a text that no program has. */
const mark = ({ type, name }: Named, key: string): string => `⟦${type}::${name}|${key}⟧`;
const marked = /^⟦(.*)\|(.*)⟧$/;

/** The program of a row, after `reached`. Rejects with the program's own refusal. */
export async function programOf(config: MigrationConfig, row: string, reached: string | undefined): Promise<Program> {
  const before = reached === undefined ? undefined : { strategy: config.table, row: reached };
  const traces = Error.stackTraceLimit;
  // The SDK takes a stack trace for every promise that it waits for, which is most of the time that a row takes.
  Error.stackTraceLimit = 0;
  const { resources } = await register({ config: { ...config, phase: row }, reached: before }, [], withMarks).finally(
    () => (Error.stackTraceLimit = traces),
  );
  const urns = new Map(resources.map(({ type, name, urn }) => [`${type}::${name}`, urn]));
  return {
    table: config.table,
    row,
    resources: resources.map((resource) => ({
      ...resource,
      inputs: withoutProvider(resource.inputs),
      takesOutputs: read(resource.inputs).length > 0,
      after: new Set([...resource.dependencies, resource.parent, ...read(resource.inputs).map((one) => urns.get(one)!)].filter(Boolean)),

    })),
    last: resources.find(({ type }) => type.endsWith(":Reached"))!.urn,
    urns,
  };
}

const withoutProvider = ({ __provider: _, ...inputs }: Registered["inputs"]): Values => inputs;

/** What a resource answers, with a mark for everything that was not among its inputs. */
const withMarks: typeof outputs = (resource) => {
  const found = outputs(resource);
  const own = Object.entries(found).filter(([key]) => !(key in (resource.inputs as object)));
  const marks = own.map(([key, value]) => {
    const at = mark(resource, key);
    return [key, Array.isArray(value) ? [at] : typeof value === "string" ? at : value] as const;
  });
  return { ...found, ...Object.fromEntries(marks) };
};

/** Whose outputs the inputs hold. */
function read(value: unknown): string[] {
  if (typeof value === "string") return marked.exec(value)?.slice(1, 2) ?? [];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(read);
}

/** Inputs with outputs in place of the marks; `outputOf` answers undefined for what is not known. */
export function filled(value: unknown, outputOf: (of: string, key: string) => unknown): unknown {
  if (typeof value === "string") {
    const [, of, key] = marked.exec(value) ?? [];
    return of === undefined || key === undefined ? value : outputOf(of, key);
  }
  if (Array.isArray(value)) {
    return value.flatMap((one: unknown) => {
      const found = filled(one, outputOf);
      // A list that is an output has one mark in it, which stands for all of it.
      return typeof one === "string" && marked.test(one) && Array.isArray(found) ? (found as unknown[]) : [found];
    });
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => [key, filled(one, outputOf)] as const);
  // As Pulumi sends it: what is undefined is left out.
  return Object.fromEntries(entries.filter(([, one]) => one !== undefined));
}
