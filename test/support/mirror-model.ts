/** A partition on both sides of a mirror whose true mapping is known: logs, syncs and what was removed since. */
import fc from "fast-check";
import type { Decision, Direction, LogBounds, LogRecord, Question, Reads } from "../../runtime/model/placement.ts";
import { decide } from "../../runtime/placement/exact.ts";
import { oriented, sinceLastRewind, type WrittenSync } from "../../runtime/placement/rewinds.ts";

/** One record of the source, or of its copy: `index` is its place among all records ever written to the source. */
interface Modelled extends LogRecord {
  readonly index: number;
  /** Records of one key supersede each other where a topic is compacted. */
  readonly key: string;
  /** False once compaction has removed it. */
  alive: boolean;
}

interface Side {
  readonly records: Modelled[];
  readonly bounds: LogBounds;
}

export interface World {
  readonly source: Side;
  readonly target: Side;
  /** Records that the mirror has copied. */
  readonly mirrored: number;
  readonly syncs: readonly WrittenSync[];
  readonly compacted: boolean;
}

/** What may go wrong in a world. */
export interface Faults {
  readonly duplicates: boolean;
  readonly compaction: boolean;
  readonly retention: boolean;
  /** Transactions that are open at the end of either log. @default false */
  readonly open?: boolean;
}

/** A piece of the source's log: records, or offsets that hold none (a marker, an aborted transaction). */
interface Piece {
  readonly records: readonly number[];
  readonly gap: number;
}

interface Plan {
  readonly pieces: readonly Piece[];
  /** Records of one answer to the mirror's poll; a marker follows them on the target. */
  readonly polls: readonly number[];
  /** Polls after which the mirror has committed, so that its parked sync is written. */
  readonly commits: readonly boolean[];
  readonly leftToMirror: number;
  /** After so many copied records the mirror begins again so many records earlier. */
  readonly restart: { readonly after: number; readonly back: number } | null;
  readonly offsetLagMax: number;
  /** Syncs that were compacted away: all but the last of so many. */
  readonly syncsCompacted: number;
  readonly lostSyncs: readonly boolean[];
  readonly removed: { readonly source: number; readonly target: number };
  readonly cleaned: { readonly source: number; readonly target: number };
  /** Offsets of a transaction that is open at the end of a log. */
  readonly open: { readonly source: number; readonly target: number };
}

/** Plans of worlds; `faults` says what may go wrong in them. */
export function plans(faults: Faults): fc.Arbitrary<Plan> {
  const few = fc.integer({ min: 1, max: 5 });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  // A number below 3 is often equal to its neighbours; all others are never written again.
  const record = fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constant(3), fc.constant(3));
  return fc.record({
    pieces: fc.array(fc.record({ records: fc.array(record, { maxLength: 6 }), gap: fc.oneof(fc.constant(0), few) }), {
      maxLength: 14,
    }),
    polls: fc.array(few, { minLength: 1, maxLength: 8 }),
    commits: fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
    leftToMirror: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 12 })),
    restart: faults.duplicates
      ? fc.record({ after: fc.integer({ min: 1, max: 40 }), back: fc.integer({ min: 1, max: 8 }) })
      : fc.constant(null),
    offsetLagMax: fc.integer({ min: 0, max: 12 }),
    syncsCompacted: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30 })),
    lostSyncs: fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
    removed: faults.retention ? fc.record({ source: share, target: share }) : fc.constant({ source: 0, target: 0 }),
    open: faults.open
      ? fc.record({ source: fc.integer({ min: 0, max: 3 }), target: fc.integer({ min: 0, max: 3 }) })
      : fc.constant({ source: 0, target: 0 }),
    cleaned: faults.compaction ? fc.record({ source: share, target: share }) : fc.constant({ source: 0, target: 0 }),
  });
}

export function build(plan: Plan): World {
  const source = sourceOf(plan);
  const { target, syncs, mirrored } = mirrorOf(plan, source.records);
  const compacted = plan.cleaned.source > 0 || plan.cleaned.target > 0;
  clean(source.records, Math.floor(plan.cleaned.source * mirrored));
  clean(target.records, Math.floor(plan.cleaned.target * target.records.length));
  return {
    source: { ...source, bounds: cut(source.end, plan.removed.source, plan.open.source) },
    target: { ...target, bounds: cut(target.end, plan.removed.target, plan.open.target) },
    mirrored,
    syncs: survivors(plan, syncs),
    compacted,
  };
}

