/** Whether the newest records of each mirrored partition are the same on both sides, by content. Nothing is written. */
import { setTimeout as sleep } from "node:timers/promises";
import { withOwnCluster, type Cluster } from "../brokers/connection.ts";
import type { SideLogs, TopicPartition } from "../brokers/kafka-port.ts";
import { readRanges, type RangeReader, type RecordContent, type RecordKept } from "../brokers/log-reader.ts";
import { partitionName } from "../brokers/partitions.ts";
import { logs } from "../brokers/positions.ts";
import { rangeName, type Range, type RecordHead } from "../brokers/ranges.ts";
import { effectiveConfigs } from "../brokers/topic-configs.ts";
import { readMirror } from "../connect/mirror-reading.ts";
import { reversePositions } from "../connect/reverse-positions.ts";
import { readLedger } from "../ledger/ledger.ts";
import type { BothEnds } from "../model/back-life.ts";
import type { NewestAsked } from "../model/newest.ts";
import { liveEntries } from "../model/ledger-text.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import { reverseOf } from "../model/mirror-ref.ts";
import type { Scope } from "../model/scope.ts";
import type { SideName } from "../model/sides.ts";
import { backScopes } from "../model/waves.ts";
import { some } from "../model/words.ts";
import { acceptedEnds } from "../placement/accepted-ends.ts";
import {
  compareNewest,
  NewestSearch,
  type LastCopied,
  type NewestDiffering,
  type NewestReading,
  type NewestRecord,
  type Window,
} from "../placement/newest.ts";
import { digestOf } from "../placement/records.ts";
import { openSince, readWayBack, writersMove, type WayBack } from "../topics/way-back.ts";

/** Partitions that are read at a time, so that memory does not grow with their number. */
const atOnce = 2_500;
/** Offsets that a tail is read longer when it held too few records, and how often: markers and what was aborted lie between. */
const growth = 8;
const mostRounds = 3;
/** Offsets that the mirror may copy between two looks at its positions, of a partition whose originals are held meanwhile. */
const mostBetween = 10_000;
/** The same of one whose originals are read one after the other, and of all such partitions in one look. */
const mostSearched = 1_000_000;
/** Offsets that are read before those, in which enough records lie in spite of markers. */
const readBefore = 2_000;
/** Looks at partitions that differ: a transaction's markers reach its partitions one after the other. */
const mostLooks = 5;
const pauseMilliseconds = 400;
/** A reading ends so long before its deadline. */
const spareMilliseconds = 1_000;
/** What there was no time for again counts for so long. */
const rememberedMilliseconds = 15 * 60_000;

/** A mirror in one direction, in some partitions: at work, or ended where both ends are written down. */
export interface Leg {
  /** The side that is copied. */
  readonly from: SideName;
  readonly partitions: readonly TopicPartition[];
  /** Where the mirror ended, of partitions in which it has. */
  readonly ends: ReadonlyMap<string, BothEnds>;
  /** Where it began, of partitions in which that was not the beginning of both logs. */
  readonly since: ReadonlyMap<string, BothEnds>;
  /** Topics in which others write where the copies are. */
  readonly shared: ReadonlySet<string>;
  /** The last offset that was copied; absent or negative where nothing was. Asked only while it copies something. */
  readonly positions: () => Promise<ReadonlyMap<string, bigint>>;
}

/** What a comparison reads. */
export interface NewestPort {
  readonly now: () => number;
  /** Whether there is time for another request. */
  readonly hasTime: () => boolean;
  logs(side: SideName, topics: readonly string[]): Promise<SideLogs>;
  /** Committed records of each range in the same order; null where it could not be read to its end. */
  read(side: SideName, ranges: readonly Range[]): Promise<readonly (readonly NewestRecord[] | null)[]>;
  /** Committed records of each range, one after the other, until it is enough; true for a range read so far. */
  scan(side: SideName, scans: readonly Scan[]): Promise<readonly boolean[]>;
  /** Those of the topics that are compacted on a side. */
  compacted(side: SideName, topics: readonly string[]): Promise<ReadonlySet<string>>;
  pause(): Promise<void>;
}

