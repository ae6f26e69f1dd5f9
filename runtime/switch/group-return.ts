/** The way back of consumers that moved before the producers: to their exact place on the source. */
import { partitionName } from "../brokers/partitions.ts";
import type { LedgerEntry, LedgerPlacement } from "../model/ledger.ts";
import type { CommittedPosition } from "../model/placement.ts";
import type { Scope } from "../model/scope.ts";
import { some } from "../model/words.ts";
import { commitAndReadBack } from "../placement/commit.ts";
import { fence, ofRole, unfence } from "../workloads/workloads.ts";
import type { SwitchEffects } from "./ports.ts";
import { checkStoppable, withoutMembers } from "./steps.ts";

/** Seconds that pods have to stop, and groups to lose their members. */
const patience = { stopSeconds: 120, fenceSeconds: 60 };

/**
 * Stops the consumers, puts every group back to the source at the original of the first record that it has not read
 * on the target, and restores the target's offsets from before the entry. Returns the entry that says so; the consumers
 * stay stopped until they start at their address of the row. Rejects with the consumers running where they were.
 */
export async function returnGroups(
  effects: SwitchEffects,
  scope: Scope,
  entry: LedgerEntry,
  row: string,
): Promise<LedgerEntry> {
  const consumers = ofRole(scope.workloads, "consumer");
  try {
    await checkStoppable(effects, consumers);
    await fence(effects.workloads, consumers, patience.stopSeconds, effects.pace);
    await withoutMembers(effects, "target", patience.fenceSeconds, scope);
    await withoutMembers(effects, "source", patience.fenceSeconds, scope);
    const placements = await placesOnSource(effects, entry);
    await commitAndReadBack(effects, "source", placements);
    effects.log(`${placements.length} offsets placed on the source and read back`);
    const voided = await effects.ledger.append({
      switch: entry.switch,
      row,
      voids: entry.number,
      voidOnly: true,
      sourceClusterId: entry.sourceClusterId,
      targetClusterId: entry.targetClusterId,
      partitions: [],
      groups: placements,
    });
    // After the entry: an update that was killed before it reads these again to know where the groups were before.
    await restoreTarget(effects, entry).catch((error: unknown) =>
      // The next switch overwrites them.
      effects.log(`the groups' former offsets on the target could not be restored: ${text(error)}`),
    );
    return voided;
  } catch (error) {
    await unfence(effects.workloads, consumers).catch((failure: unknown) =>
      effects.log(`not started again: ${text(failure)}`),
    );
    throw new Error(
      `groups cannot go back to the source: ${text(error)}. The consumers run where they were; no phase ` +
        `before "${entry.row}" can be reached until that is fixed`,
      { cause: error },
    );
  }
}

async function placesOnSource(effects: SwitchEffects, entry: LedgerEntry): Promise<LedgerPlacement[]> {
  const committed = await effects.kafka.committed("target");
  const positions = entry.groups.map(({ group, topic, partition }): CommittedPosition => ({
    group,
    topic,
    partition,
    committed: committed.get(group)?.get(partitionName(topic, partition))?.offset ?? null,
  }));
  const found = await effects.kafka.place("to-source", positions);
  const refused = positions.flatMap(({ group }, index) => {
    const proof = found[index]!;
    return proof.kind === "exact" ? [] : [`group ${group}: ${proof.reason}`];
  });
  if (refused.length > 0) throw new Error(some(refused, "places"));
  return positions.flatMap(({ group, topic, partition, committed: at }, index) => {
    const proof = found[index]!;
    const committed = at?.toString() ?? null;
    return proof.kind === "exact" ? [{ group, topic, partition, committed, placed: proof.placed.toString() }] : [];
  });
}

/** Former offsets are restored, others are deleted. */
async function restoreTarget(effects: SwitchEffects, entry: LedgerEntry): Promise<void> {
  for (const [group, placed] of Map.groupBy(entry.groups, (each) => each.group)) {
    const former = placed.filter(({ before }) => before !== undefined);
    const none = placed.filter(({ before }) => before === undefined);
    if (former.length > 0) {
      const positions = former.map((each) => ({ ...each, offset: BigInt(each.before!) }));
      await effects.kafka.commit("target", group, positions);
    }
    if (none.length > 0) await effects.kafka.forget("target", group, none);
  }
  effects.log("the groups' former offsets on the target are restored");
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error));
