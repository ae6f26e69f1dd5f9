/** Records on the source from after the switch: read there by groups that have not moved, copied for those that have. */
import { partitionName } from "../brokers/partitions.ts";
import { liveEntry } from "../model/ledger-text.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import type { Scope } from "../model/scope.ts";
import { copiedOffsets, resumeMirror, stopMirror } from "./mirror-drain.ts";
import type { SwitchEffects } from "./ports.ts";

/** Seconds in which the mirror must have copied them. */
const copySeconds = 120;

/** What no group has read on the source. */
export interface Unread {
  readonly topic: string;
  readonly partition: number;
  /** First offset that no group has read. */
  readonly from: bigint;
  readonly to: bigint;
}

/**
 * Accepted records that the groups will never read on the source, because they have moved: what comes after the end
 * that they had read to, or, for groups that moved first, after the producers' end. Pure.
 */
export function unreadStragglers(scope: Scope, entries: readonly LedgerEntry[]): Unread[] {
  const [producers, consumers] = [liveEntry(entries, "producers"), liveEntry(entries, "consumers")];
  if (scope.mirror === null || producers === null || consumers === null) return [];
  const drained = consumers.number > producers.number;
  return (scope.stragglers ?? []).flatMap(({ topic, partition, to }) => {
    const end = producers.partitions.find((each) => each.topic === topic && each.partition === partition)?.sourceEnd;
    const read = consumers.groups
      .filter((each) => drained && each.topic === topic && each.partition === partition)
      .map(({ committed }) => BigInt(committed ?? end ?? 0));
    const from = [BigInt(end ?? 0), ...(read.length > 0 ? [read.reduce((a, b) => (a < b ? a : b))] : [])].reduce(
      (a, b) => (a > b ? a : b),
    );
    return from < BigInt(to) ? [{ topic, partition, from, to: BigInt(to) }] : [];
  });
}

/** Which of them the mirror has not copied yet. */
export async function uncopied(
  effects: { readonly connect: Pick<SwitchEffects["connect"], "offsets"> },
  scope: Scope,
  entries: readonly LedgerEntry[],
): Promise<Unread[]> {
  const unread = unreadStragglers(scope, entries);
  if (scope.mirror === null || unread.length === 0) return [];
  const copied = await copiedOffsets(effects, scope.mirror, "stable");
  return unread.filter(({ topic, partition, to }) => (copied.get(partitionName(topic, partition)) ?? -1n) + 1n < to);
}

/**
 * Lets the stopped mirror copy what no group has read, exactly once, and stops it again. What groups have read on the
 * source is skipped, so that no group reads it twice. Does nothing if all is copied. Can be called again.
 */
export async function copyStragglers(
  effects: SwitchEffects,
  scope: Scope,
  entries: readonly LedgerEntry[],
): Promise<void> {
  const { mirror } = scope;
  const left = await uncopied(effects, scope, entries);
  if (mirror === null || left.length === 0) return;
  await stopMirror(effects, mirror);
  const copied = await copiedOffsets(effects, mirror, "end");
  const passed = left.filter(
    ({ topic, partition, from }) => (copied.get(partitionName(topic, partition)) ?? -1n) + 1n < from,
  );
  for (const connector of mirror.sourceConnectors) {
    if (passed.length === 0) break;
    const offsets = passed.map(({ topic, partition, from }) => ({
      cluster: mirror.sourceAlias,
      topic,
      partition,
      offset: from - 1n,
    }));
    await effects.connect.setOffsets(connector, offsets);
  }
  await resumeMirror(effects, mirror.sourceConnectors, effects.pace);
  const until = effects.pace.now() + copySeconds * 1000;
  try {
    for (let rest = left; rest.length > 0; rest = await uncopied(effects, scope, entries)) {
      if (effects.pace.now() > until) {
        const names = rest.map(({ topic, partition }) => partitionName(topic, partition)).join(", ");
        throw new Error(
          `the mirror has not copied the stragglers of ${names} within ${copySeconds} s; see Connect's logs`,
        );
      }
      await effects.pace.pause(1000);
    }
  } finally {
    await stopMirror(effects, mirror);
  }
  const names = left.map(({ topic, partition, from, to }) => `${partitionName(topic, partition)} ${from}..${to - 1n}`);
  effects.log(`stragglers copied to the target: ${names.join(", ")}`);
}
