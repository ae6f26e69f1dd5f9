/** Moves the point of reading: consumers stopped, offsets proved and placed on the target, and recorded. */
import type { BothLogs } from "../brokers/kafka-port.ts";
import { byTopic, partitionName } from "../brokers/partitions.ts";
import { holdsNothing } from "../brokers/ranges.ts";
import { beginnings, readsPartition } from "../model/group-reads.ts";
import type { SwitchInputs } from "../model/inputs.ts";
import { liveInScope } from "../model/entry-in-scope.ts";
import { liveEntry } from "../model/ledger-text.ts";
import type { LedgerEntry, LedgerPlacement } from "../model/ledger.ts";
import { Refused } from "../model/refused.ts";
import { some } from "../model/words.ts";
import { acceptRemedy, endsToRead } from "../placement/accepted-ends.ts";
import { commitAndReadBack, withBefore, type Placed } from "../placement/commit.ts";
import { placeDrained } from "../placement/drained.ts";
import { placeLagging } from "../placement/lagging.ts";
import { fence, ofRole } from "../workloads/workloads.ts";
import { groupSyncOff } from "./group-sync.ts";
import { moved } from "./move.ts";
import type { SwitchEffects } from "./ports.ts";
import { readingFrom, readOn, refuseOutside, type Committed } from "./reading-since.ts";
import {
  checkBefore,
  checkStoppable,
  firstReadings,
  newUndo,
  tellPlacing,
  withoutMembers,
  type Undo,
} from "./steps.ts";

/** Consumers wait while a failed proof is counted: above so many records the sentence says `more than`. */
const worthCounting = 1_000_000;

/**
 * Switches the consumers: afterwards every (group, partition) has an offset on the target, the ledger has an entry with
 * them and the consumers run there, or everything is as it was and the promise rejects with the reason; once the first
 * was started at the target it rejects with what is left to do there. Consumers that keep their own positions stay
 * stopped, under an entry that holds, until the config says that they have got the new ones: it rejects with that. Groups whose
 * twins read the target already get no offset; it is only proved that they have read the source to its end. May be
 * called again at any point; an entry that still holds is returned as it is.
 */
export async function switchConsumers(effects: SwitchEffects, inputs: SwitchInputs): Promise<LedgerEntry> {
  const undo = newUndo();
  return moved(effects, inputs, undo, () => attempt(effects, inputs, undo));
}

async function attempt(effects: SwitchEffects, inputs: SwitchInputs, undo: Undo): Promise<LedgerEntry> {
  const { scope } = inputs;
  const consumers = ofRole(scope.workloads, "consumer");
  const live = (all: readonly LedgerEntry[]) => liveInScope(all, "consumers", scope);
  const { entries, logs: before } = await firstReadings(effects, scope, undo, consumers, live);
  const producers = liveEntry(entries, "producers");
  if (producers === null && inputs.offsets !== "exact") {
    throw new Refused(
      "no-producers-entry",
      `the ledger has no entry for the producers' switch; bring the stack to that phase first`,
    );
  }
  await groupSyncOff(effects, inputs);
  const { earlier } = undo;
  const since = earlier === null ? null : await readingFrom(effects, earlier);
  undo.known = "side";
  if (earlier !== null && since !== null && readOn(since, "target")) {
    effects.log(`ledger entry ${earlier.number} holds: the groups read from the target already`);
    undo.forward = true;
    return earlier;
  }

  await checkStoppable(effects, consumers);
  if (inputs.starts) await effects.addresses.rehearse(consumers, "target");
  if (inputs.offsets !== "kept") {
    await effects.witness.ready(
      ["target"],
      scope.groups.map(({ name }) => name),
    );
  }
  if (inputs.offsets !== "kept") await tellPlacing(effects, "target", scope.groups.length);
  undo.fenced = consumers;
  await fence(effects.workloads, consumers, inputs.stopSeconds, effects.pace);
  effects.log(`${consumers.length} workloads at 0 pods`);
  await withoutMembers(effects, "source", inputs.fenceSeconds, scope);
  // Twins are members there and stay.
  if (inputs.offsets !== "kept") await withoutMembers(effects, "target", inputs.fenceSeconds, scope);

  let kept: readonly LedgerPlacement[] = [];
  if (earlier !== null) {
    const from = await readingFrom(effects, earlier);
    // What has been read at the target is not undone any more.
    undo.forward = [...from.values()].includes("target");
    if (![...from.values()].includes("source") && earlier.number > (producers?.number ?? 0)) {
      effects.log(
        `ledger entry ${earlier.number} holds: ${undo.forward ? "read on the target" : "nothing read"} since`,
      );
      return earlier;
    }
    kept = earlier.groups.filter(({ group }) => from.get(group) === "target");
    const again = [...from].filter(([, side]) => side === "source").map(([group]) => group);
    effects.log(`ledger entry ${earlier.number} is void: ${some(again, "groups")} read from the source since`);
  }

  const stays = new Set(kept.map(({ group }) => group));
  const moving = scope.groups.filter(({ name }) => !stays.has(name));
  const { placements, logs } = await placementsOf(
    effects,
    { ...inputs, scope: { ...scope, groups: moving } },
    producers,
    before,
  );
  if (placements.length > 0) {
    await groupSyncOff(effects, inputs);
    await effects.pace.pause(0);
    await commitAndReadBack(effects, "target", placements);
    effects.log(`${placements.length} offsets placed on the target and read back by both clients`);
  }
  await effects.pace.pause(0);
  const entry = await effects.ledger.append({
    switch: "consumers",
    row: inputs.row,
    voids: earlier?.number ?? null,
    sourceClusterId: logs.source.clusterId,
    targetClusterId: logs.target.clusterId,
    partitions: [],
    groups: [...kept, ...placements],
  });
  effects.log(`ledger entry ${entry.number} written: ${placements.length} offsets`);
  return entry;
}

