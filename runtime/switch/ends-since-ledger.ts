/** What was written since a ledger entry, partition by partition. */
import type { SideLogs } from "../brokers/kafka-port.ts";
import { partitionName } from "../brokers/partitions.ts";
import { holdsNothing, type Counted } from "../brokers/ranges.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import { Refused } from "../model/refused.ts";
import type { Scope } from "../model/scope.ts";
import type { SideName } from "../model/sides.ts";
import { some } from "../model/words.ts";
import { acceptedEnds } from "../placement/accepted-ends.ts";
import type { SwitchEffects } from "./ports.ts";

/** One partition whose ends differ from the ledger's. */
export interface Grown {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

/**
 * Partitions of one side that have grown since the entry. Throws a sentence if a partition has become shorter, is not
 * in the entry or is gone: then the entry is about another topic.
 */
export function grownSince(entry: LedgerEntry, side: SideName, logs: SideLogs): Grown[] {
  const clusterId = side === "source" ? entry.sourceClusterId : entry.targetClusterId;
  if (logs.clusterId !== clusterId) {
    throw new Refused(
      "other-cluster",
      `the ${side} is cluster ${logs.clusterId}, but ledger entry ${entry.number} was written for ` +
        `${clusterId}; correct the ${side}'s address in the config`,
    );
  }
  const grown: Grown[] = [];
  const known = new Set<string>();
  for (const { topic, partition, sourceEnd, targetEnd } of entry.partitions) {
    const name = partitionName(topic, partition);
    known.add(name);
    const from = BigInt(side === "source" ? sourceEnd : targetEnd);
    const to = logs.partitions.get(name)?.end;
    // A topic that has been removed from the config is no longer measured.
    if (to === undefined) continue;
    if (to < from) {
      throw new Refused(
        "shorter-than-entry",
        `${name} ends at ${to} on the ${side}, but at ${from} in ledger entry ${entry.number}: ` +
          `the topic was re-created since. Keep clients from writing to it and find out who re-created it; if what it held ` +
          `is not needed, list ${topic} under topics.ignore with the reason, then run pulumi up again`,
      );
    }
    if (to > from) grown.push({ topic, partition, from, to });
  }
  const unknown = [...logs.partitions.keys()].filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new Refused(
      "not-in-entry",
      `${some(unknown)} on the ${side} ${unknown.length === 1 ? "is" : "are"} not in ledger entry ${entry.number}; ` +
        `remove what was added after the switch from the config's topics, or migrate it separately`,
    );
  }
  return grown;
}

/** What the source has grown by since the entry, but for what the config accepts. */
export function unaccepted(scope: Pick<Scope, "stragglers">, entry: LedgerEntry, source: SideLogs): Grown[] {
  const accepted = acceptedEnds(scope);
  return grownSince(entry, "source", source).flatMap((grown) => {
    const to = accepted.get(partitionName(grown.topic, grown.partition)) ?? 0n;
    return grown.to > to ? [{ ...grown, from: to > grown.from ? to : grown.from }] : [];
  });
}

/** For example `orders[3] 120..131, orders[4] 7..8 and 5 more partitions`; `writers` are by `partitionName`, see `writersOf`. */
export function ranges(grown: readonly Grown[], writers: ReadonlyMap<string, string> = new Map()): string {
  return some(
    grown.map(({ topic, partition, from, to }) => {
      const name = partitionName(topic, partition);
      return `${name} ${from}..${to}${writers.get(name) ?? ""}`;
    }),
  );
}

/**
 * Those in which a record was written, or may have been: the first one found is enough. Markers of transactions that
 * ended late are no growth.
 */
export async function withRecords(
  effects: { readonly kafka: Pick<SwitchEffects["kafka"], "count"> },
  side: SideName,
  grown: readonly Grown[],
): Promise<Grown[]> {
  const counted = await effects.kafka.count(side, grown, "read_uncommitted", 1);
  return grown.filter((_, index) => !holdsNothing(counted[index]));
}

/**
 * Those that hold a committed record, or may: what an open transaction holds back counts, and what was removed before
 * anybody looked. Pure.
 */
export function holding(
  grown: readonly Grown[],
  { partitions }: Pick<SideLogs, "partitions">,
  committed: readonly (Counted | undefined)[],
): Grown[] {
  return grown.filter(({ topic, partition, to }, index) => {
    const stable = partitions.get(partitionName(topic, partition))?.stable ?? 0n;
    return stable < to || !holdsNothing(committed[index]);
  });
}

/** How many records each of the grown ranges holds, by `partitionName`; markers are not counted. */
export async function recordsWritten(
  effects: Pick<SwitchEffects, "kafka">,
  side: SideName,
  grown: readonly Grown[],
): Promise<ReadonlyMap<string, bigint>> {
  const counted = await effects.kafka.count(side, grown, "read_committed");
  return new Map(
    grown.map(({ topic, partition }, index) => [partitionName(topic, partition), BigInt(counted[index]!.records)]),
  );
}
