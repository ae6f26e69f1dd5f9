/** The way back of consumers: to their exact place on the source, by what the mirror has copied or by what came back. */
import { byTopic, partitionName } from "../brokers/partitions.ts";
import type { PartitionLog } from "../brokers/positions.ts";
import { entryInScope } from "../model/entry-in-scope.ts";
import { readsPartition } from "../model/group-reads.ts";
import type { BackPatience } from "../model/inputs.ts";
import type { LedgerEntry, LedgerPlacement } from "../model/ledger.ts";
import { messageOf } from "../model/message-of.ts";
import type { CommittedPosition, Placement } from "../model/placement.ts";
import { heldBack, keepers, type Held } from "../model/own-positions.ts";
import { Refused } from "../model/refused.ts";
import type { Scope, WorkloadRef } from "../model/scope.ts";
import { settleAll } from "../model/settle-all.ts";
import { some } from "../model/words.ts";
import { commitAndReadBack, type Placed } from "../placement/commit.ts";
import { heldSentence } from "../workloads/held.ts";
import { ofRole, roleOf } from "../workloads/workloads.ts";
import { exportPositions } from "./own-positions.ts";
import { paused } from "./paused.ts";
import type { SwitchEffects } from "./ports.ts";
import { restoreTarget } from "./restore-target.ts";
import { checkLedger, movedBy, tellPlacing, withoutMembers } from "./steps.ts";

/** What a way back of groups does besides. */
export interface Besides {
  /** Once they are stopped, before anything is placed: rejects if they must not go back. */
  readonly proved?: () => Promise<void>;
  /** Once the entry is void, before they are started. */
  readonly after?: () => Promise<void>;
  /** Whether what is written to a topic on the target comes back: a place on the source is that of a copy. @default none does */
  readonly viaBack?: (topic: string) => boolean;
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
  whole: LedgerEntry,
  row: string,
  patience: BackPatience,
  { proved, after, viaBack = () => false }: Besides = {},
): Promise<LedgerEntry> {
  const entry = entryInScope(whole, scope);
  const done: { entry?: LedgerEntry } = {};
  const consumers = ofRole(scope.workloads, roleOf[entry.switch]);
  const { holds, told } = holding(effects, scope, consumers);
  try {
    // Says by name which topic is gone there.
    await checkLedger(effects, scope, await effects.kafka.logs("source"));
    await effects.witness.ready(["source"], [...new Set(entry.groups.map(({ group }) => group))]);
    await tellPlacing(effects, "source", scope.groups.length);
    const returned = await paused(
      effects,
      consumers,
      { ...patience, after: "source" },
      async () => {
        await withoutMembers(effects, "target", patience.fenceSeconds, scope);
        await withoutMembers(effects, "source", patience.fenceSeconds, scope);
        await proved?.();
        const placements = await placesOnSource(effects, scope, entry, patience, viaBack);
        await placeOnSource(effects, placements);
        done.entry = await effects.ledger.append({
          ...movedBy({ what: entry.switch, ...(entry.wave !== undefined && { wave: entry.wave }), row }),
          voids: entry.number,
          voidOnly: true,
          sourceClusterId: entry.sourceClusterId,
          targetClusterId: entry.targetClusterId,
          partitions: [],
          groups: placements,
        });
        await forgetPlaces(effects, entry);
        await after?.();
        return done.entry;
      },
      holds,
    );
    await told();
    return returned;
  } catch (error) {
    if (done.entry) {
      throw new Error(
        `the groups are back on the source (ledger entry ${done.entry.number}), but the ${entry.switch} do not run there yet: ` +
          `${messageOf(error)}. Fix it, then run pulumi up again`,
        { cause: error },
      );
    }
    throw new Error(
      `groups cannot go back to the source: ${messageOf(error)}. The ${entry.switch} run where they were; no phase ` +
        `before "${entry.row}" can be reached until that is fixed`,
      { cause: error },
    );
  }
}

/**
 * Of consumers that keep their own positions: `holds` says, once the entry is written, which stay stopped until they have
 * got the new ones; `told`, once the others run, exports these and rejects with who waits for them.
 */
export function holding(effects: SwitchEffects, scope: Scope, stopped: readonly WorkloadRef[]) {
  const own = keepers(scope);
  let held: readonly Held[] = [];
  return {
    holds: async (): Promise<WorkloadRef[]> => {
      if (own.length > 0) held = heldBack(own, await effects.ledger.read(), Date.now());
      return stopped.filter(({ name }) => held.some(({ consumer }) => consumer.name === name));
    },
    told: async (): Promise<void> => {
      await exportPositions(effects, scope, held);
      const waiting = held.filter(({ consumer }) => stopped.some(({ name }) => name === consumer.name));
      if (waiting.length > 0) throw new Refused("positions-unapplied", heldSentence(scope, waiting));
    },
  };
}

