/** Moves applications of any role: stopped together, their topics closed, their groups placed, one entry for both. */
import type { BothLogs, SideLogs } from "../brokers/kafka-port.ts";
import { partitionName } from "../brokers/partitions.ts";
import type { PartitionLog } from "../brokers/positions.ts";
import { holdsNothing } from "../brokers/ranges.ts";
import type { SwitchInputs } from "../model/inputs.ts";
import { liveInScope } from "../model/entry-in-scope.ts";
import type { LedgerEntry, LedgerPartition, LedgerPlacement } from "../model/ledger.ts";
import type { CommittedPosition } from "../model/placement.ts";
import type { Scope, WorkloadRef } from "../model/scope.ts";
import { settleAll } from "../model/settle-all.ts";
import type { SideName } from "../model/sides.ts";
import { closedTopics, soleTopics, staysOpen } from "../model/waves.ts";
import { count, some } from "../model/words.ts";
import { commitAndReadBack, withBefore, type Placed } from "../placement/commit.ts";
import { placePositions, positionsOf } from "../placement/lagging.ts";
import { fence, ofRole } from "../workloads/workloads.ts";
import { closedEnds, comparedWith, copiedSoFar, stopClosing } from "./closing.ts";
import { groupSyncOff } from "./group-sync.ts";
import { moved } from "./move.ts";
import type { SwitchEffects } from "./ports.ts";
import { readingFrom, refuseOutside, type Reading } from "./reading-since.ts";
import { firstPass, lastPass, openForProducers, opensRegistry } from "./schemas.ts";
import {
  checkStoppable,
  firstReadings,
  ledgerPartitions,
  movedBy,
  newUndo,
  stillLogs,
  tellPlacing,
  withoutMembers,
  type Undo,
} from "./steps.ts";

/**
 * Moves the applications of the scope, everybody's or one wave's: afterwards the topics whose last writers they are have
 * closed, with their connectors stopped and both ends in the ledger, every (group, partition) has an offset on the
 * target in the same entry, and all of them run there; or everything is as it was and the promise rejects with the
 * reason; once the first was started at the target it rejects with what is left to do there. Applications outside the
 * scope and the connectors of other topics are left alone. May be called again at any point; an entry that still holds
 * is returned as it is.
 */
export async function switchApplications(effects: SwitchEffects, inputs: SwitchInputs): Promise<LedgerEntry> {
  const undo = newUndo();
  return moved(effects, inputs, undo, () => attempt(effects, inputs, undo));
}

