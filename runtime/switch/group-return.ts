/** The way back of consumers that moved before the producers: to their exact place on the source. */
import { partitionName } from "../brokers/partitions.ts";
import type { LedgerEntry, LedgerPlacement } from "../model/ledger.ts";
import type { CommittedPosition } from "../model/placement.ts";
import { Refused } from "../model/refused.ts";
import type { Scope } from "../model/scope.ts";
import { some } from "../model/words.ts";
import { commitAndReadBack } from "../placement/commit.ts";
import { ofRole } from "../workloads/workloads.ts";
import { paused } from "./paused.ts";
import type { SwitchEffects } from "./ports.ts";
import { restoreTarget } from "./restore-target.ts";
import { withoutMembers } from "./steps.ts";

/** Seconds that pods have to stop, and groups to lose their members. */
const patience = { stopSeconds: 120, fenceSeconds: 60 };

/**
 * Stops the consumers, puts every group back to the source at the original of the first record that it has not read
 * on the target, and restores what stood on the target before the entry. Returns the entry that says so, with the
 * consumers running on the source. Rejects with the consumers running where they were, or, once the groups are placed,
 * with what keeps them from running on the source.
 */
export async function returnGroups(
  effects: SwitchEffects,
  scope: Scope,
  entry: LedgerEntry,
  row: string,
  startSeconds: number,
): Promise<LedgerEntry> {
  const done: { entry?: LedgerEntry } = {};
  const consumers = ofRole(scope.workloads, "consumer");
  try {
    await effects.witness.ready(["source"], [...new Set(entry.groups.map(({ group }) => group))]);
    return await paused(effects, consumers, { ...patience, startSeconds, after: "source" }, async () => {
      await withoutMembers(effects, "target", patience.fenceSeconds, scope);
      await withoutMembers(effects, "source", patience.fenceSeconds, scope);
      const placements = await placesOnSource(effects, entry);
      await commitAndReadBack(effects, "source", placements);
      effects.log(`${placements.length} offsets placed on the source and read back by both clients`);
      done.entry = await effects.ledger.append({
        switch: entry.switch,
        row,
        voids: entry.number,
        voidOnly: true,
        sourceClusterId: entry.sourceClusterId,
        targetClusterId: entry.targetClusterId,
        partitions: [],
        groups: placements,
      });
      // After the entry: read again by an update that was killed before it, these would say where the groups were before.
      await restoreTarget(effects, entry).catch((error: unknown) =>
        // The next switch overwrites them.
        effects.log(`what the groups had on the target before could not be restored: ${text(error)}`),
      );
      return done.entry;
    });
  } catch (error) {
    if (done.entry) {
      throw new Error(
        `the groups are back on the source (ledger entry ${done.entry.number}), but their consumers do not run there yet: ` +
          `${text(error)}. Fix it, then run pulumi up again`,
        { cause: error },
      );
    }
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
  if (refused.length > 0) throw new Refused("not-placeable", some(refused, "places"));
  return positions.flatMap(({ group, topic, partition, committed: at }, index) => {
    const proof = found[index]!;
    const committed = at?.toString() ?? null;
    return proof.kind === "exact" ? [{ group, topic, partition, committed, placed: proof.placed.toString() }] : [];
  });
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error));