/** Records of a range are taken in the order of the log until nothing more is wanted. */
interface Scan {
  readonly range: Range;
  readonly take: (record: NewestRecord) => void;
  readonly enough: () => boolean;
}

/** What was found equal, by cluster, direction, partition and ends. */
export type Remembered = Map<string, { readonly at: number; readonly records: number }>;

const known: Remembered = new Map();
let turn: Promise<unknown> = Promise.resolve();

/** Compares what a scope's mirrors have copied. Rejects with a sentence if a side, Connect or the ledger gives no answer. */
export function readNewest(
  scope: Scope,
  asked: NewestAsked,
  deadline: number,
  signal: AbortSignal,
): Promise<NewestReading> {
  // One after the other: two would hold twice as much.
  const mine = turn.then(() => readNow(scope, asked, deadline - spareMilliseconds, signal));
  turn = mine.catch(() => undefined);
  return mine;
}

async function readNow(
  scope: Scope,
  asked: NewestAsked,
  deadline: number,
  signal: AbortSignal,
): Promise<NewestReading> {
  const backs = backScopes(scope);
  const [entries, ways] = await Promise.all([readLedger(scope), Promise.all(backs.map(readWayBack))]);
  return withOwnCluster(
    scope.target,
    (target) =>
      withOwnCluster(
        scope.source,
        async (source) => {
          const port = portOf({ source, target }, deadline);
          const there = await port.logs("source", scope.topics);
          const legs = legsOf(
            scope,
            [...there.partitions.values()],
            entries,
            backs.map((of, at) => [of, ways[at]!] as const),
            {
              forward: async () => (await readMirror(scope, deadline, signal)).mirrored,
              back: (of) => reversePositions(reverseOf(of), "stable", deadline, signal),
            },
          );
          return compareLegs(port, legs, asked, known);
        },
        signal,
      ),
    signal,
  );
}

function portOf(clusters: Readonly<Record<SideName, Cluster>>, deadline: number): NewestPort {
  return {
    now: () => Date.now(),
    hasTime: () => Date.now() < deadline,
    logs: async (side, topics) => {
      const { clusterId, partitions, problems } = await logs(clusters[side], topics);
      const broken = problems.filter(({ kind }) => kind !== "missing");
      if (broken.length > 0) throw new Error(some(broken.map(({ sentence }) => sentence)));
      return { clusterId, partitions };
    },
    read: async (side, ranges) => {
      const readers = ranges.map((range) => new Tail(range));
      const { reads, problems, codes } = await readRanges(clusters[side], readers, {
        isolation: "read_committed",
        deadline,
      });
      for (const [name, sentence] of problems) if (codes.get(name) !== outOfRange) throw new Error(sentence);
      const done = new Map(reads.map((read) => [rangeName(read.reader.range), read]));
      return ranges.map((range) => {
        const found = done.get(rangeName(range));
        return found?.done === true ? found.reader.records : null;
      });
    },
    scan: async (side, scans) => {
      const readers = scans.map((scan) => new Tail(scan.range, scan));
      const { reads, problems, codes } = await readRanges(clusters[side], readers, {
        isolation: "read_committed",
        deadline,
      });
      for (const [name, sentence] of problems) if (codes.get(name) !== outOfRange) throw new Error(sentence);
      const done = new Set(reads.filter((read) => read.done).map(({ reader }) => reader));
      return readers.map((reader) => done.has(reader) || reader.enough());
    },
    compacted: async (side, topics) => {
      const configs = await effectiveConfigs(clusters[side], topics);
      for (const [topic, reason] of configs.problems)
        throw new Error(`the configs of topic ${topic} on the ${side} cannot be read: ${reason}`);
      const policy = (topic: string) => configs.topics.get(topic)?.get("cleanup.policy")?.value ?? "";
      return new Set(topics.filter((topic) => policy(topic).includes("compact")));
    },
    pause: async () => void (await sleep(pauseMilliseconds)),
  };
}

/** Kafka's error code where retention has removed what is asked for since the log's start was. */
const outOfRange = 1;

class Tail implements RangeReader {
  readonly range: Range;
  readonly records: NewestRecord[] = [];
  readonly #scan: Omit<Scan, "range"> | undefined;