async function attempt(effects: SwitchEffects, inputs: SwitchInputs, undo: Undo): Promise<LedgerEntry> {
  const { scope } = inputs;
  const applications = ofRole(scope.workloads, "application");
  const live = (all: readonly LedgerEntry[]) => liveInScope(all, "applications", scope);
  const [{ entries, logs }] = await settleAll([
    firstReadings(effects, scope, undo, applications, live),
    groupSyncOff(effects, inputs),
  ]);
  const { earlier } = undo;
  const closing = closingEffects(effects, scope);
  if (earlier !== null) {
    const since = await goneOn(closing, inputs, earlier, closingLogs(logs, scope), undo);
    if (!since.onSource && (since.onTarget || (await runAtTarget(effects, undo, applications)))) {
      effects.log(`ledger entry ${earlier.number} holds: the applications run at the target already`);
      undo.forward = true;
      return earlier;
    }
  }
  undo.known = "side";

  // Once writers of another wave have moved, schemas are registered at the target already.
  const schemas = opensRegistry(scope, entries) ? (undo.schemas = { sealed: false, again: false }) : null;
  await settleAll([
    rehearsed(effects, inputs, applications),
    effects.witness.ready(
      ["source", "target"],
      scope.groups.map(({ name }) => name),
    ),
    tellPlacing(effects, "target", scope.groups.length),
  ]);
  if (schemas !== null) await firstPass(effects, earlier !== null);
  undo.fenced = applications;
  await fence(effects.workloads, applications, inputs.stopSeconds, effects.pace);
  effects.log(`${count(applications.length, "workload")} at 0 pods`);
  const still = await stopped(effects, closing, inputs);
  if (schemas !== null) await lastPass(effects, schemas, earlier !== null);

  let kept: readonly LedgerPlacement[] = [];
  let ends: readonly LedgerPartition[] | null = null;
  if (earlier !== null) {
    const now = { source: still, target: await stillLogs(closing, "target", inputs.fenceSeconds, scope) };
    const since = await goneOn(closing, inputs, earlier, now, undo);
    // What was written or read at the target is not undone any more.
    undo.forward = since.onTarget;
    if (!since.onSource) {
      await stopClosing(effects, scope, undo);
      if (schemas !== null) await openForProducers(effects);
      effects.log(`ledger entry ${earlier.number} holds: nothing was written to the source or read there since`);
      return earlier;
    }
    kept = earlier.groups.filter(({ group }) => since.read.get(group) === "target");
    if (since.written !== "source") ends = earlier.partitions;
    const again = [...since.read].filter(([, side]) => side === "source").map(([group]) => group);
    const why = [ends === null ? "the source grew" : "", again.length > 0 ? `${some(again, "groups")} read there` : ""];
    effects.log(`ledger entry ${earlier.number} is void: ${why.filter(Boolean).join(", ")} since`);
  }

  const stays = new Set(kept.map(({ group }) => group));
  const groups = scope.groups.filter(({ name }) => !stays.has(name));
  const committed = await effects.kafka.committed("source");
  refuseOutside(groups, committed);
  const former = await effects.kafka.committed("target");
  const positions = positionsOf(groups, committed, logs.source.partitions.values());
  const [drained, lagging] = await byDrained(effects, positions, still, scope);
  const known = ends;
  const closed: Promise<readonly LedgerPartition[]> =
    known === null
      ? endsOf(effects, closing, inputs, undo, still)
      : stopClosing(effects, scope, undo).then(() => known);
  // Each waits for the mirror; together the pause is the longest of them.
  const [partitions, placed] = await settleAll([
    closed,
    placePositions(effects, inputs, lagging),
    copiedSoFar(restricted(effects, staysOpen(scope)), inputs),
  ]);
  const placements = withBefore([...placed, ...atEnd(drained, partitions)], former);
  if (placements.length > 0) {
    await groupSyncOff(effects, inputs);
    await effects.pace.pause(0);
    await commitAndReadBack(effects, "target", placements);
    effects.log(`${count(placements.length, "offset")} placed on the target and read back by both clients`);
  }
  await effects.pace.pause(0);
  if (schemas !== null) await openForProducers(effects);
  const entry = await effects.ledger.append({
    ...movedBy(inputs),
    voids: earlier?.number ?? null,
    sourceClusterId: logs.source.clusterId,
    targetClusterId: logs.target.clusterId,
    partitions,
    groups: [...kept, ...placements],
  });
  effects.log(
    `ledger entry ${entry.number} written: ${count(partitions.length, "partition")}, ${count(placements.length, "offset")}`,
  );
  return entry;
}

/** What would be refused later is refused while everybody works. */
async function rehearsed(effects: SwitchEffects, { starts }: SwitchInputs, applications: readonly WorkloadRef[]) {
  await checkStoppable(effects, applications);
  if (starts) await effects.addresses.rehearse(applications, "target");
}

/** Nobody writes to what closes, and nobody is a member of a group that moves. Returns the source's ends. */
async function stopped(effects: SwitchEffects, closing: SwitchEffects, inputs: SwitchInputs): Promise<SideLogs> {
  const { scope, fenceSeconds } = inputs;
  const closes = closedTopics(scope).length > 0;
  const [still] = await settleAll([
    closes ? stillLogs(closing, "source", fenceSeconds, scope) : closing.kafka.logs("source"),
    withoutMembers(effects, "source", fenceSeconds, scope),
    withoutMembers(effects, "target", fenceSeconds, scope),
  ]);
  if (closes) effects.log(`the source's ends no longer grow in ${count(still.partitions.size, "partition")}`);
  return still;
}