/** Commits places on the source. */
export async function placeOnSource(effects: SwitchEffects, placements: readonly Placed[]): Promise<void> {
  if (placements.length === 0) return;
  await commitAndReadBack(effects, "source", placements);
  effects.log(`${placements.length} offsets placed on the source and read back by both clients`);
}

/**
 * Restores what the groups had on the target before an entry that is void. After the entry that says so: read again by an
 * update that was killed before it, these would say where the groups were before.
 */
export async function forgetPlaces(effects: SwitchEffects, entry: LedgerEntry): Promise<void> {
  if (entry.groups.length === 0) return;
  await restoreTarget(effects, entry).catch((error: unknown) =>
    // The next switch overwrites them.
    effects.log(`what the groups had on the target before could not be restored: ${messageOf(error)}`),
  );
}

/** A partition in which a group has a place. */
interface Placing {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Where the entry has placed it. @default it has not */
  readonly placed?: string;
  readonly unread?: LedgerPlacement["unread"];
}

/** Partitions that owners have added since the entry, and that hold records: the groups read them on the target as well. */
function partitionsSince(
  entry: LedgerEntry,
  { groups }: Pick<Scope, "groups">,
  logs: ReadonlyMap<string, PartitionLog>,
): Placing[] {
  const moved = Map.groupBy(entry.groups, ({ group }) => group);
  const byTopicName = byTopic([...logs.values()]);
  return groups.flatMap(({ name: group, topics, ...reads }) => {
    const placed = new Set(moved.get(group)?.map(({ topic, partition }) => partitionName(topic, partition)));
    return topics
      .filter((topic) => moved.get(group)?.some((place) => place.topic === topic))
      .flatMap((topic) => byTopicName.get(topic) ?? [])
      .filter(({ topic, partition, start, end }) => {
        const added = !placed.has(partitionName(topic, partition)) && start < end;
        return added && readsPartition(reads, topic, partition);
      })
      .map(({ topic, partition }) => ({ group, topic, partition }));
  });
}

/** Where the groups of an entry continue on the source; `viaBack` tells of a topic whether its records come back. */
export async function placesOnSource(
  effects: SwitchEffects,
  scope: Scope,
  entry: LedgerEntry,
  { drainSeconds }: Pick<BackPatience, "drainSeconds">,
  viaBack: (topic: string) => boolean,
): Promise<Placed[]> {
  const [committed, { partitions }] = await Promise.all([
    effects.kafka.committed("target"),
    effects.kafka.logs("target"),
  ]);
  const places: readonly Placing[] = [...entry.groups, ...partitionsSince(entry, scope, partitions)];
  const positions = places.map(({ group, topic, partition, placed, unread }: Placing): CommittedPosition => {
    const { offset = null, metadata = "" } = committed.get(group)?.get(partitionName(topic, partition)) ?? {};
    // A group that seldom commits may have lost what it was given: it is still where it began.
    const begun = unread === undefined || placed === undefined ? null : BigInt(placed);
    return { group, topic, partition, committed: offset ?? begun, ...(metadata !== "" && { metadata }) };
  });
  const [back, others] = [
    positions.filter(({ topic }) => viaBack(topic)),
    positions.filter(({ topic }) => !viaBack(topic)),
  ];
  const proofs = new Map<CommittedPosition, Placement>();
  const proving = async (
    asked: readonly CommittedPosition[],
    prove: (positions: readonly CommittedPosition[]) => Promise<Placement[]>,
  ): Promise<void> => {
    if (asked.length === 0) return;
    const found = await prove(asked);
    asked.forEach((position, index) => proofs.set(position, found[index]!));
  };
  await settleAll([
    proving(back, (of) => placedBack(effects, of, drainSeconds)),
    proving(others, (of) => effects.kafka.place("to-source", of)),
  ]);
  const found = positions.map((position) => proofs.get(position)!);
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
async function placedBack(
  effects: SwitchEffects,
  positions: readonly CommittedPosition[],
  drainSeconds: number,
): Promise<Placement[]> {
  const until = effects.pace.now() + drainSeconds * 1000;
  for (;;) {
    const found = await effects.back!.place(positions);
    const behind = positions.flatMap(({ group }, index) => {
      const proof = found[index]!;
      return proof.kind === "behind" ? [`group ${group}: ${proof.reason}`] : [];
    });
    if (behind.length === 0) return found;
    if (effects.pace.now() > until)
      throw new Refused("not-mirrored-in-time", `${some(behind, "places")} after ${drainSeconds} s`);
    await effects.pace.pause(1000);
  }
}
