import { auditChains, isWholeChain, type ChainAudit, type Link } from "./audit-chains.ts";
import {
  acknowledged,
  aborted,
  Collector,
  grown,
  sent,
  type GroupLog,
  type Key,
  type Offence,
  type Times,
} from "./audit-collector.ts";

/** One consumer group's share of the audit; all numbers count records. */
export interface GroupAudit {
  readonly group: string;
  /** Acknowledged records of the group's topics. */
  readonly acknowledged: number;
  /** Those of them that were processed at least once. */
  readonly processed: number;
  /** Acknowledged, never processed, and no compaction can explain it. */
  readonly lost: number;
  /** Processings beyond the first of the same record, whoever wrote it. */
  readonly redelivered: number;
  /** Records first processed after a later record of the same key; a repeated processing is never out of order. */
  readonly outOfOrder: number;
  /** Those of them whose later record was read from the same cluster. */
  readonly outOfOrderWithinSide: number;
  /** Traffic's records that it processed, repeats included, by the cluster that it read them from. */
  readonly read: Readonly<Record<string, number>>;
  /** Not processed, but of a compacted topic, and the newest acknowledged record of the key was processed. */
  readonly compactedAway: number;
  /** Processed with a payload or header that does not fit its hash. */
  readonly corrupt: number;
  /** Processed although its transaction was aborted or its producer never sent it. */
  readonly unexpected: number;
  /** Distinct records that no traffic producer wrote (the lab's `history`): checked for redelivery only. */
  readonly others: number;
  /** Longest time between two processed records. */
  readonly readPauseSeconds: number;
}

/** Records whose values name a schema by its id in a registry. */
export interface SchemaAudit {
  /** Read by their schema as what their producer wrote, by the cluster that they were read from. */
  readonly decoded: Readonly<Record<string, number>>;
  /** Read under another id than they were written with. */
  readonly wrongIds: number;
}

/** What became of every record that was acknowledged. */
export interface Audit {
  readonly acknowledged: number;
  /** Sent without an answer: each may have been written once or never. */
  readonly unknown: number;
  readonly aborted: number;
  /** Per group, the acknowledged records that it processed. */
  readonly processed: Readonly<Record<string, number>>;
  readonly lost: number;
  readonly redelivered: number;
  readonly outOfOrder: number;
  readonly outOfOrderWithinSide: number;
  readonly corrupt: number;
  readonly unexpected: number;
  /** Longest time between two acknowledgements of one producer, over all producers. */
  readonly writePauseSeconds: number;
  /** Longest time between two processed records of one group, over all groups. */
  readonly readPauseSeconds: number;
  readonly writePauses: Readonly<Record<string, number>>;
  /** Producers whose pod began again up to `steadyUntil`; null if that was not asked for. */
  readonly restartedProducers: readonly string[] | null;
  readonly groups: readonly GroupAudit[];
  /** Acknowledgements per second of the clock, from second `from` (since 1970) on. */
  readonly perSecond: { readonly from: number; readonly acknowledged: readonly number[] };
  /** What became of values that name a schema; absent where none does. */
  readonly schemas?: SchemaAudit;
  /** What services made of what they read; absent where there are none. */
  readonly chains?: ChainAudit;
  /** The first few records found wrong. */
  readonly offences: readonly Offence[];
}

export interface AuditOptions {
  /** Groups that must have processed everything of their topics, also if they left no log. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  readonly compactedTopics?: readonly string[];
  /** What services write for each record that they read. @default none */
  readonly links?: readonly Link[];
  /** Milliseconds since 1970 until which producers were meant to write: a silence up to there is a pause as well. */
  readonly writtenUntil?: number;
  /** Milliseconds since 1970 until which no producer was meant to stop. */
  readonly steadyUntil?: number;
}

