/** Where groups have read since a ledger entry placed them. */
import { partitionName } from "../brokers/partitions.ts";
import type { Position } from "../brokers/positions.ts";
import { outside, outsideRemedy } from "../model/group-reads.ts";
import type { LedgerEntry, LedgerPlacement } from "../model/ledger.ts";
import { Refused } from "../model/refused.ts";
import type { ScopeGroup } from "../model/scope.ts";
import type { SideName } from "../model/sides.ts";
import { some } from "../model/words.ts";
import type { SwitchEffects } from "./ports.ts";

/** Offsets of groups, by `partitionName`. */
export type Committed = ReadonlyMap<string, ReadonlyMap<string, Position>>;

/** Whether all that was read since was read on one side. */
export const readOn = (from: ReadonlyMap<string, Reading>, side: SideName): boolean => {
  const sides = new Set([...from.values()].filter((one) => one !== "neither"));
  return sides.size === 1 && sides.has(side);
};

/** A group that has read a partition which the config leaves out would lose its place there. */
export function refuseOutside(groups: readonly ScopeGroup[], committed: Committed): void {
  const found = groups.flatMap((group) => outside(group, committed.get(group.name)));
  if (found.length > 0) throw new Refused("partition-not-its-own", `${some(found, "groups")}; ${outsideRemedy}`);
}

export type Reading = SideName | "neither";

/**
 * Where each group has read since the entry. Rejects if one has on both sides, or was rewound on the target: of these,
 * and of no other, somebody must say where they go on.
 */
export async function readingFrom(effects: SwitchEffects, entry: LedgerEntry): Promise<ReadonlyMap<string, Reading>> {
  const { kafka } = effects;
  const [onSource, onTarget, states] = await Promise.all([
    kafka.committed("source"),
    kafka.committed("target"),
    kafka.groupStates("target"),
  ]);
  const at = (all: Committed, { group, topic, partition }: LedgerPlacement): string | null =>
    all.get(group)?.get(partitionName(topic, partition))?.offset.toString() ?? null;
  const named = ({ group, topic, partition }: LedgerPlacement) =>
    `group ${group} at ${partitionName(topic, partition)}`;
  const found = new Map<string, Reading>();
  const rewound: string[] = [];
  const both: string[] = [];
  for (const [group, placements] of Map.groupBy(entry.groups, (placed) => placed.group)) {
    // An offset that is gone from the source has expired there: nobody has read since.
    const source = placements.filter((placed) => ![placed.committed, null].includes(at(onSource, placed)));
    const target = placements.filter((placed) => at(onTarget, placed) !== placed.placed);
    const active = (states.get(group)?.members.length ?? 0) > 0;
    const behind = target.filter((placed) => BigInt(at(onTarget, placed) ?? "-1") < BigInt(placed.placed));
    const rewoundHere = new Set(behind);
    if (behind.length > 0 && active) {
      rewound.push(
        ...behind.map((placed) => `${named(placed)} ${at(onTarget, placed) ?? "nothing"} (placed ${placed.placed})`),
      );
    }
    const readOnTarget = active || target.some((placed) => !rewoundHere.has(placed));
    if (readOnTarget && source.length > 0) {
      const there = target.map(
        (placed) => `${partitionName(placed.topic, placed.partition)} ${placed.placed}..${at(onTarget, placed)}`,
      );
      both.push(
        `${some(
          source.map((placed) => `${named(placed)} ${placed.committed ?? "nothing"}..${at(onSource, placed)}`),
          "offsets",
        )} on the source, ${some(there, "offsets") || "active members"} on the target`,
      );
    }
    // Offsets that have gone from the target are placed again by a new entry.
    found.set(group, readOnTarget ? "target" : source.length > 0 || behind.length > 0 ? "source" : "neither");
  }
  if (rewound.length > 0) {
    throw new Refused(
      "rewound",
      `groups read on the target with offsets before those that ledger entry ${entry.number} placed: ` +
        `${some(rewound, "offsets")}; another client has rewound them: stop these consumers and set the offsets right, ` +
        `or leave them and go on reading what they read again`,
    );
  }
  if (both.length > 0) {
    throw new Refused(
      "read-on-both-sides",
      `groups were read on both sides since ledger entry ${entry.number}: ${some(both, "groups")}. Stop the consumers that ` +
        `read from the source, then set the source's offsets of these groups back to those of the entry and run pulumi up again`,
    );
  }
  return found;
}
