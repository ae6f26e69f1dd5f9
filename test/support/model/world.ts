/**
 * Two Kafka clusters, Connect and the workloads of a scope in memory, with every record known by name: who wrote it where,
 * who read it. What may never happen is a fault as soon as it does.
 */
import type { Counted, Range } from "../../../runtime/brokers/ranges.ts";
import { partitionName } from "../../../runtime/brokers/partitions.ts";
import type { PartitionLog } from "../../../runtime/brokers/positions.ts";
import type { ConnectOffset } from "../../../runtime/connect/connect.ts";
import type { Document } from "../../../runtime/kubernetes/documents.ts";
import { liveEntry, parseLedger } from "../../../runtime/model/ledger-text.ts";
import type { LedgerEntry } from "../../../runtime/model/ledger.ts";
import type { Scope, WorkloadRef } from "../../../runtime/model/scope.ts";
import type { SideName } from "../../../runtime/model/sides.ts";
import { reads, writes } from "../../../runtime/model/workloads.ts";
import { split } from "../verdict-readings.ts";
import { Acted } from "./process.ts";

/** A record by its name, or null for a marker of a transaction. */
type Entry = string | null;

interface Workload {
  replicas: number;
  former: number | null;
  pods: number;
  /** What the pods read when they came up. */
  at: SideName;
  /** When the pods of a workload at 0 are gone. */
  goneAt: number;
}

const stepMilliseconds = 500;
/** Records that a mirror and a group take of a partition at a time. */
const batch = 25;
/** Partitions of each topic. */
const partitions = [0, 1] as const;
/** Where the clock begins: entries of the ledger have a date, which is the real one. */
const epoch = Math.floor(Date.now() / 1000) * 1000;

/** All that outlives a process; plain data, so that a copy of it is a world of its own. */
function begin(scope: Scope) {
  const names = scope.topics.flatMap((topic) => partitions.map((partition) => partitionName(topic, partition)));
  return {
    now: epoch,
    written: 0,
    /** True once producers have nothing more to write. */
    quiet: false,
    halted: false,
    removed: false,
    /** Whether the lease is held, or was by a process that is dead. */
    leased: false,
    logs: {
      source: new Map(names.map((name) => [name, [] as Entry[]])),
      target: new Map<string, Entry[]>(),
    },
    /** Topics besides the migrated ones. */
    made: { source: new Set<string>(), target: new Set<string>() },
    /** Offset of the last record that was mirrored. */
    copied: new Map<string, bigint>(),
    /** Positions of the mirror back: the last offset of the target that was copied. */
    returned: new Map<string, bigint>(),
    connectors: new Map<string, string>(),
    /** Connectors that a switch has stopped. */
    stopped: [] as readonly string[],
    /** Values by `<ConfigMap>/<key>`. */
    values: new Map<string, string>(),
    documents: new Map<string, Document>(),
    /** Every entry that was ever written to the ledger, whose ConfigMap can be lost. */
    history: [] as LedgerEntry[],
    workloads: new Map<string, Workload>(),
    committed: { source: new Map(), target: new Map() } as Record<SideName, Map<string, Map<string, bigint>>>,
    /** Records that a group has processed, by `<group> <partition>`, and the last one of each writer. */
    processed: new Map<string, { readonly all: Set<string>; readonly last: Map<string, string> }>(),
  };
}

export interface WorldOptions {
  readonly scope: Scope;
  /** Whether both sides may be read at once, so that order across them is not promised. */
  readonly unordered: boolean;
}

export class World extends Acted {
  readonly scope: Scope;
  readonly #options: WorldOptions;
  readonly data: ReturnType<typeof begin>;

  constructor(options: WorldOptions, data?: World["data"]) {
    super();
    this.#options = options;
    this.scope = options.scope;
    this.data = data ?? begin(options.scope);
    if (data !== undefined) return;
    for (const workload of this.scope.workloads) {
      this.point(workload, workload.role === "twin" ? "target" : "source");
      const replicas = workload.role === "twin" ? 0 : workload.name.startsWith("bar") ? 3 : 1;
      this.data.workloads.set(workload.name, { replicas, former: null, pods: 0, at: "source", goneAt: 0 });
    }
    this.pass(3_000);
  }

  /** Another world, which goes on from how this one is. */
  clone(): World {
    return new World(this.#options, structuredClone(this.data));
  }

  /** Lets time pass: producers write, the mirrors copy, consumers read. */
  pass(milliseconds: number): void {
    for (let left = milliseconds; left > 0; left -= stepMilliseconds) {
      this.data.now += Math.min(stepMilliseconds, left);
      this.#tick();
    }
  }

  #tick(): void {
    const { workloads } = this.scope;
    for (const workload of workloads) this.#pods(workload);
    for (const workload of workloads) this.#placed(workload);
    for (const workload of workloads) if (writes(workload.role)) this.#write(workload);
    this.#copy();
    this.#copyBack();
    for (const workload of workloads) if (workload.role === "twin" || reads(workload.role)) this.#read(workload);
  }

