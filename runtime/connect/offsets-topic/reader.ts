/** The positions of a few connectors, kept up to date with the topic in which Connect writes them. */
import type { SourceOffset } from "../connector-offsets.ts";
import type { OffsetsLog, OffsetsRecord, PartitionEnds } from "./log.ts";
import { keyPrefix, looksLikeKey, recordKey, recordOffset, type RecordKey } from "./record.ts";

/**
 * Compaction removes a deletion a day after it was written (`delete.retention.ms`); who has not looked for so long reads
 * from the beginning again and cannot miss one.
 */
const longestPauseMilliseconds = 3_600_000;
/** Between two looks whether an open transaction has ended. */
const pauseMilliseconds = 200;

/** How far to read: to what is committed now, or until everything that is written now is committed or aborted. */
export type UpTo = "stable" | "end";

/** Time as a reader sees it. */
export interface ReaderPace {
  now(): number;
  pause(milliseconds: number): Promise<void>;
}

export interface ReadOptions {
  readonly upTo: UpTo;
  /** As of `pace.now()`. */
  readonly deadline: number;
  readonly pace: ReaderPace;
}

/** What the topic says, or why Connect itself has to be asked. */
export type TopicReading =
  | { readonly kind: "read"; readonly offsets: ReadonlyMap<string, readonly SourceOffset[]> }
  | { readonly kind: "absent" | "denied" }
  /** The topic holds something that is not Connect's, for example `a key that is not Connect's (partition 2, offset 41)`. */
  | { readonly kind: "foreign"; readonly what: string };

interface Kept {
  readonly of: RecordKey;
  readonly value: Buffer;
  readonly in: number;
  readonly at: bigint;
}

interface State {
  readonly clusterId: string;
  readonly id: string;
  /** First offset of each partition that was not read yet. */
  readonly next: Map<number, bigint>;
  /** By the key's own bytes: two that mean the same are two to Connect. */
  readonly kept: Map<string, Kept>;
  foreign: string | null;
}

/**
 * Reads the topic from its beginning once, and afterwards what is new. Keeps the newest position per key, of the wanted
 * connectors alone. Begins again where the topic was made again, where a log was cut off, and after a long pause; what a
 * reading that ran out of time has read is not read again.
 */
