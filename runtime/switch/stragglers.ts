/** Records on the source from after the switch: read there by groups that have not moved, copied for those that have. */
import type { SideLogs } from "../brokers/kafka-port.ts";
import { byTopic, partitionName } from "../brokers/partitions.ts";
import { liveEntry } from "../model/ledger-text.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import { Refused } from "../model/refused.ts";
import type { MirrorRef, Scope } from "../model/scope.ts";
import { some } from "../model/words.ts";
import { endsToRead } from "../placement/accepted-ends.ts";
import { ranges } from "./ends-since-ledger.ts";
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
  const [producers, consumers] = [liveEntry(entries, "producers", scope), liveEntry(entries, "consumers", scope)];
  if (scope.mirror === null || producers === null || consumers === null) return [];
  const drained = consumers.number > producers.number;
  const [ends, places] = [byTopic(producers.partitions), byTopic(consumers.groups)];
  const topics = new Set(scope.topics);
  const accepted = (scope.stragglers ?? []).filter(({ topic }) => topics.has(topic));
  return accepted.flatMap(({ topic, partition, to }) => {
    const end = ends.get(topic)?.find((each) => each.partition === partition)?.sourceEnd;
    const read = (places.get(topic) ?? [])
      .filter((each) => drained && each.partition === partition)
      .map(({ committed }) => BigInt(committed ?? end ?? 0));
    const from = [BigInt(end ?? 0), ...(read.length > 0 ? [read.reduce((a, b) => (a < b ? a : b))] : [])].reduce(
      (a, b) => (a > b ? a : b),
    );
    return from < BigInt(to) ? [{ topic, partition, from, to: BigInt(to) }] : [];
  });
}

/** What has to be read to tell which of them are copied. */
export interface CopyReading {
  readonly connect: Pick<SwitchEffects["connect"], "offsets">;
  readonly kafka: Pick<SwitchEffects["kafka"], "logs" | "count">;
}

/**
 * Which of them the mirror has not copied yet. Its position is that of the last record, so that markers and aborted
 * records after it are not left; what an open transaction holds back is.
 */
export async function uncopied(effects: CopyReading, scope: Scope, entries: readonly LedgerEntry[]): Promise<Unread[]> {
  const unread = unreadStragglers(scope, entries);
  if (scope.mirror === null || unread.length === 0) return [];
  const copied = await copiedOffsets(effects, scope.mirror, "stable");
  const behind = unread.flatMap((each) => {
    const next = (copied.get(partitionName(each.topic, each.partition)) ?? -1n) + 1n;
    const from = next > each.from ? next : each.from;
    return from < each.to ? [{ each, range: { ...each, from } }] : [];
  });
  if (behind.length === 0) return [];
  const { partitions } = await effects.kafka.logs("source");
  const ranges = behind.map(({ range }) => range);
  const counted = await effects.kafka.count("source", ranges, "read_committed", 1);
  return behind.flatMap(({ each }, index) => {
    const held = (partitions.get(partitionName(each.topic, each.partition))?.stable ?? 0n) < each.to;
    return held || !counted[index]?.exact || counted[index].records > 0 ? [each] : [];
  });
}

/**
 * Lets the stopped mirror copy what no group has read, exactly once, and stops it again. A mirror that is resumed goes on
 * in every partition: the position of each is set first, behind everything that is not to be copied, and read back; and
 * afterwards each is shown to be where it was set, but for those that were copied. Rejects, with nothing resumed, while
 * the source has records that the config does not accept. Does nothing where all is copied. May be called again.
 */
export async function copyStragglers(
  effects: SwitchEffects,
  scope: Scope,
  entries: readonly LedgerEntry[],
): Promise<void> {
  const { mirror } = scope;
  const left = await uncopied(effects, scope, entries);
  const producers = liveEntry(entries, "producers", scope);
  if (mirror === null || producers === null || left.length === 0) return;
  await stopMirror(effects, mirror);
  const source = await effects.kafka.logs("source");
  await refuseUnaccepted(effects, source, endsToRead(scope, producers));
  const positions = await passOver(effects, mirror, source, left);
  await resumeMirror(effects, mirror.sourceConnectors, effects.pace);
  const until = effects.pace.now() + copySeconds * 1000;
  try {
    for (let rest = left; rest.length > 0; rest = await uncopied(effects, scope, entries)) {
      if (effects.pace.now() > until) {
        const names = rest.map(({ topic, partition }) => partitionName(topic, partition)).join(", ");
        throw new Refused(
          "stragglers-not-copied",
          `the mirror has not copied the stragglers of ${names} within ${copySeconds} s; see Connect's logs`,
        );
      }
      await effects.pace.pause(1000);
    }
  } finally {
    await stopMirror(effects, mirror);
  }
  await provedNothingElse(effects, mirror, positions, left);
  const names = left.map(({ topic, partition, from, to }) => `${partitionName(topic, partition)} ${from}..${to - 1n}`);
  effects.log(`stragglers copied to the target: ${names.join(", ")}`);
}

