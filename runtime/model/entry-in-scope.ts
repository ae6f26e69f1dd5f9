import { liveEntry } from "./ledger-text.ts";
import type { LedgerEntry } from "./ledger.ts";
import type { Scope } from "./scope.ts";

/**
 * What of an entry is still the migration's: topics and groups that the config has left out since are their owners' alone, and
 * nothing waits for them. Pure.
 */
export function entryInScope(entry: LedgerEntry, { topics, groups }: Pick<Scope, "topics" | "groups">): LedgerEntry {
  const kept = new Set(topics);
  const reads = new Map(groups.map((group) => [group.name, new Set(group.topics)]));
  return {
    ...entry,
    partitions: entry.partitions.filter(({ topic }) => kept.has(topic)),
    groups: entry.groups.filter(({ group, topic }) => reads.get(group)?.has(topic)),
  };
}

/** The entry that holds of a scope's move, as far as it is still the migration's. Pure. */
export function liveInScope(
  entries: readonly LedgerEntry[],
  what: LedgerEntry["switch"],
  scope: Scope,
): LedgerEntry | null {
  const live = liveEntry(entries, what, scope);
  return live && entryInScope(live, scope);
}