/** Ends of both sides as the entry keeps them. Where others write at the target already, its end is the one of now. */
async function endsOf(
  effects: SwitchEffects,
  closing: SwitchEffects,
  inputs: SwitchInputs,
  undo: Undo,
  still: SideLogs,
): Promise<readonly LedgerPartition[]> {
  if (still.partitions.size === 0) return [];
  const { source, target } = await closedEnds(closing, inputs, undo, still);
  const rest = target.partitions.size < source.partitions.size ? await effects.kafka.logs("target") : target;
  const partitions = new Map([...rest.partitions, ...target.partitions]);
  return ledgerPartitions({ source, target: { ...target, partitions } });
}

/** Where the scope's writers and readers have gone on since an entry. */
interface Since {
  readonly written: Reading;
  readonly read: ReadonlyMap<string, Reading>;
  readonly onSource: boolean;
  readonly onTarget: boolean;
}

async function goneOn(
  closing: SwitchEffects,
  inputs: SwitchInputs,
  entry: LedgerEntry,
  logs: BothLogs,
  undo: Undo,
): Promise<Since> {
  const closes = closedTopics(inputs.scope).length > 0;
  const written = closes ? await comparedWith(closing, inputs, entry, logs, undo) : "neither";
  const read = await readingFrom(closing, entry);
  const on = (side: SideName) => written === side || [...read.values()].includes(side);
  return { written, read, onSource: on("source"), onTarget: on("target") };
}

/** Whether all run with the target's values although nothing tells of it: they have nothing to read, or write where others do. */
async function runAtTarget(effects: SwitchEffects, { fenced }: Undo, applications: readonly WorkloadRef[]) {
  return fenced.length === 0 && (await effects.addresses.astray(applications, "target")).length === 0;
}

/** Topics that close, as effects see them: on the target without those that others write to there already. */
const closingEffects = (effects: SwitchEffects, scope: Scope): SwitchEffects =>
  restricted(effects, closedTopics(scope), soleTopics(scope));

const closingLogs = ({ source, target }: BothLogs, scope: Scope): BothLogs => ({
  source: within(source, closedTopics(scope)),
  target: within(target, soleTopics(scope)),
});

/** The same effects, which see these topics' logs and no others. */
export function restricted(
  effects: SwitchEffects,
  source: readonly string[],
  target: readonly string[] = source,
): SwitchEffects {
  const logs = async (side: SideName) => within(await effects.kafka.logs(side), side === "source" ? source : target);
  return { ...effects, kafka: { ...effects.kafka, logs } };
}

function within({ clusterId, partitions }: SideLogs, topics: readonly string[]): SideLogs {
  const among = new Set(topics);
  return { clusterId, partitions: new Map([...partitions].filter(([, { topic }]) => among.has(topic))) };
}

/** Positions with nothing left to read in a topic that closes, and the others. */
async function byDrained(
  effects: SwitchEffects,
  positions: readonly CommittedPosition[],
  { partitions }: SideLogs,
  scope: Scope,
): Promise<readonly [drained: readonly CommittedPosition[], lagging: readonly CommittedPosition[]]> {
  const sole = new Set(soleTopics(scope));
  const readIn = ({ topic, partition, committed, unread }: CommittedPosition): PartitionLog | undefined => {
    const log = sole.has(topic) ? partitions.get(partitionName(topic, partition)) : undefined;
    return committed === null || unread !== undefined || committed > (log?.end ?? 0n) ? undefined : log;
  };
  const candidates = positions.filter((position) => readIn(position) !== undefined);
  const counted = await effects.kafka.count(
    "source",
    candidates.map((position) => {
      const { topic, partition, end } = readIn(position)!;
      return { topic, partition, from: position.committed!, to: end };
    }),
    "read_committed",
    1,
  );
  const drained = new Set(candidates.filter((_, index) => holdsNothing(counted[index])));
  return [[...drained], positions.filter((position) => !drained.has(position))];
}

/** Whoever has read all goes on at the target's end, whatever the records before it are. */
function atEnd(positions: readonly CommittedPosition[], ends: readonly LedgerPartition[]): Placed[] {
  const byName = new Map(ends.map((each) => [partitionName(each.topic, each.partition), each.targetEnd]));
  return positions.map(({ group, topic, partition, committed, metadata }) => ({
    group,
    topic,
    partition,
    committed: committed!.toString(),
    placed: byName.get(partitionName(topic, partition))!,
    ...(metadata !== undefined && { metadata }),
  }));
}