function sourceOf({ pieces }: Plan): { records: Modelled[]; end: bigint } {
  const records: Modelled[] = [];
  let end = 0n;
  for (const piece of pieces) {
    for (const kind of piece.records) {
      const index = records.length;
      const own = kind === 3;
      const key = own ? `key ${index % 3}` : `equal ${kind}`;
      // Equal neighbours: same key, value and millisecond.
      const timestamp = BigInt(own ? index : Math.floor(index / 8));
      records.push({ index, key, offset: end, timestamp, digest: own ? `${index}` : `equal ${kind}`, alive: true });
      end += 1n;
    }
    end += BigInt(piece.gap);
  }
  return { records, end };
}

/** MirrorSourceTask and OffsetSyncWriter: copies in order, a marker after each poll, and the syncs these write. */
function mirrorOf(
  plan: Plan,
  source: readonly Modelled[],
): { target: { records: Modelled[]; end: bigint }; syncs: WrittenSync[]; mirrored: number } {
  const records: Modelled[] = [];
  const syncs: WrittenSync[] = [];
  const goal = Math.max(0, source.length - plan.leftToMirror);
  let end = 0n;
  let next = 0;
  let parked: WrittenSync | null = null;
  let task = { source: -1n, target: -1n, synced: -1n };
  let restart = plan.restart;
  for (let poll = 0; next < goal; poll++) {
    const until = Math.min(goal, next + plan.polls[poll % plan.polls.length]!);
    for (; next < until; next++) {
      const { offset, ...content } = source[next]!;
      records.push({ ...content, offset: end, alive: true });
      const sync = { source: offset, target: end };
      const stale = sync.target - (task.synced + 1n) >= BigInt(plan.offsetLagMax);
      if (task.synced === -1n || stale || sync.source - task.source !== 1n || sync.target < task.target) {
        syncs.push(sync);
        parked = null;
        task = { ...task, synced: sync.target };
      } else parked = sync;
      task = { ...task, source: sync.source, target: sync.target };
      end += 1n;
    }
    end += 1n;
    if (parked !== null && plan.commits[poll % plan.commits.length]) {
      syncs.push(parked);
      parked = null;
    }
    if (restart !== null && next >= restart.after) {
      next = Math.max(0, next - restart.back);
      restart = null;
      parked = null;
      task = { source: -1n, target: -1n, synced: -1n };
    }
  }
  return { target: { records, end }, syncs, mirrored: goal };
}

/** What the compacted topic of syncs still holds; its newest record always. */
function survivors({ syncsCompacted, lostSyncs }: Plan, syncs: readonly WrittenSync[]): WrittenSync[] {
  const cleaned = Math.min(syncsCompacted, syncs.length);
  return syncs.filter(({ source }, index) => {
    if (index === syncs.length - 1) return true;
    // The first sync of a task's life is sent at once.
    const first = index > 0 && source <= syncs[index - 1]!.source;
    return index >= cleaned - 1 && (first || !lostSyncs[index % lostSyncs.length]);
  });
}

/** Kafka's log cleaner up to a point: of the records of one key before it only the last stays. */
function clean(records: readonly Modelled[], before: number): void {
  const last = new Map(records.slice(0, before).map((record, index) => [record.key, index]));
  for (const [index, record] of records.slice(0, before).entries()) record.alive = last.get(record.key) === index;
}

const cut = (stable: bigint, share: number, open: number): LogBounds => ({
  start: BigInt(Math.floor(Number(stable) * share)),
  stable,
  end: stable + BigInt(open),
});

const held = ({ records, bounds }: Side): Modelled[] =>
  records.filter(({ alive, offset }) => alive && offset >= bounds.start);

/** What is asked of a group in the world. */
export function questionOf(world: World, direction: Direction, committed: bigint): Question {
  const [own, other] = direction !== "to-source" ? [world.source, world.target] : [world.target, world.source];
  const syncs = sinceLastRewind(world.syncs).map((sync) => oriented(sync, direction));
  return {
    ...{ group: "g", topic: "t", partition: 0, direction, committed, own: own.bounds, other: other.bounds },
    ...{ syncs, compacted: world.compacted, timestamps: true },
  };
}