  #pods(workload: WorkloadRef): void {
    const state = this.workload(workload);
    if (state.replicas === 0) {
      if (this.data.now >= state.goneAt) state.pods = 0;
      return;
    }
    // Pods that come up read the address that is there; pods that run keep theirs.
    if (state.pods === 0) state.at = this.addressOf(workload);
    state.pods = state.replicas;
  }

  /** Every pod of a workload is evicted and comes up again. */
  restart(workload: WorkloadRef): void {
    this.workload(workload).pods = 0;
  }

  /** Where the ledger says that a workload is. */
  placeOf({ name, role }: WorkloadRef): SideName {
    const { history } = this.data;
    const wave = this.scope.waves?.find(({ workloads }) => workloads.includes(name))?.name;
    const own = { producer: "producers", consumer: "consumers", twin: "twins", both: "applications" } as const;
    const applications = liveEntry(history, "applications", wave === undefined ? {} : { wave });
    const live = applications ?? (role === "both" ? null : liveEntry(history.filter(isOf(own[role])), own[role]));
    return live === null ? "source" : "target";
  }

  /** Whoever runs on a side does so because the ledger says so. */
  #placed(workload: WorkloadRef): void {
    const state = this.workload(workload);
    if (state.pods === 0) return;
    const allowed = this.placeOf(workload);
    if (workload.role === "twin" && allowed === "source") this.fails(`${workload.name} runs without a ledger entry`);
    if (state.at === allowed) return;
    this.fails(`${workload.name} runs on the ${state.at}, and the ledger has it on the ${allowed}`);
  }

  #write(workload: WorkloadRef): void {
    const state = this.workload(workload);
    const { now, quiet, halted, logs } = this.data;
    if (state.pods === 0 || quiet || (halted && state.at === "source")) return;
    for (const topic of topicsOf(workload)) {
      const log = logs[state.at].get(partitionName(topic, (now / stepMilliseconds) % partitions.length));
      log?.push(`${workload.name}#${String((this.data.written += 1)).padStart(6, "0")}`);
    }
  }

  #runs(connector: string): boolean {
    return this.data.connectors.get(connector) === "RUNNING" && !this.data.halted;
  }

  /** The connector that copies a topic to the target. */
  connectorOf(topic: string): string {
    const { waves = [], mirror } = this.scope;
    return waves.find(({ closes }) => closes.includes(topic))?.connector ?? mirror?.sourceConnectors[0] ?? "";
  }

  // Exactly once: a batch and its commit marker.
  #copy(): void {
    const { logs, copied } = this.data;
    for (const [name, log] of logs.source) {
      if (!this.#runs(this.connectorOf(split(name).topic))) continue;
      const from = Number((copied.get(name) ?? -1n) + 1n);
      const records = log.slice(from, from + batch);
      if (!records.some((record) => record !== null)) continue;
      logs.target.get(name)?.push(...records.filter((record) => record !== null), null);
      copied.set(name, BigInt(from + records.findLastIndex((record) => record !== null)));
    }
  }

  #copyBack(): void {
    const { logs, returned, made } = this.data;
    const reverse = this.scope.mirror?.reverse;
    if (reverse === undefined || !this.#runs(reverse.connector)) return;
    if (!made.source.has(reverse.topics.offsets)) this.fails("the mirror back runs without its topic");
    for (const [name, log] of logs.target) {
      const at = returned.get(name);
      if (at === undefined) return this.fails(`the mirror back begins at the beginning of ${name}`);
      const records = log.slice(Number(at + 1n), Number(at + 1n) + batch);
      if (!records.some((record) => record !== null)) continue;
      logs.source.get(name)!.push(...records.filter((record) => record !== null), null);
      returned.set(name, at + 1n + BigInt(records.findLastIndex((record) => record !== null)));
    }
  }

  #read(workload: WorkloadRef): void {
    const { pods, at } = this.workload(workload);
    if (pods === 0 || (at === "source" && this.data.halted)) return;
    for (const group of workload.groups) {
      const topics = this.scope.groups.find((one) => one.name === group)?.topics ?? [];
      const committed = this.committedBy(at, group);
      for (const [partition, log] of this.data.logs[at]) {
        if (!topics.includes(split(partition).topic)) continue;
        // `auto.offset.reset=earliest`: what is read twice is seen at once, what is skipped at the end.
        const from = Number(committed.get(partition) ?? 0n);
        log.slice(from, from + batch).forEach((record, index) => {
          if (record === null) return;
          this.#process(group, partition, record, at);
          committed.set(partition, BigInt(from + index + 1));
        });
      }
    }
  }

  #process(group: string, partition: string, record: string, at: SideName): void {
    const key = `${group} ${partition}`;
    const done = this.data.processed.get(key) ?? { all: new Set(), last: new Map() };
    const [writer = ""] = record.split("#");
    const before = done.last.get(writer) ?? "";
    if (done.all.has(record)) this.fails(`${group} reads ${record} of ${partition} twice, now on the ${at}`);
    if (before > record && !this.#options.unordered)
      this.fails(`${group} reads ${record} of ${partition} after ${before}`);
    done.all.add(record);
    done.last.set(writer, record);
    this.data.processed.set(key, done);
  }

  /** Records that a group has not processed, once there is nothing more to read. */
  lost(): string[] {
    return this.scope.groups.flatMap(({ name: group, topics }) =>
      [...this.data.logs.source.keys()]
        .filter((partition) => topics.includes(split(partition).topic))
        .flatMap((partition) => {
          const done = this.data.processed.get(`${group} ${partition}`)?.all ?? new Set();
          const { source, target } = this.data.logs;
          const written = new Set([...source.get(partition)!, ...(target.get(partition) ?? [])]);
          return [...written].filter((record) => record !== null && !done.has(record)).map((one) => `${group} ${one}`);
        }),
    );
  }

  workload({ name }: Pick<WorkloadRef, "name">): Workload {
    return this.data.workloads.get(name)!;
  }

  committedBy(side: SideName, group: string): Map<string, bigint> {
    const all = this.data.committed[side];
    const found = all.get(group) ?? new Map<string, bigint>();
    all.set(group, found);
    return found;
  }

  /** Pods that are members of a group on a side. */
  membersOf(side: SideName, group: string): number {
    return this.scope.workloads
      .filter(({ role, groups }) => role !== "producer" && groups.includes(group))
      .map((workload) => this.workload(workload))
      .reduce((sum, { pods, at }) => sum + (at === side ? pods : 0), 0);
  }

  /** A side is asked for something, by a process that lives. */
  asks(side: SideName): void {
    this.answers(side);
    if (side === "source" && this.data.halted) throw new Error("the source cannot be reached: it is halted");
  }

  hasTopic(side: SideName, topic: string): boolean {
    return this.data.made[side].has(topic) || this.partitionsOf(side, topic).length > 0;
  }

  partitionsOf(side: SideName, topic: string): string[] {
    return partitions
      .map((partition) => partitionName(topic, partition))
      .filter((name) => this.data.logs[side].has(name));
  }

  logOf(side: SideName, name: string): PartitionLog {
    const end = BigInt(this.data.logs[side].get(name)!.length);
    return { ...split(name), start: 0n, stable: end, end };
  }

  count(side: SideName, { topic, partition, from, to }: Range): Counted {
    const log = this.data.logs[side].get(partitionName(topic, partition)) ?? [];
    const records = log.slice(Number(from), Number(to)).filter((entry) => entry !== null).length;
    const head = { offset: from, timestamp: BigInt(this.data.now), producer: null };
    const heads = records > 0 ? { first: head, last: head } : { first: null, last: null };
    return { records, exact: true, ...heads, trimmedTo: null };
  }

  deleteTopics(side: SideName, topics: readonly string[]): void {
    this.asks(side);
    this.change(`delete ${topics.join(", ")}`, () => {
      for (const topic of topics) this.data.made[side].delete(topic);
      if (topics.includes(this.scope.mirror?.reverse?.topics.offsets ?? "")) this.data.returned.clear();
    });
  }

  setConnector(name: string, state: string): void {
    if (this.data.connectors.has(name)) this.data.connectors.set(name, state);
  }

  setMirrored(connector: string, offsets: readonly ConnectOffset[]): void {
    if (this.data.connectors.get(connector) !== "STOPPED") throw new Error(`${connector} is not stopped`);
    for (const { topic, partition, offset } of offsets) this.data.copied.set(partitionName(topic, partition), offset);
  }

  /** A document was written; entries of the ledger stay in this world's memory for ever. */
  wrote(configMap: string, document: Document): void {
    this.data.documents.set(configMap, document);
    if (configMap !== this.scope.ledger.configMap) return;
    const { history } = this.data;
    history.push(...parseLedger(document.texts, configMap).slice(history.length));
  }

  /** Where a pod that comes up now goes. */
  addressOf(workload: WorkloadRef): SideName {
    if (workload.role === "twin") return "target";
    const isOn = (side: SideName) =>
      valuesOn(workload, side).every(([place, text]) => this.data.values.get(place) === text);
    return isOn("target") ? "target" : "source";
  }

  point(workload: WorkloadRef, side: SideName): void {
    for (const [place, text] of valuesOn(workload, side)) this.data.values.set(place, text);
  }
}

const isOf =
  (what: LedgerEntry["switch"]) =>
  ({ switch: of }: LedgerEntry): boolean =>
    of === what;

/** What a workload writes: what it names, else the topic that it is called after. */
const topicsOf = ({ name, topics }: WorkloadRef): readonly string[] => topics ?? [name.split("-")[0]!];

/** What a workload reads at start where it is on a side: `[<ConfigMap>/<key>, value]`. */
function valuesOn(workload: WorkloadRef, side: SideName): [string, string][] {
  const fields = workload.kind === "connector" ? [] : (workload.fields ?? []);
  return fields.map(({ place, on }) => {
    const value = on[side];
    if (!("configMap" in place) || value === undefined || !("text" in value))
      throw new Error(`${workload.name} has a field that this world does not know: ${JSON.stringify(place)}`);
    return [`${place.configMap}/${place.key}`, value.text];
  });
}
