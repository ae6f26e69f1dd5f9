/** Judges any gate's condition by a snapshot; pure. */
import { again, type GateFile } from "../../gates/gate.ts";
import { gates, type Condition } from "../../gates/index.ts";
import { pegaGates, type PegaCondition } from "../../gates/pega/index.ts";
import type { PegaAsked, PegaSnapshot } from "../judging/pega-reading.ts";
import { shut } from "../judging/problems.ts";
import { Closed, idsBeside, oneCluster, type Asked, type Snapshot, type Wanted } from "../judging/reading.ts";
import type { AnyVerdict } from "../model/gates.ts";
import type { PegaScope } from "../model/pega.ts";
import type { Scope } from "../model/scope.ts";

export type AnyScope = Scope | PegaScope;
export type AnyCondition = Condition | PegaCondition;
export type AnySnapshot = Snapshot | PegaSnapshot;

/** A gate of either kind of migration. */
interface AnyKind {
  readonly config: never;
  readonly derived: never;
  readonly scope: AnyScope;
  readonly asked: Asked & PegaAsked;
  readonly snapshot: AnySnapshot;
}

/** Whose gates, measurements and scopes are Pega's. */
export const isPega = (scope: AnyScope): scope is PegaScope => "release" in scope;

/** The gate that waits for a condition. */
export function gateOf({ kind }: AnyCondition, scope: AnyScope): GateFile<string, AnyCondition, AnyKind, string> {
  const files: object = isPega(scope) ? pegaGates : gates;
  return (files as Record<string, GateFile<string, AnyCondition, AnyKind, string>>)[kind]!;
}

/** The measurements that a condition cannot be judged without. */
export function needs(condition: AnyCondition, scope: AnyScope): Asked & PegaAsked {
  const { needs } = gateOf(condition, scope);
  return typeof needs === "function" ? needs(condition, scope) : needs;
}

/** What is measured besides, only to see that source and target are two clusters. */
export function ids(condition: AnyCondition, scope: AnyScope): Asked {
  return idsBeside(needs(condition, scope));
}

/** What has to be counted record by record, once the `needs` are measured; null if nothing. */
export function wants(condition: AnyCondition, snapshot: AnySnapshot): Wanted | null {
  try {
    const wanted = gateOf(condition, snapshot.scope).wants?.(condition, snapshot) ?? null;
    return wanted === null || wanted.ranges.length === 0 ? null : wanted;
  } catch (error) {
    if (error instanceof Closed) return null;
    throw error;
  }
}

/**
 * Whether the condition holds, and the sentence that says why. `earlier` snapshots of the same gate, oldest first, show whether
 * something moves. What could not be measured is closed, and so is every gate if source and target are one cluster, which would
 * make conditions look fulfilled.
 */
export function judge(
  condition: AnyCondition,
  snapshot: AnySnapshot,
  earlier: readonly AnySnapshot[] = [],
): AnyVerdict {
  const one = oneCluster(snapshot);
  if (one !== null) {
    const sentence = `source and target are the same cluster ${one}; correct the addresses of the wrong side in the config`;
    return shut("one-cluster", sentence);
  }
  try {
    const names = Object.keys(needs(condition, snapshot.scope)) as (keyof AnySnapshot)[];
    const whole = earlier.filter((one) => names.every((name) => Object.hasOwn(Object(one[name]), "value")));
    return gateOf(condition, snapshot.scope).judge(condition, snapshot, whole);
  } catch (error) {
    if (error instanceof Closed) return error.verdict;
    throw error;
  }
}

/** What to do about a closed verdict, as the end of its sentence. Pure. */
export function whatToDo({ unmeasured, remedy }: AnyVerdict, condition: AnyCondition, scope: AnyScope): string {
  if (unmeasured) return `make it reachable from here, then ${again}`;
  const { remedy: usual } = gateOf(condition, scope);
  return remedy ?? (typeof usual === "function" ? usual(condition) : usual);
}