/** Order in which the group's records were processed: each file is in order already, several are merged by time. */
function inTime(group: GroupLog): Uint32Array {
  const order = new Uint32Array(group.keys.size).map((_, index) => index);
  // Sorting is stable, so records of one millisecond and one file stay in order.
  return group.files < 2 ? order : order.sort((a, b) => group.times.at(a) - group.times.at(b) || a - b);
}

function auditGroup(name: string, group: GroupLog, collector: Collector, compacted: ReadonlySet<string>): GroupAudit {
  const { keys } = collector;
  const counts: (Uint8Array | undefined)[] = [];
  const highest: number[] = [];
  const highestWithin: number[][] = collector.sides.map(() => []);
  const read = Object.fromEntries(collector.sides.map((side) => [side, 0]));
  const offend = (kind: Offence["kind"], { topic, key }: Key, seq: number): void =>
    collector.offend({ kind, group: name, topic, key, seq });
  let redelivered = 0;
  let outOfOrder = 0;
  let outOfOrderWithinSide = 0;
  let unexpected = 0;
  for (const index of inTime(group)) {
    const id = group.keys.at(index);
    const seq = group.seqs.at(index);
    const key = keys[id]!;
    const side = group.sides.at(index);
    read[collector.sides[side]!]! += 1;
    const seen = grown((counts[id] ??= new Uint8Array(64)), seq);
    counts[id] = seen;
    if (seen[seq]! > 0) {
      redelivered += 1;
      offend("redelivered", key, seq);
      continue;
    }
    seen[seq] = 1;
    const state = key.states[seq] ?? 0;
    if (state !== acknowledged && state !== sent) {
      unexpected += 1;
      offend("unexpected", key, seq);
    }
    if (seq < (highest[id] ?? 0)) {
      outOfOrder += 1;
      offend("outOfOrder", key, seq);
    } else highest[id] = seq;
    const within = highestWithin[side]!;
    if (seq < (within[id] ?? 0)) outOfOrderWithinSide += 1;
    else within[id] = seq;
  }
  for (const times of group.others.values()) redelivered += times - 1;

  let written = 0;
  let processed = 0;
  let lost = 0;
  let compactedAway = 0;
  for (const [id, key] of keys.entries()) {
    if (!group.topics.has(key.topic)) continue;
    const newest = key.states.lastIndexOf(acknowledged);
    const newestRead = (counts[id]?.[newest] ?? 0) > 0;
    for (let seq = 0; seq < key.states.length; seq += 1) {
      if (key.states[seq] !== acknowledged) continue;
      written += 1;
      if ((counts[id]?.[seq] ?? 0) > 0) processed += 1;
      else if (compacted.has(key.topic) && newestRead) compactedAway += 1;
      else {
        lost += 1;
        offend("lost", key, seq);
      }
    }
  }
  return {
    group: name,
    acknowledged: written,
    processed,
    lost,
    redelivered,
    outOfOrder,
    outOfOrderWithinSide,
    read,
    compactedAway,
    corrupt: group.corrupt,
    unexpected,
    others: group.others.size,
    readPauseSeconds: group.times.longestGap(),
  };
}

/** Compares the ids that values were written with and read by. Undecodable ones are among the corrupt. */
function auditSchemas(collector: Collector): SchemaAudit | undefined {
  const decoded: Record<string, number> = {};
  let wrongIds = 0;
  for (const [name, group] of collector.groups)
    for (const [index, id] of group.schemaIds) {
      const key = collector.keys[group.keys.at(index)]!;
      const seq = group.seqs.at(index);
      // Of a record without an acknowledgement nobody knows what it was written with.
      const written = key.schemaIds[seq] ?? id;
      const side = collector.sides[group.sides.at(index)]!;
      if (written === id) decoded[side] = (decoded[side] ?? 0) + 1;
      else {
        wrongIds += 1;
        collector.offend({ kind: "wrongId", group: name, topic: key.topic, key: key.key, seq });
      }
    }
  const used = wrongIds > 0 || Object.keys(decoded).length > 0;
  return used ? { decoded, wrongIds } : undefined;
}

