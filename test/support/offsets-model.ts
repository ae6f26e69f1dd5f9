import type { OffsetsLog, OffsetsRecord, PartitionEnds, TopicState } from "../../runtime/connect/offsets-topic/log.ts";

interface Entry {
  readonly offset: bigint;
  readonly key: string;
  readonly value: string | null;
  readonly transaction: string | null;
  state: "open" | "committed" | "aborted" | "marker";
}

interface Log {
  entries: Entry[];
  start: bigint;
  end: bigint;
}

/** A key as Connect writes it. */
export const keyOf = (connector: string, partition: number): string =>
  `["${connector}",{"cluster":"source","partition":${partition},"topic":"orders"}]`;

/** Connect's offsets topic in memory, with transactions, compaction and everything else that happens to topics. */
export class OffsetsModel implements OffsetsLog {
  #logs: Log[];
  #id = 1;
  state: TopicState["kind"] = "there";
  readable = true;
  /** Records that one reading gets at most. */
  most = Number.POSITIVE_INFINITY;
  /** By how much a leader shows less than is committed. */
  lag = 0n;
  /** Records that were handed out in all. */
  handedOut = 0;
  afterRead: () => void = () => undefined;

  constructor(partitions: number) {
    this.#logs = Array.from({ length: partitions }, () => ({ entries: [], start: 0n, end: 0n }));
  }

  put(key: string, value: string | null, transaction?: string): void {
    const sum = [...key].reduce((total, sign) => total + (/\d/.test(sign) ? Number(sign) : 0), 0);
    const log = this.#logs[sum % this.#logs.length]!;
    const state = transaction === undefined ? "committed" : "open";
    log.entries.push({ offset: log.end, key, value, transaction: transaction ?? null, state });
    log.end += 1n;
  }

  /** Ends a transaction; leaves a marker in every partition that it touched. */
  end(transaction: string, how: "commit" | "abort"): void {
    for (const log of this.#logs) {
      const open = log.entries.filter((each) => each.state === "open" && each.transaction === transaction);
      if (open.length === 0) continue;
      for (const entry of open) entry.state = how === "commit" ? "committed" : "aborted";
      log.entries.push({ offset: log.end, key: "", value: null, transaction: null, state: "marker" });
      log.end += 1n;
    }
  }

  recreate(): void {
    this.#id += 1;
    this.#logs = this.#logs.map(() => ({ entries: [], start: 0n, end: 0n }));
  }

  /** The log begins at this offset from now on. */
  start(partition: number, offset: bigint): void {
    const log = this.#logs[partition]!;
    if (offset <= log.start) return;
    log.start = offset;
    log.entries = log.entries.filter((each) => each.offset >= offset);
  }

  /** What comes from this offset on is lost, as after an election of a leader that had less. */
  cutOff(partition: number, offset: bigint): void {
    const log = this.#logs[partition]!;
    log.entries = log.entries.filter((each) => each.offset < offset);
    log.end = offset;
  }

  /** Removes what has a newer record of its key below the last stable offset, and deletions if wanted. */
  compact({ deletions = false } = {}): void {
    for (const log of this.#logs) {
      const stable = stableOf(log);
      const newest = new Map<string, bigint>();
      for (const each of log.entries) {
        if (each.offset < stable && each.state === "committed") newest.set(each.key, each.offset);
      }
      log.entries = log.entries.filter(
        (each) =>
          each.offset >= stable ||
          each.state === "marker" ||
          (each.state === "committed" && newest.get(each.key) === each.offset && !(deletions && each.value === null)),
      );
    }
  }

  stableOf(partition: number): bigint {
    return stableOf(this.#logs[partition]!);
  }

  /** What a reader of committed records finds who begins now, by JSON text of the partition. */
  fromTheBeginning(connector: string): Record<string, string> {
    const found = new Map<string, string>();
    for (const log of this.#logs) {
      for (const { offset, key, value, state } of log.entries) {
        if (state !== "committed" || offset >= stableOf(log) || !key.startsWith(`["${connector}"`)) continue;
        const partition = key.slice(key.indexOf("{"), -1);
        if (value === null) found.delete(partition);
        else found.set(partition, value);
      }
    }
    return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  async describe(): Promise<TopicState> {
    return this.state === "there" ? { kind: "there", clusterId: "T", id: `id-${this.#id}` } : { kind: this.state };
  }

  async ends(): Promise<ReadonlyMap<number, PartitionEnds>> {
    return new Map(this.#logs.map((log, at) => [at, { start: log.start, stable: stableOf(log), end: log.end }]));
  }

  async read(
    ranges: ReadonlyMap<number, { readonly from: bigint; readonly to: bigint }>,
    take: (record: OffsetsRecord) => void,
  ): Promise<ReadonlyMap<number, bigint> | "denied"> {
    if (!this.readable) return "denied";
    const next = new Map<number, bigint>();
    let left = this.most;
    for (const [partition, { from, to }] of ranges) {
      const shown = to - this.lag;
      const entries = this.#logs[partition]!.entries.filter((each) => each.offset >= from && each.offset < shown);
      let reached = from;
      for (const { offset, key, value, state } of entries) {
        if (left === 0) break;
        reached = offset + 1n;
        if (state !== "committed") continue;
        left -= 1;
        this.handedOut += 1;
        take({ partition, offset, key: Buffer.from(key), value: value === null ? null : Buffer.from(value) });
      }
      if (left > 0 && shown > reached) reached = shown;
      next.set(partition, reached);
    }
    this.afterRead();
    return next;
  }
}

/** First offset of the first open transaction, else the end. */
const stableOf = ({ entries, end }: Log): bigint => entries.find(({ state }) => state === "open")?.offset ?? end;
