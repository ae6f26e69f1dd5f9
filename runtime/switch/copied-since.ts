/** What both sides hold since the way back opened: the source the mirror back's copies, and somebody else's records if any. */
import { setTimeout as sleep } from "node:timers/promises";
import { withOwnCluster } from "../brokers/connection.ts";
import type { SideLogs } from "../brokers/kafka-port.ts";
import { countRecords } from "../brokers/log.ts";
import { logs } from "../brokers/positions.ts";
import { rangeName, type Counted, type Range } from "../brokers/ranges.ts";
import { reversePositions } from "../connect/reverse-positions.ts";
import { reverseOf } from "../model/mirror-ref.ts";
import type { Scope } from "../model/scope.ts";
import type { SideName } from "../model/sides.ts";
import { some } from "../model/words.ts";
import { acceptedEnds } from "../placement/accepted-ends.ts";
import { readWayBack, type WayBack } from "../topics/way-back.ts";

/** Records that one reading counts on a side; the next one goes on from there. */
const atOnce = 1_000_000;
/** A reading ends so long before its deadline. */
const spareMilliseconds = 1_000;
/** Between two looks at partitions in which a transaction was committed just then. */
const pauseMilliseconds = 300;

/** What was compared, of each partition by its name. */
export interface CopiedSince {
  /** What somebody else has written to the source. */
  readonly foreign: ReadonlyMap<string, Foreign>;
  /** Records that came back and that the source holds no more, by partition, although no retention has removed them. */
  readonly lacking: ReadonlyMap<string, number>;
  /** Partitions in which both sides hold equally many. */
  readonly equal: readonly string[];
  /** Records that came back, in these. */
  readonly copied: number;
  /** Partitions that could not be compared yet: more has to be counted, or the mirror back was writing each time. */
  readonly undecided: readonly string[];
  /** Partitions that cannot be compared: retention has removed records, or the config accepts others on the source. */
  readonly left: readonly string[];
}