function acknowledgedPerSecond(writes: Iterable<Times>): Audit["perSecond"] {
  const seconds = new Map<number, number>();
  for (const times of writes)
    for (let index = 0; index < times.size; index += 1) {
      const second = Math.floor(times.at(index) / 1000);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    }
  const from = Math.min(...seconds.keys());
  if (!Number.isFinite(from)) return { from: 0, acknowledged: [] };
  const until = Math.max(...seconds.keys());
  return { from, acknowledged: Array.from({ length: until - from + 1 }, (_, index) => seconds.get(from + index) ?? 0) };
}

/**
 * Compares what producers were acknowledged with what every group processed. Each log is one file's lines.
 * A clean result has 0 lost, redelivered, outOfOrder, corrupt and unexpected, and one output for each input of a service.
 */
export function audit(logs: Iterable<Iterable<string>>, options: AuditOptions = {}): Audit {
  const collector = new Collector();
  for (const lines of logs) collector.read(lines);
  for (const [name, topics] of Object.entries(options.groups ?? {}))
    for (const topic of topics) collector.group(name).topics.add(topic);

  const compacted = new Set(options.compactedTopics);
  const groups = [...collector.groups]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, group]) => auditGroup(name, group, collector, compacted));
  const states = { [sent]: 0, [acknowledged]: 0, [aborted]: 0 };
  for (const key of collector.keys) for (const state of key.states) if (state !== 0) states[state as typeof sent] += 1;
  const writePauses = Object.fromEntries(
    [...collector.writes].map(([workload, times]) => [workload, times.longestGap(options.writtenUntil)]),
  );
  const { steadyUntil } = options;
  const schemas = auditSchemas(collector);
  const { links = [] } = options;
  const chains = links.length > 0 ? auditChains(collector, links) : undefined;
  const restarted = [...collector.starts].flatMap(([workload, times]) =>
    times.filter((time) => time <= (steadyUntil ?? 0)).length > 1 ? [workload] : [],
  );
  const sum = (
    what: "lost" | "redelivered" | "outOfOrder" | "outOfOrderWithinSide" | "corrupt" | "unexpected",
  ): number => groups.reduce((total, group) => total + group[what], 0);
  return {
    acknowledged: states[acknowledged],
    unknown: states[sent],
    aborted: states[aborted],
    processed: Object.fromEntries(groups.map(({ group, processed }) => [group, processed])),
    lost: sum("lost"),
    redelivered: sum("redelivered"),
    outOfOrder: sum("outOfOrder"),
    outOfOrderWithinSide: sum("outOfOrderWithinSide"),
    corrupt: sum("corrupt"),
    unexpected: sum("unexpected"),
    writePauseSeconds: Math.max(0, ...Object.values(writePauses)),
    readPauseSeconds: Math.max(0, ...groups.map(({ readPauseSeconds }) => readPauseSeconds)),
    writePauses,
    restartedProducers: steadyUntil === undefined ? null : restarted.sort(),
    groups,
    perSecond: acknowledgedPerSecond(collector.writes.values()),
    ...(schemas && { schemas }),
    ...(chains && { chains }),
    offences: collector.offences,
  };
}

/**
 * Whether nothing was lost, repeated, out of order, changed or invented, whatever services read has one output, and
 * something was written at all.
 * @param order `within-side`: a record may be read after a later one of its key that was read from the other cluster.
 */
export function isClean(result: Audit, order: "kept" | "within-side" = "kept"): boolean {
  const { lost, redelivered, corrupt, unexpected } = result;
  const outOfOrder = order === "kept" ? result.outOfOrder : result.outOfOrderWithinSide;
  const wrongIds = result.schemas?.wrongIds ?? 0;
  const whole = result.chains === undefined || isWholeChain(result.chains);
  return result.acknowledged > 0 && lost + redelivered + outOfOrder + corrupt + unexpected + wrongIds === 0 && whole;
}
