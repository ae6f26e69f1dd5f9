/** Begins reading on both sides: each twin gets the place at which its groups begin on the target. */
import { partitionName } from "../brokers/partitions.ts";
import type { SwitchInputs } from "../model/inputs.ts";
import { liveEntry } from "../model/ledger-text.ts";
import type { LedgerEntry, LedgerPlacement } from "../model/ledger.ts";
import { Refused } from "../model/refused.ts";
import type { WorkloadRef } from "../model/scope.ts";
import { settleAll } from "../model/settle-all.ts";
import { some } from "../model/words.ts";
import { commitAndReadBack } from "../placement/commit.ts";
import { positionsOf } from "../placement/lagging.ts";
import { fence, ofRole, readAll } from "../workloads/workloads.ts";
import type { SwitchEffects } from "./ports.ts";
import { checkBefore, checkStoppable, recordsBefore, withoutMembers } from "./steps.ts";

/**
 * Places the groups of all twins at the beginning of the target's topics, which hold no record yet; groups that have
 * read there before the stack went back continue where they were. Twins are at 0 afterwards and know how
 * many replicas they get: as many as the consumer that names them. Nothing else is stopped. Can be called again.
 */
export async function switchTwins(effects: SwitchEffects, inputs: SwitchInputs): Promise<LedgerEntry> {
  try {
    return await attempt(effects, inputs);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(
      `phase "${inputs.row}": twins cannot begin: ${message}. No consumer was stopped, no twin was started`,
      {
        cause: error,
      },
    );
  }
}

async function attempt(effects: SwitchEffects, inputs: SwitchInputs): Promise<LedgerEntry> {
  const { scope } = inputs;
  const twins = ofRole(scope.workloads, "twin");
  const { source, target } = await checkBefore(effects, scope);
  const entries = await effects.ledger.read();
  const earlier = liveEntry(entries, "twins");
  if (earlier !== null) {
    effects.log(`ledger entry ${earlier.number} holds: the twins' groups were placed by it`);
    return earlier;
  }
  const again = entries.some((entry) => entry.switch === "twins");
  if (!again) {
    const full = await recordsBefore(effects, target);
    if (full.length > 0) {
      throw new Refused(
        "target-holds-records",
        `${some(full)} on the target already ${full.length === 1 ? "holds" : "hold"} records, which the twins would ` +
          "read as new; find out what writes there, and delete the topics or their records",
      );
    }
  }
  await checkStoppable(effects, twins);
  await effects.witness.ready(
    ["target"],
    scope.groups.map(({ name }) => name),
  );
  await stopTwins(effects, twins, inputs.stopSeconds);
  await withoutMembers(effects, "target", inputs.fenceSeconds, scope);

  const found = await effects.kafka.committed("target");
  const placements = positionsOf(scope.groups, new Map(), target.partitions.values()).map(
    ({ group, topic, partition }): LedgerPlacement => {
      const name = partitionName(topic, partition);
      const { start } = target.partitions.get(name)!;
      const at = again ? found.get(group)?.get(name)?.offset : undefined;
      const placed = at !== undefined && at > start ? at : start;
      return { group, topic, partition, committed: null, placed: placed.toString() };
    },
  );
  await effects.pace.pause(0);
  await commitAndReadBack(effects, "target", placements);
  effects.log(`${placements.length} offsets placed on the target and read back by both clients`);
  await effects.pace.pause(0);
  const entry = await effects.ledger.append({
    switch: "twins",
    row: inputs.row,
    voids: null,
    sourceClusterId: source.clusterId,
    targetClusterId: target.clusterId,
    partitions: [],
    groups: placements,
  });
  effects.log(`ledger entry ${entry.number} written: ${placements.length} offsets`);
  return entry;
}

/** Stops twins, and writes down how many pods each gets once it begins. */
async function stopTwins(effects: SwitchEffects, twins: readonly WorkloadRef[], seconds: number): Promise<void> {
  const states = await readAll(effects.workloads, twins);
  const consumers = new Map(
    (await readAll(effects.workloads, twins.map(original))).map(([{ name }, state]) => [name, state]),
  );
  await settleAll(
    states.map(async ([twin, { replicas, former }]) => {
      if (replicas > 0 || (former ?? 0) > 0) return;
      const { replicas: now, former: before } = consumers.get(twin.of!)!;
      await effects.workloads.setFormer(twin, Math.max(before ?? now, 1));
    }),
  );
  await fence(effects.workloads, twins, seconds, effects.pace);
}

const original = (twin: WorkloadRef): WorkloadRef => ({ ...twin, name: twin.of!, role: "consumer" });