  /** Keeps the records, or gives them to `scan`. */
  constructor(range: Range, scan?: Omit<Scan, "range">) {
    this.range = range;
    this.#scan = scan;
  }

  take({ offset, timestamp, producer }: RecordHead, content: RecordContent, { appendTime }: RecordKept): void {
    const key = content.key === null ? null : digestOf({ key: content.key, value: null, headers: [] });
    const about = { key, deletes: content.value === null, appended: appendTime };
    const record = { offset, timestamp, producer, digest: digestOf(content), ...about };
    if (this.#scan === undefined) this.records.push(record);
    else this.#scan.take(record);
  }

  enough(): boolean {
    return this.#scan?.enough() ?? false;
  }
}

/**
 * The mirror, ended where the ledger has both ends of a topic's last writers; and the mirrors back that have begun. What
 * lies before a way back's end is in another order on each side where somebody else has written meanwhile, and is left.
 */
export function legsOf(
  scope: Scope,
  partitions: readonly TopicPartition[],
  entries: readonly LedgerEntry[],
  ways: readonly (readonly [scope: Scope, opened: WayBack | null])[],
  positions: {
    readonly forward: () => Promise<ReadonlyMap<string, bigint>>;
    readonly back: (scope: Scope) => Promise<ReadonlyMap<string, bigint>>;
  },
): Leg[] {
  const ofWriters = (list: readonly LedgerEntry[]) =>
    list.filter((entry) => entry.switch === "producers" || entry.switch === "applications");
  const accepted = acceptedEnds(scope);
  const topics = new Set(scope.topics);
  const own = partitions.filter(({ topic }) => topics.has(topic));
  const live = ofWriters(liveEntries(entries));
  const ends = endsIn(live);
  const closed = endsIn(live.filter(({ closing }) => closing === true));
  // Accepted records of somebody else lie between what came back.
  const mixed = ({ topic, partition }: TopicPartition) =>
    closed.has(partitionName(topic, partition)) && accepted.has(partitionName(topic, partition));
  // A partition that an entry does not have was empty.
  const ended = new Set(live.flatMap((entry) => entry.partitions.map(({ topic }) => topic)));
  const empty = own
    .filter(({ topic, partition }) => ended.has(topic) && !ends.has(partitionName(topic, partition)))
    .map(({ topic, partition }) => [partitionName(topic, partition), { source: 0n, target: 0n }] as const);
  const forward: Leg = {
    from: "source",
    partitions: own.filter((one) => !mixed(one)),
    ends: new Map([...ends, ...empty]),
    shared: new Set((scope.waves ?? []).flatMap(({ writes, closes }) => writes.filter((one) => !closes.includes(one)))),
    since: endsIn(ofWriters(entries).filter(({ voidOnly }) => voidOnly === true)),
    positions: positions.forward,
  };
  const back = ways.flatMap(([of, opened]): Leg[] => {
    const begun = openSince(opened, writersMove(entries, of));
    if (begun === null) return [];
    const comes = own.filter(({ topic, partition }) => {
      const name = partitionName(topic, partition);
      return begun.from.has(name) && (accepted.get(name) ?? 0n) <= begun.from.get(name)!.source;
    });
    const alone = { ends: new Map<string, BothEnds>(), shared: new Set<string>() };
    return [{ from: "target", partitions: comes, since: begun.from, ...alone, positions: () => positions.back(of) }];
  });
  return [forward, ...back];
}

const endsIn = (entries: readonly LedgerEntry[]): ReadonlyMap<string, BothEnds> =>
  new Map(
    entries.flatMap((entry) =>
      entry.partitions.map(
        ({ topic, partition, sourceEnd, targetEnd }) =>
          [partitionName(topic, partition), { source: BigInt(sourceEnd), target: BigInt(targetEnd) }] as const,
      ),
    ),
  );

/** The same over any port; what was found equal is remembered for readings that have no time to compare it again. */
export async function compareLegs(
  port: NewestPort,
  legs: readonly Leg[],
  asked: NewestAsked,
  remembered: Remembered,
): Promise<NewestReading> {
  const sums = { equal: 0, records: 0, empty: 0 };
  const differing: NewestDiffering[] = [];
  const undecided: string[] = [];
  const left: string[] = [];
  for (const leg of legs) {
    const compare = new LegComparison(port, leg, asked, remembered);
    for (const [name, found] of await compare.all()) {
      if (found.kind === "equal") {
        sums.equal += 1;
        sums.records += found.records;
      } else if (found.kind === "empty") sums.empty += 1;
      else if (found.kind === "gone") left.push(name);
      else if (found.kind === "undecided") undecided.push(name);
      else differing.push({ ...found.difference, name, from: leg.from });
    }
  }
  return { ...sums, differing, undecided, left };
}

type Found = ReturnType<typeof compareNewest> | { readonly kind: "undecided" };

/** A partition with what is known of it in one look. */
interface Looked extends TopicPartition {
  readonly name: string;
  readonly last: LastCopied;
  readonly toTheEnd: boolean;
  /** Whether the mirror has a position; without one, what is there cannot be told from what it copied. */
  readonly positioned: boolean;
  /** By side, where the log begins, where the comparison does, and where it ends. */
  readonly sides: Readonly<
    Record<"from" | "to", { readonly low: bigint; readonly end: bigint; readonly trimmed: boolean }>
  >;
}

/** Whether more may have been copied meanwhile than is held. */
const isMany = ({ last }: Looked): boolean => last.most - last.least > BigInt(mostBetween);

class LegComparison {
  readonly #port: NewestPort;
  readonly #leg: Leg;
  readonly #asked: NewestAsked;
  readonly #remembered: Remembered;
  readonly #to: SideName;
  #clusters = "";