/** Records that the mirror back has not written, and where on the source they lie. */
export interface Foreign {
  readonly records: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** How far one partition of one side was counted. */
export interface Progress {
  next: bigint;
  records: number;
}

/**
 * Logs only grow, so what was counted is not counted again as long as the process lives. By cluster, entry and partition.
 */
const known = new Map<string, Progress>();
let turn: Promise<unknown> = Promise.resolve();

/**
 * Compares what both sides of each way back of a scope hold. The mirror back writes records and its positions in one
 * transaction: between two readings of equal positions, the source holds what was copied up to them and somebody else's
 * records. Rejects if a side gives no answer.
 */
export function readCopiedSince(scopes: readonly Scope[], deadline: number, signal: AbortSignal): Promise<CopiedSince> {
  // One after the other: two would count the same records.
  const mine = turn.then(() => readAll(scopes, deadline, signal));
  turn = mine.catch(() => undefined);
  return mine;
}

async function readAll(scopes: readonly Scope[], deadline: number, signal: AbortSignal): Promise<CopiedSince> {
  const found: CopiedSince[] = [];
  for (const scope of scopes) {
    const opened = await readWayBack(scope);
    if (opened?.begun) found.push(await readOne(scope, opened, deadline - spareMilliseconds, signal));
  }
  return {
    foreign: new Map(found.flatMap(({ foreign }) => [...foreign])),
    lacking: new Map(found.flatMap(({ lacking }) => [...lacking])),
    equal: found.flatMap(({ equal }) => equal),
    copied: found.reduce((sum, { copied }) => sum + copied, 0),
    undecided: found.flatMap(({ undecided }) => undecided),
    left: found.flatMap(({ left }) => left),
  };
}

const readOne = (scope: Scope, opened: WayBack, deadline: number, signal: AbortSignal): Promise<CopiedSince> =>
  withOwnCluster(
    scope.target,
    (target) =>
      withOwnCluster(
        scope.source,
        (source) => {
          const clusters = { source, target };
          return compareSince(
            {
              logs: async (side) => {
                const { clusterId, partitions, problems } = await logs(clusters[side], scope.topics);
                if (problems.length > 0) throw new Error(some(problems.map(({ sentence }) => sentence)));
                return { clusterId, partitions };
              },
              positions: () => reversePositions(reverseOf(scope), "stable"),
              count: async (side, ranges) => {
                const limits = { isolation: "read_committed", total: atOnce, deadline } as const;
                const { counts } = await countRecords(clusters[side], ranges, limits);
                return ranges.map((range) => counts.get(rangeName(range)));
              },
              pause: async () => {
                if (Date.now() + pauseMilliseconds > deadline) return false;
                await sleep(pauseMilliseconds);
                return true;
              },
            },
            scope,
            opened,
            known,
          );
        },
        signal,
      ),
    signal,
  );

/** What a comparison reads. */
export interface SinceReading {
  logs(side: SideName): Promise<SideLogs>;
  /** As `reversePositions`. */
  positions(): Promise<ReadonlyMap<string, bigint>>;
  /** Committed records; undefined where a range could not be read. */
  count(side: SideName, ranges: readonly Range[]): Promise<readonly (Counted | undefined)[]>;
  /** Lets a moment pass; false once there is no time for another look. */
  pause(): Promise<boolean>;
}

/** The same over readings of one way back; `progress` is what was counted before, and is carried on. */
export async function compareSince(
  reading: SinceReading,
  scope: Scope,
  { entry, from }: WayBack,
  progress: Map<string, Progress>,
): Promise<CopiedSince> {
  const accepted = acceptedEnds(scope);
  const compacted = new Set(reverseOf(scope).compacted);
  const target = await reading.logs("target");
  const found = {
    foreign: new Map<string, Foreign>(),
    lacking: new Map<string, number>(),
    equal: [] as string[],
    left: [] as string[],
  };
  let copied = 0;
  let open = [...from.keys()];
  for (;;) {
    const before = await reading.positions();
    const source = await reading.logs("source");
    const after = await reading.positions();
    const sides = { source, target };
    const at = (side: SideName, name: string): Progress => {
      const key = JSON.stringify([sides[side].clusterId, side, entry, name]);
      const known = progress.get(key);
      const log = sides[side].partitions.get(name);
      // A log that ends before what was counted has lost records, or is another one under the same name.
      const shorter = known !== undefined && log !== undefined && log.end < known.next;
      const reached = known === undefined || shorter ? { next: from.get(name)![side], records: 0 } : known;
      progress.set(key, reached);
      return reached;
    };
    const isLeft = (name: string): boolean => {
      const both = (["source", "target"] as const).map((side) => [side, sides[side].partitions.get(name)] as const);
      return (
        (accepted.get(name) ?? 0n) > from.get(name)!.source ||
        both.some(([side, log]) => log === undefined || compacted.has(log.topic) || log.start > at(side, name).next)
      );
    };
    found.left.push(...open.filter(isLeft));
    open = open.filter((name) => !found.left.includes(name));
    const still = open.filter((name) => before.get(name) === after.get(name));
    const ends = {
      source: (name: string) => source.partitions.get(name)!.stable,
      target: (name: string) => (after.get(name) ?? -1n) + 1n,
    };
    const counted = async (side: SideName): Promise<ReadonlyMap<string, number>> => {
      const wanted = still.map((name) => {
        const { topic, partition } = source.partitions.get(name)!;
        const reached = at(side, name);
        return { name, reached, range: { topic, partition, from: reached.next, to: ends[side](name) } };
      });
      const behind = wanted.filter(({ range }) => range.from < range.to);
      const counts =
        behind.length === 0
          ? []
          : await reading.count(
              side,
              behind.map(({ range }) => range),
            );
      behind.forEach(({ reached, range }, index) => {
        const one = counts[index];
        if (one === undefined || one.trimmedTo !== null) return;
        reached.records += one.records;
        if (one.exact) reached.next = range.to;
        else if (one.last !== null) reached.next = one.last.offset + 1n;
      });
      const done = wanted.filter(({ reached, range }) => reached.next >= range.to);
      return new Map(done.map(({ name, reached }) => [name, reached.records]));
    };
    const [here, there] = [await counted("source"), await counted("target")];
    // Positions are committed with the records: what is not there yet is in a transaction whose end is about to be written.
    const settled = (name: string): boolean => {
      const { stable, end } = source.partitions.get(name)!;
      return here.get(name)! >= there.get(name)! || stable === end;
    };
    const decided = still.filter((name) => here.has(name) && there.has(name) && settled(name));
    for (const name of decided) {
      const [own, theirs] = [here.get(name)!, there.get(name)!];
      copied += theirs;
      if (own === theirs) found.equal.push(name);
      else if (own < theirs) found.lacking.set(name, theirs - own);
      else found.foreign.set(name, { records: own - theirs, from: from.get(name)!.source, to: ends.source(name) });
    }
    open = open.filter((name) => !decided.includes(name));
    if (open.length === 0 || decided.length < still.length || !(await reading.pause())) break;
  }
  return { ...found, copied, undecided: open };
}
