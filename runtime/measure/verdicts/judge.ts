/** Judges any condition by a snapshot; pure. */
import type { Condition, Verdict } from "../../model/gates.ts";
import { connectorsValid } from "./connectors.ts";
import { groupsActive, groupsDrained } from "./groups.ts";
import { inventoryCurrent } from "./inventory.ts";
import { offsetsPlaced, soaked, sourceConfirmed, sourceStill } from "./ledger.ts";
import { mirrorDrained, mirrorWithin } from "./mirror.ts";
import { groupsPlaceable } from "./placeable.ts";
import { Closed, idsBeside, oneCluster, type Judge, type Needed, type Snapshot, type Wanted } from "./reading.ts";
import { rightsAsOnSource, usersLogIn } from "./rights.ts";
import { recordsDecode, registryImports, schemasEqual } from "./schemas.ts";
import { targetEmpty, targetEmptyOrOurs, topicsAsLocked } from "./topics.ts";

const judges: { readonly [Kind in Condition["kind"]]: Judge<Extract<Condition, { kind: Kind }>> } = {
  "inventory-current": inventoryCurrent,
  "target-empty-or-ours": targetEmptyOrOurs,
  "target-empty": targetEmpty,
  "topics-as-locked": topicsAsLocked,
  "mirror-within": mirrorWithin,
  "mirror-drained": mirrorDrained,
  "groups-drained": groupsDrained,
  "groups-placeable": groupsPlaceable,
  "connectors-valid": connectorsValid,
  "source-still-at-ledger": sourceStill,
  "offsets-placed": offsetsPlaced,
  "groups-active": groupsActive,
  "rights-as-on-source": rightsAsOnSource,
  "users-log-in": usersLogIn,
  "registry-imports": registryImports,
  "schemas-equal": schemasEqual,
  "records-decode": recordsDecode,
  soaked,
  "source-confirmed": sourceConfirmed,
};

const judgeOf = (condition: Condition) => judges[condition.kind] as Judge<Condition>;

/** Names of the measurements that a condition cannot be judged without. */
export function needs(condition: Condition): Needed {
  const { needs } = judgeOf(condition);
  return typeof needs === "function" ? needs(condition) : needs;
}

/** Names of what is measured besides, only to see that source and target are two clusters. */
export function ids(condition: Condition): readonly ("sourceId" | "targetId")[] {
  return idsBeside(needs(condition));
}

/** What has to be counted record by record, once the `needs` are measured; null if nothing. */
export function wants(condition: Condition, snapshot: Snapshot): Wanted | null {
  try {
    const wanted = judgeOf(condition).wants?.(condition, snapshot) ?? null;
    return wanted === null || wanted.ranges.length === 0 ? null : wanted;
  } catch (error) {
    if (error instanceof Closed) return null;
    throw error;
  }
}

/**
 * Whether the condition holds, and the sentence that says why. `earlier` snapshots of the same gate, oldest first,
 * tell movement from standing still. What could not be measured is closed, and so is all that two names for one cluster
 * would make look right.
 */
export function judge(condition: Condition, snapshot: Snapshot, earlier: readonly Snapshot[] = []): Verdict {
  const one = oneCluster(snapshot);
  if (one !== null) {
    const sentence = `source and target are the same cluster ${one}; correct the addresses of the wrong side in the config`;
    return { open: false, sentence };
  }
  try {
    const whole = earlier.filter((one) => needs(condition).every((name) => "value" in (one[name] ?? {})));
    return judgeOf(condition).judge(condition, snapshot, whole);
  } catch (error) {
    if (error instanceof Closed) return error.verdict;
    throw error;
  }
}
