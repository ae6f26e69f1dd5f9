/** A row of a table as the real program registers it, ready to be run by `engine.ts` as often as a test likes. */
import { outputs, type Registered } from "../rows.ts";

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
  /** The inputs that have a mark in them. */
  readonly marked: readonly string[];
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
}

export interface Program {
  /** In the order of registration. */
  readonly resources: readonly Resource[];
  /** Resources that wait for one, by its URN. */
  readonly dependents: ReadonlyMap<string, readonly Resource[]>;
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

/** What a program registers, each resource answered by `answer`. Rejects with the program's own refusal. */
export async function programOf(run: (answer: typeof outputs) => Promise<readonly Registered[]>): Promise<Program> {
  const traces = Error.stackTraceLimit;
  // The SDK takes a stack trace for every promise that it waits for, which is most of the time that a row takes.
  Error.stackTraceLimit = 0;
  const resources = await run(withMarks).finally(() => (Error.stackTraceLimit = traces));
  const urns = new Map(resources.map(({ type, name, urn }) => [`${type}::${name}`, urn]));
  const found = resources.map((resource): Resource => ({
    ...resource,
    inputs: withoutProvider(resource.inputs),
    marked: Object.keys(resource.inputs).filter((key) => read(resource.inputs[key]).length > 0),
    after: new Set(
      [...resource.dependencies, resource.parent, ...read(resource.inputs).map((one) => urns.get(one)!)].filter(
        Boolean,
      ),
    ),
  }));
  const dependents = new Map<string, Resource[]>(found.map(({ urn }) => [urn, []]));
  for (const resource of found) for (const urn of resource.after) dependents.get(urn)!.push(resource);
  return {
    resources: found,
    dependents,
    last: resources.find(({ type }) => type.endsWith(":Reached"))!.urn,
    urns,
  };
}

/** Most inputs are the same in every row: one object for all of them is quickly seen to be equal. */
const known = new Map<string, Values>();

function withoutProvider({ __provider: _, ...inputs }: Registered["inputs"]): Values {
  const text = JSON.stringify(inputs);
  const same = known.get(text) ?? inputs;
  known.set(text, same);
  return same;
}

/** What a resource answers, with a mark for everything that was not among its inputs. */
const withMarks: typeof outputs = (resource) => {
  const found = outputs(resource);
  const own = Object.entries(found).filter(([key]) => !(key in (resource.inputs as object)));
  if (own.length === 0) return found;
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
