/** The way back of consumers: to their exact place on the source, by what the mirror has copied or by what came back. */
import { partitionName } from "../brokers/partitions.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import type { CommittedPosition, Placement } from "../model/placement.ts";
import { heldBack, keepers, type Held } from "../model/own-positions.ts";
import { Refused } from "../model/refused.ts";
import type { Scope, WorkloadRef } from "../model/scope.ts";
import { some } from "../model/words.ts";
import { commitAndReadBack, type Placed } from "../placement/commit.ts";
import { heldSentence } from "../workloads/held.ts";
import { ofRole, roleOf } from "../workloads/workloads.ts";
import { exportPositions } from "./own-positions.ts";
import { paused } from "./paused.ts";
import type { SwitchEffects } from "./ports.ts";
import { restoreTarget } from "./restore-target.ts";
import { movedBy, tellPlacing, withoutMembers } from "./steps.ts";

/** Seconds that pods have to stop, groups to lose their members, and the mirror back to copy what they have read. */
const patience = { stopSeconds: 120, fenceSeconds: 60, drainSeconds: 120 };

/** What a way back of applications does besides. */
export interface Besides {
  /** Once they are stopped, before anything is placed: rejects if they must not go back. */
  readonly proved?: () => Promise<void>;
  /** Once the entry is void, before they are started. */
  readonly after?: () => Promise<void>;
  /** Whether what producers write on the target comes back, so that a place on the source is that of a copy. @default false */
  readonly viaBack?: boolean;
}

/**
 * Stops the consumers, or whoever has moved with the entry, puts every group back to the source at the original of the
 * first record that it has not read on the target (or, once producers write there, at the copy that came back), and
 * restores what stood on the target before the entry. Returns the entry that says so, with the
 * consumers running on the source. Rejects with the consumers running where they were, or, once the groups are placed,
 * with what keeps them from running on the source.
 */
export async function returnGroups(
  effects: SwitchEffects,
  scope: Scope,
  entry: LedgerEntry,
  row: string,
  startSeconds: number,
  { proved, after, viaBack = false }: Besides = {},
): Promise<LedgerEntry> {
  const done: { entry?: LedgerEntry } = {};
  const consumers = ofRole(scope.workloads, roleOf[entry.switch]);
  const own = keepers(scope);
  let held: readonly Held[] = [];
  const holds = async (): Promise<WorkloadRef[]> => {
    if (own.length > 0) held = heldBack(own, await effects.ledger.read(), Date.now());
    return consumers.filter(({ name }) => held.some(({ consumer }) => consumer.name === name));
  };
  try {
    await effects.witness.ready(["source"], [...new Set(entry.groups.map(({ group }) => group))]);
    await tellPlacing(effects, "source", scope.groups.length);
    const returned = await paused(
      effects,
      consumers,
      { ...patience, startSeconds, after: "source" },
      async () => {
        await withoutMembers(effects, "target", patience.fenceSeconds, scope);
        await withoutMembers(effects, "source", patience.fenceSeconds, scope);
        await proved?.();
        const placements = await placesOnSource(effects, entry, viaBack);
        if (placements.length > 0) {
          await commitAndReadBack(effects, "source", placements);
          effects.log(`${placements.length} offsets placed on the source and read back by both clients`);
        }
        done.entry = await effects.ledger.append({
          ...movedBy({ what: entry.switch, ...(entry.wave !== undefined && { wave: entry.wave }), row }),
          voids: entry.number,
          voidOnly: true,
          sourceClusterId: entry.sourceClusterId,
          targetClusterId: entry.targetClusterId,
          partitions: [],
          groups: placements,
        });
        // After the entry: read again by an update that was killed before it, these would say where the groups were before.
        if (entry.groups.length > 0) {
          await restoreTarget(effects, entry).catch((error: unknown) =>
            // The next switch overwrites them.
            effects.log(`what the groups had on the target before could not be restored: ${text(error)}`),
          );
        }
        await after?.();
        return done.entry;
      },
      holds,
    );
    await exportPositions(effects, scope, held);
    const stopped = held.filter(({ consumer }) => consumers.some(({ name }) => name === consumer.name));
    if (stopped.length > 0) throw new Refused("positions-unapplied", heldSentence(scope, stopped));
    return returned;
  } catch (error) {
    if (done.entry) {
      throw new Error(
        `the groups are back on the source (ledger entry ${done.entry.number}), but the ${entry.switch} do not run there yet: ` +
          `${text(error)}. Fix it, then run pulumi up again`,
        { cause: error },
      );
    }
    throw new Error(
      `groups cannot go back to the source: ${text(error)}. The ${entry.switch} run where they were; no phase ` +
        `before "${entry.row}" can be reached until that is fixed`,
      { cause: error },
    );
  }
}

async function placesOnSource(effects: SwitchEffects, entry: LedgerEntry, viaBack: boolean): Promise<Placed[]> {
  const committed = await effects.kafka.committed("target");
  const positions = entry.groups.map(({ group, topic, partition, placed, unread }): CommittedPosition => {
    const { offset = null, metadata = "" } = committed.get(group)?.get(partitionName(topic, partition)) ?? {};
    // A group that seldom commits may have lost what it was given: it is still where it began.
    const begun = unread === undefined ? null : BigInt(placed);
    return { group, topic, partition, committed: offset ?? begun, ...(metadata !== "" && { metadata }) };
  });
  const found = await (viaBack ? placedBack(effects, positions) : effects.kafka.place("to-source", positions));
  const refused = positions.flatMap(({ group }, index) => {
    const proof = found[index]!;
    return proof.kind === "exact" ? [] : [`group ${group}: ${proof.reason}`];
  });
  if (refused.length > 0) throw new Refused("not-placeable", some(refused, "places"));
  return positions.flatMap(({ group, topic, partition, committed: at, metadata }, index) => {
    const proof = found[index]!;
    if (proof.kind !== "exact") return [];
    const place = { group, topic, partition, committed: at?.toString() ?? null, placed: proof.placed.toString() };
    return [metadata === undefined ? place : { ...place, metadata }];
  });
}

/** Waits until the mirror back has copied what the groups have read. */
async function placedBack(effects: SwitchEffects, positions: readonly CommittedPosition[]): Promise<Placement[]> {
  const until = effects.pace.now() + patience.drainSeconds * 1000;
  for (;;) {
    const found = await effects.back!.place(positions);
    const behind = positions.flatMap(({ group }, index) => {
      const proof = found[index]!;
      return proof.kind === "behind" ? [`group ${group}: ${proof.reason}`] : [];
    });
    if (behind.length === 0) return found;
    if (effects.pace.now() > until)
      throw new Refused("not-mirrored-in-time", `${some(behind, "places")} after ${patience.drainSeconds} s`);
    await effects.pace.pause(1000);
  }
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error));