export class OffsetsReader {
  readonly #wanted: ReadonlySet<string>;
  readonly #prefixes: readonly Buffer[];
  #state: State | null = null;
  #readAt = 0;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(connectors: Iterable<string>) {
    this.#wanted = new Set(connectors);
    this.#prefixes = [...this.#wanted].map(keyPrefix);
  }

  /** One reading at a time. Rejects if a broker gives no answer, or if the end is not reached in time. */
  read(log: OffsetsLog, options: ReadOptions): Promise<TopicReading> {
    const reading = this.#queue.then(() => this.#read(log, options));
    this.#queue = reading.catch(() => undefined);
    return reading;
  }

  async #read(log: OffsetsLog, { upTo, deadline, pace }: ReadOptions): Promise<TopicReading> {
    if (pace.now() - this.#readAt > longestPauseMilliseconds) this.#state = null;
    let goals: ReadonlyMap<number, bigint> | null = null;
    for (;;) {
      const about = await log.describe();
      if (about.kind !== "there") {
        this.#state = null;
        return about;
      }
      const known = this.#state?.id === about.id && this.#state.clusterId === about.clusterId ? this.#state : null;
      const ends = await log.ends();
      const state = known !== null && follows(known, ends) ? known : begun(about);
      if (state !== known) goals = null;
      this.#state = state;
      goals ??= new Map([...ends].map(([partition, found]) => [partition, found[upTo]]));
      for (const [key, { in: partition, at }] of state.kept) {
        // A read from the beginning would not see it either.
        if (at < (ends.get(partition)?.start ?? 0n)) state.kept.delete(key);
      }
      const ranges = new Map(
        [...ends].map(([partition, { start, stable }]) => [
          partition,
          { from: state.next.get(partition) ?? start, to: stable },
        ]),
      );
      const behind = new Map([...ranges].filter(([, { from, to }]) => from < to));
      const read = behind.size === 0 ? new Map<number, bigint>() : await log.read(behind, this.#take(state), deadline);
      if (read === "denied") return { kind: "denied" };
      for (const [partition, { from }] of ranges) state.next.set(partition, read.get(partition) ?? from);
      if (state.foreign !== null) return { kind: "foreign", what: state.foreign };
      const reached = [...goals].every(([partition, goal]) => (state.next.get(partition) ?? 0n) >= goal);
      if (reached && (await sameTopic(log, state))) {
        this.#readAt = pace.now();
        return this.#found(state);
      }
      if (pace.now() + pauseMilliseconds >= deadline) throw new Error(notReached(goals, ends, state));
      if (!reached) await pace.pause(pauseMilliseconds);
    }
  }

  #take(state: State): (record: OffsetsRecord) => void {
    return ({ partition, offset, key, value }) => {
      // Millions of records may be of few keys: each key is parsed once, and of the values the newest, at the end.
      if (key !== null && looksLikeKey(key) && !this.#prefixes.some((prefix) => beginsWith(key, prefix))) return;
      const id = key?.toString("latin1") ?? "";
      const known = state.kept.get(id);
      if (value === null && known !== undefined) return void state.kept.delete(id);
      const of = known?.of ?? (key === null ? null : recordKey(key));
      if (of === null) state.foreign ??= `a key that is not Connect's (${where(partition, offset)})`;
      // The bytes are copied: they are part of a whole answer of the broker, which would be kept with them.
      else if (value !== null && this.#wanted.has(of.connector)) {
        state.kept.set(id, { of, value: Buffer.from(value), in: partition, at: offset });
      }
    };
  }

  #found({ kept }: State): TopicReading {
    const offsets = new Map([...this.#wanted].map((connector) => [connector, new Map<string, SourceOffset>()]));
    for (const { of, value, in: partition, at } of kept.values()) {
      const offset = recordOffset(value);
      if (offset === null) return { kind: "foreign", what: `a value that is not Connect's (${where(partition, at)})` };
      if (offset === "null") continue;
      const ofConnector = offsets.get(of.connector)!;
      if (ofConnector.has(of.partition)) {
        const what = `two positions of connector ${of.connector} for ${of.partition} (${where(partition, at)})`;
        return { kind: "foreign", what };
      }
      ofConnector.set(of.partition, { partition: of.partition, offset });
    }
    const sorted = [...offsets].map(
      ([connector, found]) =>
        [connector, [...found.values()].sort((a, b) => (a.partition < b.partition ? -1 : 1))] as const,
    );
    return { kind: "read", offsets: new Map(sorted) };
  }
}

const where = (partition: number, offset: bigint): string => `partition ${partition}, offset ${offset}`;

const beginsWith = (key: Buffer, prefix: Buffer): boolean =>
  key.length > prefix.length && key.compare(prefix, 0, prefix.length, 0, prefix.length) === 0;

const begun = ({ clusterId, id }: { readonly clusterId: string; readonly id: string }): State => ({
  clusterId,
  id,
  foreign: null,
  next: new Map(),
  kept: new Map(),
});

/** Whether the log may be what was read before, only longer. */
const follows = ({ next }: State, ends: ReadonlyMap<number, PartitionEnds>): boolean =>
  [...next].every(([partition, offset]) => offset <= (ends.get(partition)?.end ?? -1n));

/** Asked once more after a reading: records of a topic that was made again meanwhile are not those of this one. */
async function sameTopic(log: OffsetsLog, { clusterId, id }: State): Promise<boolean> {
  const now = await log.describe();
  return now.kind === "there" && now.clusterId === clusterId && now.id === id;
}

function notReached(
  goals: ReadonlyMap<number, bigint>,
  ends: ReadonlyMap<number, PartitionEnds>,
  { next }: State,
): string {
  const late = [...goals].find(([partition, goal]) => (next.get(partition) ?? 0n) < goal);
  if (late === undefined) return "Connect's offsets topic is being made again";
  const [partition, goal] = late;
  const { stable } = ends.get(partition)!;
  const reached = next.get(partition) ?? 0n;
  return reached >= stable
    ? `partition ${partition} of Connect's offsets topic has an open transaction since offset ${stable}, below its end ${goal}`
    : `there was no time to read partition ${partition} of Connect's offsets topic beyond offset ${reached} of ${goal}`;
}