  constructor(port: NewestPort, leg: Leg, asked: NewestAsked, remembered: Remembered) {
    this.#port = port;
    this.#leg = leg;
    this.#asked = asked;
    this.#remembered = remembered;
    this.#to = leg.from === "source" ? "target" : "source";
  }

  async all(): Promise<ReadonlyMap<string, Found>> {
    const found = new Map<string, Found>();
    let open: readonly TopicPartition[] = this.#leg.partitions;
    for (let look = 1; open.length > 0; look++) {
      const answers = await this.#look(open);
      // A difference that there was no time to look at again is still one.
      for (const [name, answer] of answers)
        if (answer.kind !== "undecided" || found.get(name)?.kind !== "differ") found.set(name, answer);
      open = open.filter(({ topic, partition }) => {
        const answer = answers.get(partitionName(topic, partition))!;
        const moving = answer.kind === "undecided" || (answer.kind === "differ" && !this.#ended(topic, partition));
        return moving && this.#port.hasTime();
      });
      if (look === mostLooks || open.length === 0) break;
      await this.#port.pause();
    }
    return found;
  }

  #ended = (topic: string, partition: number): boolean => this.#leg.ends.has(partitionName(topic, partition));

  /** One answer for each partition. */
  async #look(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, Found>> {
    const { from } = this.#leg;
    const topics = [...new Set(partitions.map(({ topic }) => topic))];
    const copying = partitions.some(({ topic, partition }) => !this.#ended(topic, partition));
    const none: ReadonlyMap<string, bigint> = new Map();
    // In this order: what was copied before the copies are read is there, and what is there was copied when it is asked again.
    const before = copying ? await this.#leg.positions() : none;
    const copies = await this.#port.logs(this.#to, topics);
    const after = copying ? await this.#leg.positions() : none;
    const originals = await this.#port.logs(from, topics);
    this.#clusters = `${originals.clusterId} ${copies.clusterId}`;
    const found = new Map<string, Found>();
    const looked: Looked[] = [];
    for (const { topic, partition } of partitions) {
      const name = partitionName(topic, partition);
      const one = this.#between({ topic, partition, name }, { before, after, copies, originals });
      if ("kind" in one) found.set(name, one.kind === "undecided" ? this.#kept(name, one) : one);
      else looked.push(one);
    }
    // What was compared longest ago comes first, so that every partition has its turn where there is no time for all.
    const age = ({ name }: Looked) => this.#remembered.get(this.#keyOf(name))?.at ?? 0;
    looked.sort((a, b) => age(a) - age(b));
    const [few, many] = [looked.filter((one) => !isMany(one)), looked.filter(isMany)];
    for (let at = 0; at < few.length; at += atOnce) {
      const part = few.slice(at, at + atOnce);
      const answers = this.#port.hasTime() ? await this.#compare(part) : new Map<string, Found>();
      for (const { name } of part) found.set(name, this.#kept(name, answers.get(name) ?? { kind: "undecided" }));
    }
    const answers = many.length > 0 && this.#port.hasTime() ? await this.#search(many) : new Map<string, Found>();
    for (const { name } of many) found.set(name, this.#kept(name, answers.get(name) ?? { kind: "undecided" }));
    return found;
  }

  #keyOf(name: string): string {
    const ends = this.#leg.ends.get(name);
    const { from } = this.#leg;
    return JSON.stringify([this.#clusters, from, name, `${ends?.source}`, `${ends?.target}`, this.#asked.records]);
  }

  #kept(name: string, answer: Found): Found {
    const key = this.#keyOf(name);
    const now = this.#port.now();
    if (answer.kind === "equal") this.#remembered.set(key, { at: now, records: answer.records });
    else if (answer.kind === "differ") this.#remembered.delete(key);
    else if (answer.kind === "undecided") {
      const former = this.#remembered.get(key);
      if (former !== undefined && now - former.at <= rememberedMilliseconds)
        return { kind: "equal", records: former.records };
    }
    return answer;
  }

  /** Which parts of both logs are compared, or why none. */
  #between(
    at: TopicPartition & { readonly name: string },
    read: {
      readonly before: ReadonlyMap<string, bigint>;
      readonly after: ReadonlyMap<string, bigint>;
      readonly copies: SideLogs;
      readonly originals: SideLogs;
    },
  ): Looked | Found {
    const { from } = this.#leg;
    const [own, theirs] = [read.originals.partitions.get(at.name), read.copies.partitions.get(at.name)];
    if (own === undefined || theirs === undefined) return { kind: "gone" };
    const ended = this.#leg.ends.get(at.name);
    const since = this.#leg.since.get(at.name);
    const none = -1n;
    const [before, after] =
      ended === undefined
        ? [read.before.get(at.name) ?? none, read.after.get(at.name) ?? none]
        : [ended[from] - 1n, ended[from] - 1n];
    // Without transactions positions are written now and then, and the copies are ahead of them.
    const ahead = ended === undefined && this.#asked.repeats === true ? own.stable - 1n : after;
    if (ahead - before > BigInt(mostSearched) || before > after) return { kind: "undecided" };
    // A log that is shorter than the ledger says is another log, which other gates are about.
    if (ended !== undefined && (own.end < ended[from] || theirs.end < ended[this.#to])) return { kind: "gone" };
    // Where an earlier leg ended there is always something older.
    const side = (start: bigint, first: bigint, end: bigint) => ({
      low: start > first ? start : first,
      end: end > start ? end : start,
      trimmed: start > 0n || first > 0n,
    });
    return {
      ...at,
      last: { least: before, most: ahead },
      toTheEnd: ended === undefined,
      positioned: ended !== undefined || (read.before.has(at.name) && read.after.has(at.name)),
      sides: {
        from: side(own.start, since?.[from] ?? 0n, ahead + 1n),
        to: side(theirs.start, since?.[this.#to] ?? 0n, ended === undefined ? theirs.stable : ended[this.#to]),
      },
    };
  }

  async #compare(looked: readonly Looked[]): Promise<ReadonlyMap<string, Found>> {
    const { from } = this.#leg;
    const { records, repeats = false } = this.#asked;
    const copies = await this.#windows(
      this.#to,
      looked,
      ({ sides }) => sides.to,
      () => true,
    );
    const originals = await this.#windows(
      from,
      looked,
      ({ sides }) => sides.from,
      ({ last }, { offset }) => offset <= last.least,
    );
    const compare = (one: Looked, compacted: boolean): Found => {
      const [mine, theirs] = [originals.get(one.name), copies.get(one.name)];
      if (mine === undefined || theirs === undefined) return { kind: "undecided" };
      const { last, toTheEnd, positioned } = one;
      const shared = this.#leg.shared.has(one.topic);
      const answer = compareNewest({
        originals: mine,
        copies: theirs,
        last,
        toTheEnd,
        records,
        compacted,
        repeats,
        shared,
      });
      return answer.kind === "differ" && !positioned ? { kind: "undecided" } : answer;
    };
    const found = new Map(looked.map((one) => [one.name, compare(one, false)]));
    const other = looked.filter(({ name }) => found.get(name)!.kind === "differ");
    const topics = [...new Set(other.map(({ topic }) => topic))];
    if (topics.length === 0) return found;
    const sides = await Promise.all((["source", "target"] as const).map((side) => this.#port.compacted(side, topics)));
    for (const one of other) {
      if (sides.some((compacted) => compacted.has(one.topic))) found.set(one.name, compare(one, true));
    }
    return found;
  }

  /** Partitions in which more was copied between two looks than is held: as many as there is room for in one look. */
  async #search(looked: readonly Looked[]): Promise<ReadonlyMap<string, Found>> {
    let room = BigInt(mostSearched);
    const taken = looked.filter((one) => {
      const length = one.last.most - one.last.least;
      if (length > room) return false;
      room -= length;
      return true;
    });
    const copies = await this.#windows(
      this.#to,
      taken,
      ({ sides }) => sides.to,
      () => true,
    );
    const topics = [...new Set(taken.map(({ topic }) => topic))];
    const sides = await Promise.all((["source", "target"] as const).map((side) => this.#port.compacted(side, topics)));
    const { records, repeats = false } = this.#asked;
    const searches = taken.flatMap((one) => {
      const theirs = copies.get(one.name);
      if (theirs === undefined) return [];
      const { low, end, trimmed } = one.sides.from;
      const begin = one.last.least - BigInt(readBefore);
      const from = begin > low ? begin : low;
      const [compacted, shared] = [sides.some((all) => all.has(one.topic)), this.#leg.shared.has(one.topic)];
      const question = { copies: theirs, last: one.last, records, compacted, repeats, shared, toTheEnd: one.toTheEnd };
      const search = new NewestSearch(question, { whole: from <= low, trimmed });
      return [{ one, search, range: { topic: one.topic, partition: one.partition, from, to: end } }];
    });
    const done = await this.#port.scan(
      this.#leg.from,
      searches.map(({ search, range }) => ({
        range,
        take: (record: NewestRecord) => search.take(record),
        enough: () => search.found,
      })),
    );
    return new Map(
      searches.map(({ one, search }, at) => {
        const answer = done[at] === true ? search.answer() : null;
        const known = answer !== null && (answer.kind !== "differ" || one.positioned);
        return [one.name, known ? answer : { kind: "undecided" as const }] as const;
      }),
    );
  }

  /** Tails of so many records that count, longer ones where a short one holds too few; absent where one could not be read. */
  async #windows(
    side: SideName,
    looked: readonly Looked[],
    of: (one: Looked) => { readonly low: bigint; readonly end: bigint; readonly trimmed: boolean },
    counts: (one: Looked, record: NewestRecord) => boolean,
  ): Promise<ReadonlyMap<string, Window>> {
    const found = new Map<string, Window>();
    // Twice as many, for markers; and more, to tell what is missing from what is another.
    let span = BigInt(this.#asked.records * 2 + 10);
    let open = looked;
    for (let round = 1; open.length > 0 && round <= mostRounds; round++, span *= BigInt(growth)) {
      const ranges = open.map((one): Range => {
        const { low, end } = of(one);
        const begin = end - span - (side === this.#leg.from ? one.last.most - one.last.least : 0n);
        return { topic: one.topic, partition: one.partition, from: begin > low ? begin : low, to: end };
      });
      const wanted = ranges.map(({ from, to }) => from < to);
      const read = await this.#port.read(
        side,
        ranges.filter((_, at) => wanted[at]),
      );
      let next = 0;
      const short: Looked[] = [];
      for (const [at, one] of open.entries()) {
        const records = wanted[at] ? read[next++]! : [];
        if (records === null) continue;
        const { low, trimmed } = of(one);
        const whole = ranges[at]!.from <= low;
        found.set(one.name, { records, whole, trimmed });
        if (!whole && records.filter((record) => counts(one, record)).length <= this.#asked.records) short.push(one);
      }
      open = short;
    }
    return found;
  }
}