/** The decision, with records handed out only once they were asked for. */
export function place(world: World, direction: Direction, committed: bigint): Decision {
  const [own, other] = direction !== "to-source" ? [world.source, world.target] : [world.target, world.source];
  const question = questionOf(world, direction, committed);
  const sides = { own, other };
  const asked = new Set<string>();
  const reads: Reads = {
    records: (which, from, to) =>
      asked.has(`${which} ${from} ${to}`)
        ? held(sides[which]).filter(({ offset }) => offset >= from && offset < to)
        : null,
    count: () => null,
  };
  for (let round = 0; round < 10; round++) {
    const step = decide(question, reads);
    if (step.kind !== "need") return step;
    const { start, stable } = sides[step.which].bounds;
    if (step.from < start || step.to > stable) throw new Error(`asked for ${step.from}..${step.to}`);
    asked.add(`${step.which} ${step.from} ${step.to}`);
  }
  throw new Error("asks for ever");
}

/** The same mirror, begun where logs that it has nothing to do with already ended: at these offsets of either side. */
export function begunBehind(world: World, source: bigint, target: bigint): World {
  const moved = ({ records, bounds }: Side, by: bigint): Side => ({
    records: records.map((record) => ({ ...record, offset: record.offset + by })),
    bounds: { first: by, start: bounds.start + by, stable: bounds.stable + by, end: bounds.end + by },
  });
  return {
    ...world,
    source: moved(world.source, source),
    target: moved(world.target, target),
    syncs: world.syncs.map((sync) => ({ source: sync.source + source, target: sync.target + target })),
  };
}

/** A record that a group at `committed` has yet to read, which the target holds, but not at `placed` or later. */
export function skipped({ source, target, mirrored }: World, committed: bigint, placed: bigint): number | null {
  const copies = Map.groupBy(held(target), ({ index }) => index);
  const unread = source.records.filter(({ index, offset }) => offset >= committed && index < mirrored);
  return unread.find(({ index }) => copies.get(index)?.every(({ offset }) => offset < placed))?.index ?? null;
}

const contents = (records: readonly LogRecord[]) => records.map(({ timestamp, digest }) => `${timestamp} ${digest}`);

/** Whether retention has removed every record of that place, be it one of several copies. */
function isRemoved({ records, bounds }: Side, index: number): boolean {
  const all = records.filter((record) => record.index === index);
  return all.length > 0 && all.every(({ offset }) => offset < bounds.start);
}

/**
 * Why a place is wrong, or null. Right is a place from which the group reads every record that it has not read and
 * none that it has; a duplicate among what it has not read is the mirror's fault and stands at every place.
 */
export function wrong(world: World, direction: Direction, committed: bigint, placed: bigint): string | null {
  const { source, target, mirrored } = world;
  const [own, other] = direction === "to-target" ? [source, target] : [target, source];
  const read = own.records.filter(({ offset }) => offset < committed).map(({ index }) => index);
  const first = Math.max(-1, ...read) + 1;
  if (direction === "to-target") {
    const late = held(source).find(({ index }) => index >= mirrored && index < first);
    if (late !== undefined) return `record ${late.index} is yet to be mirrored and would be read again`;
  }
  const onOther = held(other);
  const unread = new Set(onOther.map(({ index }) => index).filter((index) => index >= first));
  const from = (at: number) => onOther.slice(at);
  const right = Array.from({ length: onOther.length + 1 }, (_, at) => at).filter((at) => {
    const there = new Set(from(at).map(({ index }) => index));
    return [...there].every((index) => index >= first) && [...unread].every((index) => there.has(index));
  });
  const got = contents(onOther.filter(({ offset }) => offset >= placed)).join();
  const once = [...unread].sort((a, b) => a - b).map((index) => onOther.find((record) => record.index === index)!);
  // What the group would have read, had it stayed: on the target a duplicate as well.
  const mirroredOnly = ({ index }: Modelled) => direction === "to-source" || index < mirrored;
  const stayed = held(own).filter((record) => record.offset >= committed && mirroredOnly(record));
  const later = direction === "to-source" ? onOther.filter(({ index }) => index >= mirrored) : [];
  // Records that are equal in all they hold stand for each other.
  if (contents([...stayed, ...later]).join() === got) return null;
  const lost = held(own).find(
    ({ index, offset }) => offset >= committed && !unread.has(index) && isRemoved(other, index),
  );
  if (lost !== undefined) return `record ${lost.index} was removed unread`;
  if ([...right.map(from), once].some((records) => contents(records).join() === got)) return null;
  return `reads [${got}] instead of ${right.map((at) => `[${contents(from(at)).join()}]`).join(" or ")}`;
}
