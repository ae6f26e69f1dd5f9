import { plannedOf } from "../../runtime/model/platforms/platforms.ts";
import type { Facts } from "../facts.ts";

/** `error` keeps a migration from working, `warning` can cost records or availability, `info` is good to know. */
export type Severity = "error" | "warning" | "info";

/** What a rule has found, with the numbers. */
export interface Finding {
  /** Names of the topics, groups or parts that it is about. */
  readonly names: readonly string[];
  readonly finding: string;
}

/** One row of the table of advice. */
export interface AdviceRule {
  readonly id: string;
  readonly severity: Severity;
  /** What kind of thing the names are: `topic`, `group`, `side`. */
  readonly kind: string;
  /** Why it matters. */
  readonly reason: string;
  /** What to do about it. */
  readonly remedy: string;
  /** Null where there is nothing to say. */
  readonly find: (facts: Facts) => Finding | null;
}

/** A finding over the things that a rule picks out, null if there is none. */
export function about<T extends { readonly name: string }>(
  things: readonly T[],
  finding: (things: readonly T[]) => string,
): Finding | null {
  return things.length === 0 ? null : { names: things.map(({ name }) => name), finding: finding(things) };
}

/** Major and minor of a release such as `3.9` or `4.2.0`; null for one that is not known. */
export function releaseNumbers(release: string | null): readonly [number, number] | null {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release ?? "") ?? [];
  return major === undefined ? null : [Number(major), Number(minor)];
}

/** The release that the target has or will have; null if it is not known. */
export function targetRelease({ target, config }: Pick<Facts, "target" | "config">): string | null {
  if (target !== null) return target.cluster.kafka;
  return plannedOf(config.target.cluster)?.version ?? null;
}

/** The program's own `producer.override.max.request.size`. */
const maxRequestSize = "16777216";

/** Bytes of the largest request of the mirror's producer. */
export const mirrorsLargest = ({ config }: Pick<Facts, "config">): number =>
  Number(config.mirror.source["producer.override.max.request.size"] ?? maxRequestSize);