/** A mirror that runs would copy them as well, whoever wrote them and whoever has read them. */
async function refuseUnaccepted(
  effects: SwitchEffects,
  { partitions }: SideLogs,
  accepted: ReadonlyMap<string, bigint>,
): Promise<void> {
  const grown = [...partitions].flatMap(([name, { topic, partition, start, end }]) => {
    const to = accepted.get(name) ?? 0n;
    const from = to > start ? to : start;
    return from < end ? [{ topic, partition, from, to: end }] : [];
  });
  const counted = await effects.kafka.count("source", grown, "read_uncommitted", 1);
  const records = grown.filter((_, index) => !counted[index]?.exact || counted[index].records > 0);
  if (records.length === 0) return;
  throw new Refused(
    "more-stragglers",
    `stragglers are to be copied, and the source has more that are not accepted: ${ranges(records)}; the mirror ` +
      `would copy that too. Nothing was resumed; stop what still writes to the source, name these records under ` +
      `stragglers (topic, partition, to: the offset after the last one, reason), then run pulumi up again`,
  );
}

/** Sets the mirror's position in every partition, and reads it back: where it goes on, by `partitionName`. */
async function passOver(
  effects: SwitchEffects,
  mirror: MirrorRef,
  { partitions }: SideLogs,
  left: readonly Unread[],
): Promise<ReadonlyMap<string, bigint>> {
  const from = new Map(left.map((each) => [partitionName(each.topic, each.partition), each.from]));
  const copied = await copiedOffsets(effects, mirror, "end");
  const next = (name: string, start: bigint) => (copied.has(name) ? copied.get(name)! + 1n : start);
  const wanted = new Map(
    [...partitions].map(([name, { start, end }]) => {
      const [to, now] = [from.get(name) ?? end, next(name, start)];
      return [name, to > now ? to : now] as const;
    }),
  );
  const offsets = [...partitions].flatMap(([name, { topic, partition, start }]) =>
    wanted.get(name)! > next(name, start)
      ? [{ cluster: mirror.sourceAlias, topic, partition, offset: wanted.get(name)! - 1n }]
      : [],
  );
  if (offsets.length === 0) return wanted;
  for (const connector of mirror.sourceConnectors) await effects.connect.setOffsets(connector, offsets);
  const found = await copiedOffsets(effects, mirror, "end");
  const wrong = offsets
    .map(({ topic, partition, offset }) => ({ name: partitionName(topic, partition), offset }))
    .filter(({ name, offset }) => found.get(name) !== offset);
  if (wrong.length > 0) {
    const names = wrong.map(({ name, offset }) => `${name} ${found.get(name) ?? "nothing"} instead of ${offset}`);
    throw new Refused(
      "positions-not-taken",
      `Connect did not take the mirror's positions: ${some(names)}; nothing was resumed`,
    );
  }
  return wanted;
}

/** By Connect's own positions: producers write to the target meanwhile, so that its ends say nothing. */
async function provedNothingElse(
  effects: SwitchEffects,
  mirror: MirrorRef,
  positions: ReadonlyMap<string, bigint>,
  left: readonly Unread[],
): Promise<void> {
  const to = new Map(left.map((each) => [partitionName(each.topic, each.partition), each.to]));
  const copied = await copiedOffsets(effects, mirror, "end");
  const more = [...positions].flatMap(([name, from]) => {
    const next = (copied.get(name) ?? -1n) + 1n;
    const end = to.get(name) ?? from;
    return next > end ? [`${name} ${end}..${next - 1n}`] : [];
  });
  if (more.length === 0) return;
  throw new Refused(
    "copied-more",
    `with the stragglers the mirror copied records that came while it ran: ${some(more)}; groups read them on the ` +
      `target. Stop what still writes to the source, name these records under stragglers, then run pulumi up again`,
  );
}
