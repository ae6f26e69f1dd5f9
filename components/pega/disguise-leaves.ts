import { maskSecrets, maySecret } from "../../runtime/model/may-secret.ts";
import { masked } from "./masked.ts";
import { shortHash } from "./rendered.ts";
import { isMap } from "./values.ts";

/** Something that a move of the stream must not change. */
export interface Disguise {
  readonly key: string;
  /** As shown: passwords are hashes. */
  readonly running: string;
  readonly wanted: string;
  readonly why: string;
}

/** A value that differs, with the keys that lead to it; indexes of lists are not among them. */
export interface ChangedLeaf {
  readonly path: readonly string[];
  readonly running: unknown;
  readonly wanted: unknown;
}

/**
 * The leaves of two values that differ.
 * @param lists whether a list is one leaf, as Helm takes it, or its maps are looked into, place by place
 */
export function changedLeaves(
  before: unknown,
  after: unknown,
  lists: "whole" | "inside",
  path: readonly string[] = [],
): ChangedLeaf[] {
  if (isMap(before) || isMap(after)) {
    const [olds, news] = [isMap(before) ? before : {}, isMap(after) ? after : {}];
    const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].sort();
    if (keys.length > 0) return keys.flatMap((key) => changedLeaves(olds[key], news[key], lists, [...path, key]));
  }
  if (lists === "inside" && [...listOf(before), ...listOf(after)].some(isMap)) {
    const [olds, news] = [listOf(before), listOf(after)];
    const places = Array.from({ length: Math.max(olds.length, news.length) }, (_, at) => at);
    return places.flatMap((at) => changedLeaves(olds[at], news[at], lists, path));
  }
  return isSame(before, after) ? [] : [{ path, running: before, wanted: after }];
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Whether two values are the same to a template. Outputs are not looked into: the same one is the same value. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, at) => isSame(one, b[at]));
  if (!isMap(a) || !isMap(b)) return a === b || ((a ?? null) === null && (b ?? null) === null);
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => isSame(a[key], b[key]));
}

/** A value for a person; one that may be a password is a hash. */
export function shown(value: unknown, path: readonly string[] = []): string {
  if (value === undefined || value === null) return "nothing";
  if (typeof value === "object" && !isMap(value) && !Array.isArray(value)) return "a secret";
  if (maySecret(path.at(-1) ?? "", typeof value === "string" ? value : "")) return `sha256 ${shortHash(value)}`;
  const text = typeof value === "string" ? value : JSON.stringify(value, masked);
  return text === "" ? '""' : maskSecrets(text, () => "…");
}
