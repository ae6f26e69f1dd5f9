/** Which fields of an object an Application of Argo CD leaves alone, by its `spec.ignoreDifferences`. Pure. */
import type { Identity } from "./owner-marks.ts";

/** One rule of `spec.ignoreDifferences`. */
export interface IgnoreRule {
  /** Of group and kind a `*` stands for anything; name and namespace are compared as they are. */
  readonly group?: string;
  readonly kind: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly jsonPointers?: readonly string[];
  readonly jqPathExpressions?: readonly string[];
  readonly managedFieldsManagers?: readonly string[];
}

/** A place in an object: keys of maps and positions in lists. */
export type Path = readonly string[];

/** What a move changes of an object. */
export interface ChangedFields {
  readonly paths: readonly Path[];
  /** Those of them that are written under the program's own field manager. */
  readonly managed: readonly Path[];
  readonly manager: string;
}

/**
 * Whether every field is ignored by the rules that are about the object. An expression that is more than a path with
 * `select` on equal values counts for nothing.
 *
 * @param object as it is now: what the expressions find in it
 */
export function ignoresAll(
  rules: readonly IgnoreRule[],
  identity: Identity,
  object: unknown,
  { paths, managed, manager }: ChangedFields,
): boolean {
  const own = rules.filter((rule) => isAbout(rule, identity));
  const ignored = own.flatMap(({ jsonPointers = [], jqPathExpressions = [] }) => [
    ...jsonPointers.map(partsOf),
    ...jqPathExpressions.flatMap((text) => found(text, object)),
  ]);
  const byManager = own.some(({ managedFieldsManagers = [] }) => managedFieldsManagers.includes(manager));
  return paths.every(
    (path) =>
      (byManager && managed.includes(path)) ||
      ignored.some((one) => one.length <= path.length && one.every((part, at) => part === path[at])),
  );
}

const isAbout = (rule: IgnoreRule, { group, kind, namespace, name }: Identity): boolean =>
  matches(rule.group ?? "", group) &&
  matches(rule.kind, kind) &&
  (rule.name ?? "") in { "": true, [name]: true } &&
  (rule.namespace ?? "") in { "": true, [namespace]: true };

const matches = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`).test(text);
const escaped = (text: string): string => text.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);

const partsOf = (pointer: string): Path =>
  pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));

interface Node {
  readonly path: Path;
  readonly value: unknown;
}

/** The places that a jq path finds in an object; none where it is more than that. */
function found(text: string, object: unknown): readonly Path[] {
  let nodes: readonly Node[] = [{ path: [], value: object }];
  let left = text.trim();
  while (left !== "") {
    const step = steps
      .map(([pattern, act]) => ({ match: pattern.exec(left), act }))
      .find(({ match }) => match !== null);
    if (step === undefined) return [];
    nodes = nodes.flatMap((node) => step.act(node, step.match!));
    left = left.slice(step.match![0].length).trim();
  }
  return nodes.map(({ path }) => path);
}

const key = String.raw`\.(?<word>[A-Za-z_]\w*)|\.?\["(?<quoted>[^"\\]*)"\]|\."(?<text>[^"\\]*)"`;
const condition = String.raw`(?:${key.replaceAll(/\?<\w+>/g, "?:")})+\s*==\s*"[^"\\]*"`;

/** What a jq path consists of, and where each leads from a place. */
const steps: readonly (readonly [RegExp, (node: Node, match: RegExpExecArray) => readonly Node[]])[] = [
  [/^\|\s*/, (node) => [node]],
  [/^\?/, (node) => [node]],
  [new RegExp(`^(?:${key})`), (node, match) => [at(node, named(match))]],
  [/^\.?\[\]/, ({ path, value }) => members(path, value)],
  [/^\.?\[(\d+)\]/, (node, match) => [at(node, match[1]!)]],
  [
    new RegExp(String.raw`^select\(\s*(?<either>${condition}(?:\s+or\s+${condition})*)\s*\)`),
    (node, match) => (match.groups!["either"]!.split(/\s+or\s+/).some((one) => holds(node, one)) ? [node] : []),
  ],
  [/^\.(?=\s|$|\|)/, (node) => [node]],
];

const named = ({ groups = {} }: RegExpExecArray): string => groups["word"] ?? groups["quoted"] ?? groups["text"] ?? "";

const at = ({ path, value }: Node, part: string): Node => ({
  path: [...path, part],
  value: typeof value === "object" && value !== null ? (value as Record<string, unknown>)[part] : undefined,
});

const members = (path: Path, value: unknown): readonly Node[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).map(([part, inner]) => ({ path: [...path, part], value: inner }))
    : [];

function holds(node: Node, text: string): boolean {
  const [, keys = "", wanted] = /^(.*?)\s*==\s*"(.*)"$/.exec(text.trim()) ?? [];
  const found = [...keys.matchAll(new RegExp(key, "g"))].reduce((from, match) => at(from, named(match)), node);
  return found.value === wanted;
}
