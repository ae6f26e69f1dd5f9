import { createHash } from "node:crypto";
import { asksForSecret } from "../../runtime/model/may-secret.ts";
import { parseHelmYaml } from "./helm-yaml.ts";
import { isMap, valueAt, type Values } from "./values.ts";

/** One object of a release as Helm rendered it. */
export interface RenderedObject {
  readonly kind: string;
  readonly name: string;
  /** Empty for one in the release's own namespace. */
  readonly namespace: string;
  /** When Helm makes it, for example `pre-install, pre-upgrade`; empty for one of the manifest. */
  readonly hook: string;
  readonly body: Values;
}

/** What Helm keeps of a release. */
export interface RenderedRelease {
  readonly namespace: string;
  readonly manifest: string;
  readonly hooks: readonly { readonly manifest: string }[];
}

/** The objects of a release, hooks among them. Throws if the manifest is no YAML. */
export function objectsOfRelease({ namespace, manifest, hooks }: RenderedRelease): readonly RenderedObject[] {
  const documents = [manifest, ...hooks.map((hook) => hook.manifest)].flatMap(parseHelmYaml).map((parsed) => {
    if ("message" in parsed)
      throw new Error(`the release's manifest is no YAML, line ${parsed.line}: ${parsed.message}`);
    return parsed.value;
  });
  return renderedObjects(documents, namespace);
}

/** Documents as objects, empty ones left out, without what an API server would not tell apart: nulls, the namespace. */
export function renderedObjects(documents: readonly unknown[], namespace: string): readonly RenderedObject[] {
  return documents.filter(isMap).flatMap((document) => {
    const body = withoutNulls(document) as Values;
    const { kind, metadata } = body;
    if (typeof kind !== "string" || !isMap(metadata)) return [];
    const own = metadata["namespace"];
    const { namespace: _namespace, ...others } = metadata;
    return [
      {
        kind,
        name: text(metadata["name"]),
        namespace: own === namespace || own === undefined ? "" : text(own),
        hook: text(valueAt(metadata, "annotations", "helm.sh/hook") ?? ""),
        body: { ...body, metadata: others },
      },
    ];
  });
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMap(value)) return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined);
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutNulls(inner)]));
}

/** A place inside of an object. */
interface Place {
  /** As shown. */
  readonly path: string;
  /** That lead there: keys of maps, names of list entries, places in lists without names. */
  readonly keys: readonly string[];
}

/** A place whose value differs; a side that lacks it is undefined. */
export interface Difference extends Place {
  readonly before: unknown;
  readonly after: unknown;
}

/** One object that a change adds, removes or alters. */
export interface ObjectChange {
  readonly object: RenderedObject;
  readonly change: "added" | "removed" | "altered";
  /** Empty unless altered. */
  readonly differences: readonly Difference[];
}

/** What differs between two renderings, object by object, in the order of kind and name. */
export function objectChanges(
  before: readonly RenderedObject[],
  after: readonly RenderedObject[],
): readonly ObjectChange[] {
  const olds = new Map(before.map((object) => [keyOf(object), object]));
  const news = new Map(after.map((object) => [keyOf(object), object]));
  const keys = [...new Set([...olds.keys(), ...news.keys()])].sort();
  return keys.flatMap((key): ObjectChange[] => {
    const [old, young] = [olds.get(key), news.get(key)];
    if (old === undefined) return young === undefined ? [] : [{ object: young, change: "added", differences: [] }];
    if (young === undefined) return [{ object: old, change: "removed", differences: [] }];
    const differences = differencesOf(old.body, young.body);
    return differences.length > 0 ? [{ object: young, change: "altered", differences }] : [];
  });
}

const keyOf = ({ kind, name, namespace }: RenderedObject): string => `${kind} ${namespace}/${name}`;

/** What differs between two values. Lists of named entries (containers, variables) are compared by name, others by place. */
export function differencesOf(before: unknown, after: unknown, at: Place = { path: "", keys: [] }): Difference[] {
  if (isMap(before) && isMap(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => differencesOf(before[key], after[key], inMap(at, key)));
  }
  if (Array.isArray(before) && Array.isArray(after)) return listDifferences(before, after, at);
  return before === after ? [] : [{ ...at, before, after }];
}

function listDifferences(before: readonly unknown[], after: readonly unknown[], at: Place): Difference[] {
  const [olds, news] = [byName(before), byName(after)];
  if (olds === null || news === null) {
    if (before.length !== after.length) return membersThatDiffer(before, after, at);
    return before.flatMap((one, index) => differencesOf(one, after[index], inList(at, entryOf(after, index))));
  }
  const names = [...new Set([...olds.keys(), ...news.keys()])];
  return names.flatMap((name) => differencesOf(olds.get(name), news.get(name), inList(at, name)));
}

/** Of lists of different lengths: what only one of them holds. */
function membersThatDiffer(before: readonly unknown[], after: readonly unknown[], at: Place): Difference[] {
  const [olds, news] = [before, after].map((list) => new Set(list.map((one) => JSON.stringify(one))));
  const found = [
    ...before.flatMap((one, index) =>
      news!.has(JSON.stringify(one)) ? [] : [{ ...inList(at, entryOf(before, index)), before: one, after: undefined }],
    ),
    ...after.flatMap((one, index) =>
      olds!.has(JSON.stringify(one)) ? [] : [{ ...inList(at, entryOf(after, index)), before: undefined, after: one }],
    ),
  ];
  // A member that is there twice in one of them only.
  return found.length > 0 ? found : [{ ...at, before, after }];
}

/** A place in a list, with the option of a command that the entry is the value of, if that asks for a secret. */
function entryOf(list: readonly unknown[], index: number): string | number {
  const option = list[index - 1];
  return asksForSecret(option) ? `${index} ${String(option)}` : index;
}

function byName(list: readonly unknown[]): ReadonlyMap<string, unknown> | null {
  const named = list.map((entry) => (isMap(entry) && typeof entry["name"] === "string" ? entry["name"] : null));
  if (named.some((name) => name === null) || new Set(named).size < named.length) return null;
  return new Map(list.map((entry, at) => [named[at]!, entry]));
}

const inMap = ({ path, keys }: Place, key: string): Place => ({
  path: /^[\w-]+$/.test(key) ? (path === "" ? key : `${path}.${key}`) : `${path}[${JSON.stringify(key)}]`,
  keys: [...keys, key],
});

const inList = ({ path, keys }: Place, entry: string | number): Place => ({
  path: `${path}[${entry}]`,
  keys: [...keys, String(entry)],
});

/** Short, and the same for the same content; not enough to find the content again. */
export const shortHash = (value: unknown): string =>
  createHash("sha256")
    .update(typeof value === "string" ? value : JSON.stringify(value))
    .digest("hex")
    .slice(0, 8);

const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