/** Where each group goes on, proved; `running` are the logs from before the consumers were stopped. */
async function placementsOf(
  effects: SwitchEffects,
  inputs: SwitchInputs,
  producers: LedgerEntry | null,
  running: BothLogs,
): Promise<{ placements: readonly Placed[]; logs: BothLogs }> {
  const { scope } = inputs;
  const committed = await effects.kafka.committed("source");
  refuseOutside(scope.groups, committed);
  const logs = await checkBefore(effects, scope);
  const before = await effects.kafka.committed("target");
  if (producers === null) {
    const placements = await placeLagging(effects, inputs, committed, running);
    return { placements: withBefore(placements, before), logs };
  }
  await provedDrained(effects, inputs, producers, committed, logs);
  effects.log(`${scope.groups.length} groups have read the source to its end`);
  if (inputs.offsets === "kept") return { placements: [], logs };
  const drained = placeDrained(scope.groups, producers, committed, logs);
  const begun = beginnings(drained.flatMap(({ group, unread }) => (unread ? [{ group, unread }] : [])));
  if (begun !== "") effects.log(begun);
  return { placements: withBefore(drained, before), logs };
}

/** Proves that every group has read every record of the source up to the producers' entry. */
async function provedDrained(
  effects: SwitchEffects,
  { scope }: SwitchInputs,
  producers: LedgerEntry,
  committed: Committed,
  { source }: BothLogs,
): Promise<void> {
  const beyond: { group: string; topic: string; partition: number; from: bigint; to: bigint }[] = [];
  const ends = endsToRead(scope, producers);
  const open: { group: string; topic: string; partition: number; from: bigint; to: bigint; at: bigint | null }[] = [];
  const closed = byTopic(producers.partitions);
  for (const { name: group, topics, unread, ...reads } of scope.groups) {
    for (const { topic, partition } of topics.flatMap((each) => closed.get(each) ?? [])) {
      if (!readsPartition(reads, topic, partition)) continue;
      const name = partitionName(topic, partition);
      const at = committed.get(group)?.get(name)?.offset ?? null;
      // Where it begins on the target is said, so there is nothing that it has to read here.
      if (at === null && unread !== undefined) continue;
      const to = ends.get(name)!;
      if (at !== null && at > to) beyond.push({ group, topic, partition, from: to, to: at });
      const from = at ?? source.partitions.get(name)?.start ?? 0n;
      if (from < to) open.push({ group, topic, partition, from, to, at });
    }
  }
  // A consumer's position passes markers that came after the entry, which are nothing to read.
  const after = await effects.kafka.count("source", beyond, "read_uncommitted", 1);
  const read = beyond.filter((_, index) => !holdsNothing(after[index]));
  if (read.length > 0) {
    const names = read.map(
      ({ group, topic, partition, from, to }) =>
        `group ${group} has read ${partitionName(topic, partition)} up to ${to}, but the entry ends at ${from}`,
    );
    throw new Refused(
      "read-past-entry",
      `${some(names)}: the source was written to after the producers' switch (ledger entry ${producers.number}); ` +
        `${acceptRemedy}, then run pulumi up again`,
    );
  }
  // A consumer's committed offset stops before a trailing commit marker: only records count.
  const counted = await effects.kafka.count("source", open, "read_committed", worthCounting);
  const behind = open
    .map((each, index) => ({ ...each, ...counted[index]! }))
    .filter(({ records, exact }) => records > 0 || !exact)
    .sort((a, b) => b.records - a.records)
    .map(({ group, topic, partition, records, exact, at }) => {
      const number = `${exact ? "" : "more than "}${records}`;
      const left = `${number} record${records === 1 ? "" : "s"} left to read, 0 allowed`;
      return `group ${group} has ${left} in ${partitionName(topic, partition)}${at === null ? " (never committed)" : ""}`;
    });
  if (behind.length === 0) return;
  throw new Refused(
    "group-behind",
    `${some(behind)}; let its consumers read on the source, as groups-drained waits for, then run pulumi up again`,
  );
}
