/** Judges any gate's condition by a snapshot; pure. */
import type { GateFile } from "../../gates/gate.ts";
import { gates, type Condition } from "../../gates/index.ts";
import { Closed, idsBeside, oneCluster, type Asked, type Snapshot, type Wanted } from "../judging/reading.ts";
import type { Verdict } from "../model/gates.ts";

/** The gate that waits for a condition. */
export const gateOf = (condition: Condition) => gates[condition.kind] as unknown as GateFile<string, Condition>;

/** The measurements that a condition cannot be judged without. */
export function needs(condition: Condition): Asked {
  const { needs } = gateOf(condition);
  return typeof needs === "function" ? needs(condition) : needs;
}

/** What is measured in addition, only to check that source and target are two clusters. */
export function ids(condition: Condition): Asked {
  return idsBeside(needs(condition));
}

/** What has to be counted record by record, once the `needs` are measured; null if nothing. */
export function wants(condition: Condition, snapshot: Snapshot): Wanted | null {
  try {
    const wanted = gateOf(condition).wants?.(condition, snapshot) ?? null;
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
export function judge(condition: Condition, snapshot: Snapshot, earlier: readonly Snapshot[] = []): Verdict {
  const one = oneCluster(snapshot);
  if (one !== null) {
    const sentence = `source and target are the same cluster ${one}; correct the addresses of the wrong side in the config`;
    return { open: false, sentence };
  }
  try {
    const names = Object.keys(needs(condition)) as (keyof Asked)[];
    const whole = earlier.filter((one) => names.every((name) => "value" in (one[name] ?? {})));
    return gateOf(condition).judge(condition, snapshot, whole);
  } catch (error) {
    if (error instanceof Closed) return error.verdict;
    throw error;
  }
}
