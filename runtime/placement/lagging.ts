/** Groups that move wherever they are, while the mirror continues to copy. */
import type { BothLogs, KafkaPort } from "../brokers/kafka-port.ts";
import { partitionName, type Position } from "../brokers/partitions.ts";
import type { PartitionLog } from "../brokers/positions.ts";
import type { SwitchInputs } from "../model/inputs.ts";
import { beginnings, readsPartition } from "../model/group-reads.ts";
import type { Pace } from "../model/pace.ts";
import type { CommittedPosition, Placement } from "../model/placement.ts";
import { Refused } from "../model/refused.ts";
import type { ScopeGroup } from "../model/scope.ts";
import { some, count } from "../model/words.ts";
import type { Placed } from "./commit.ts";

/** What placing does outside itself. */
interface Effects {
  readonly pace: Pace;
  readonly kafka: KafkaPort;
  log(line: string): void;
}

type Committed = ReadonlyMap<string, ReadonlyMap<string, Position>>;

/**
 * Every partition that the groups read, with their position; null if they never committed. A group that the config lets
 * begin at the end begins at that of `partitions`: read while it still ran, so that nothing written since is passed over.
 */
export function positionsOf(
  groups: readonly ScopeGroup[],
  committed: Committed,
  partitions: Iterable<PartitionLog>,
): CommittedPosition[] {
  const byTopic = Map.groupBy(partitions, ({ topic }) => topic);
  return groups.flatMap((group) =>
    group.topics.flatMap((topic) =>
      (byTopic.get(topic) ?? [])
        .filter(({ partition }) => readsPartition(group, topic, partition))
        .map((log) => positionIn(group, log, committed.get(group.name))),
    ),
  );
}

function positionIn(
  { name: group, unread, internal = [] }: ScopeGroup,
  { topic, partition, start, stable }: PartitionLog,
  committed: ReadonlyMap<string, Position> | undefined,
): CommittedPosition {
  const { offset = null, metadata = "" } = committed?.get(partitionName(topic, partition)) ?? {};
  // Nobody but the group reads its internal topics: without an offset it has read nothing of them.
  const beginning = internal.includes(topic) ? "earliest" : unread;
  // Where nothing is to be read it does not matter where the group begins.
  const begins = offset === null && start < stable ? beginning : undefined;
  return {
    group,
    topic,
    partition,
    committed: begins === "latest" ? stable : offset,
    ...(begins && { unread: begins }),
    ...(metadata !== "" && { metadata }),
  };
}

/** What a proof says about all groups together. */
export interface Placeable {
  readonly placements: readonly Placed[];
  /** Reasons why a group cannot be placed; empty when all can. */
  readonly refused: readonly string[];
  /** Reasons to ask again: the mirror has not yet copied what a group has read. */
  readonly behind: readonly string[];
}

/** Applies what the config allows: groups that are allowed to read again continue at MM2's own offset. Pure. */
export function placeable(
  groups: readonly ScopeGroup[],
  positions: readonly CommittedPosition[],
  found: readonly Placement[],
): Placeable {
  const repeating = new Set(groups.filter(({ allowRedelivery }) => allowRedelivery).map(({ name }) => name));
  const placements: Placed[] = [];
  const refused: string[] = [];
  const behind: string[] = [];
  positions.forEach(({ group, topic, partition, committed, unread, metadata }, index) => {
    const proof = found[index]!;
    // Where it begins is no offset of the group's.
    const offset = unread === undefined ? (committed?.toString() ?? null) : null;
    const at = {
      group,
      topic,
      partition,
      committed: offset,
      ...(unread && { unread }),
      ...(metadata !== undefined && { metadata }),
    };
    if (proof.kind === "behind") behind.push(`group ${group}: ${proof.reason}`);
    else if (proof.kind === "exact") placements.push({ ...at, placed: proof.placed.toString() });
    else if (repeating.has(group) && proof.translated !== null) {
      const { translated, repeats } = proof;
      placements.push({ ...at, placed: translated.toString(), ...(repeats !== null && { repeats }) });
    } else refused.push(`group ${group}: ${proof.reason}`);
  });
  return { placements, refused, behind };
}

/**
 * Where each group continues on the target, proved record by record. The logs are of before the consumers were stopped.
 * Waits and rejects as `placePositions` does.
 */
export async function placeLagging(
  effects: Effects,
  inputs: SwitchInputs,
  committed: Committed,
  { source }: BothLogs,
): Promise<Placed[]> {
  return placePositions(effects, inputs, positionsOf(inputs.scope.groups, committed, source.partitions.values()));
}

/**
 * Where groups at these positions continue on the target, proved record by record. Waits until the mirror has copied what
 * they have read, `drainSeconds` at most. Rejects with all groups for which nothing can be proved, each with its reason.
 */
export async function placePositions(
  effects: Effects,
  { scope, drainSeconds }: SwitchInputs,
  positions: readonly CommittedPosition[],
): Promise<Placed[]> {
  const begun = beginnings(positions.flatMap(({ group, unread }) => (unread ? [{ group, unread }] : [])));
  if (begun !== "") effects.log(begun);
  const until = effects.pace.now() + drainSeconds * 1000;
  for (;;) {
    const proofs = await effects.kafka.place("to-target", positions);
    const found = placeable(scope.groups, positions, proofs);
    if (found.refused.length > 0) throw new Refused("not-placeable", some(found.refused, "places"));
    if (found.behind.length === 0) {
      tellTranslated(effects, proofs);
      tellRepeats(effects, found.placements);
      return [...found.placements];
    }
    if (effects.pace.now() > until)
      throw new Refused("not-mirrored-in-time", `${some(found.behind, "places")} after ${drainSeconds} s`);
    await effects.pace.pause(1000);
  }
}

/** What exact placement saves at the moment of the switch; the preview's forecast was for groups that still moved. */
function tellTranslated({ log }: Pick<Effects, "log">, proofs: readonly Placement[]): void {
  for (const [group, found] of Map.groupBy(proofs, (each) => each.group)) {
    const repeats = found.reduce((total, each) => total + (each.repeats ?? 0), 0);
    const none = found.filter(({ translated }) => translated === null).length;
    const missing = none === 0 ? "" : ` and it has none for ${count(none, "partition")}`;
    log(`group ${group}: MirrorMaker 2's own offsets would repeat ${count(repeats, "record")}${missing}`);
  }
}

function tellRepeats({ log }: Pick<Effects, "log">, placements: readonly Placed[]): void {
  for (const [group, placed] of Map.groupBy(placements, (each) => each.group)) {
    const repeats = placed.reduce((total, each) => total + (each.repeats ?? 0), 0);
    if (repeats > 0)
      log(`group ${group} will read ${count(repeats, "record")} again, as groups.allowRedelivery allows`);
  }
}
