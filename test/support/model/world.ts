/**
 * Two Kafka clusters, Connect and the workloads of a scope in memory, with every record known by name: who wrote it where,
 * who read it. What may never happen is a fault as soon as it does.
 */
import { partitionName } from "../../../runtime/brokers/partitions.ts";
import { liveEntry } from "../../../runtime/model/ledger-text.ts";
import type { LedgerEntry } from "../../../runtime/model/ledger.ts";
import type { Scope, WorkloadRef } from "../../../runtime/model/scope.ts";
import type { SideName } from "../../../runtime/model/sides.ts";
import type { Move, Role } from "../../../runtime/model/workloads.ts";
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

const moveOf: Readonly<Record<Role, Move>> = { producer: "producers", consumer: "consumers", twin: "twins" };
const stepMilliseconds = 500;
/** Records that the mirror and a group take of a partition at a time. */
const batch = 25;
/** Where the clock begins: ledger entries have a date. */
const epoch = Date.parse("2026-11-21T00:00:00Z");
/** Partitions of each topic. */
const partitions = 2;

/** All that outlives a process; plain data, so that a copy of it is a world of its own. */
function begin(scope: Scope) {
  const names = scope.topics.flatMap((topic) =>
    Array.from({ length: partitions }, (_, partition) => partitionName(topic, partition)),
  );
  return {
    now: epoch,
    written: 0,
    /** True once producers have nothing more to write. */
    quiet: false,
    halted: false,
    logs: {
      source: new Map(names.map((name) => [name, [] as Entry[]])),
      target: new Map<string, Entry[]>(),
    },
    /** Offset of the last record that was mirrored. */
    copied: new Map<string, bigint>(),
    /** Whether the mirror has begun. */
    begun: false,
    connectors: new Map<string, string>(),
    /** Connectors that a switch has stopped. */
    stopped: [] as readonly string[],
    /** Values by `<ConfigMap>/<key>`. */
    values: new Map<string, string>(),
    record: {} as Readonly<Record<string, string>>,
    /** The ledger's ConfigMap, which can be lost. */
    entries: [] as LedgerEntry[],
    /** Every entry that was ever written. */
    history: [] as LedgerEntry[],
    workloads: new Map<string, Workload>(),
    committed: { source: new Map(), target: new Map() } as Record<SideName, Map<string, Map<string, bigint>>>,
    /** Records that a group has processed, by `<group> <partition>`, in this order. */
    processed: new Map<string, { readonly all: Set<string>; last: string }>(),
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

  /** Lets time pass: producers write, the mirror copies, consumers read. */
  pass(milliseconds: number): void {
    for (let left = milliseconds; left > 0; left -= stepMilliseconds) {
      this.data.now += Math.min(stepMilliseconds, left);
      this.#tick();
    }
  }

  #tick(): void {
    for (const workload of this.scope.workloads) this.#pods(workload);
    for (const workload of this.scope.workloads) this.#placed(workload);
    this.ofRole("producer").forEach((workload, index) => this.#write(workload, index));
    if (this.#mirrors()) this.#copy();
    for (const workload of [...this.ofRole("consumer"), ...this.ofRole("twin")]) this.#read(workload);
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

  /** Whoever runs on a side does so because the ledger says so. */
  #placed(workload: WorkloadRef): void {
    const state = this.workload(workload);
    if (state.pods === 0) return;
    const live = liveEntry(this.data.history, moveOf[workload.role]);
    const allowed = live === null ? "source" : "target";
    if (workload.role === "twin" && live === null) this.fails(`${workload.name} runs without a ledger entry`);
    if (state.at === allowed) return;
    this.fails(
      `${workload.name} runs on the ${state.at}, and ` +
        (live === null ? "no ledger entry put it there" : `ledger entry ${live.number} says that it has moved`),
    );
  }

  #write({ name }: WorkloadRef, index: number): void {
    const state = this.data.workloads.get(name)!;
    const { now, quiet, halted, logs } = this.data;
    const topic = this.scope.topics[index];
    if (state.pods === 0 || quiet || topic === undefined || (halted && state.at === "source")) return;
    const log = logs[state.at].get(partitionName(topic, (now / stepMilliseconds) % partitions));
    log?.push(`${topic}-${String((this.data.written += 1)).padStart(6, "0")}`);
  }

  #mirrors(): boolean {
    const { mirror } = this.scope;
    return mirror?.sourceConnectors.some((name) => this.data.connectors.get(name) === "RUNNING") ?? false;
  }

  // Exactly once: a batch and its commit marker.
  #copy(): void {
    const { logs, copied, halted } = this.data;
    if (halted) return;
    for (const [name, log] of logs.source) {
      const from = Number((copied.get(name) ?? -1n) + 1n);
      const records = log.slice(from, from + batch);
      if (records.length === 0) continue;
      logs.target.get(name)?.push(...records, null);
      copied.set(name, BigInt(from + records.length - 1));
    }
  }

  #read({ name, groups }: WorkloadRef): void {
    const { pods, at } = this.data.workloads.get(name)!;
    if (pods === 0 || (at === "source" && this.data.halted)) return;
    for (const group of groups) {
      const topics = this.scope.groups.find((one) => one.name === group)?.topics ?? [];
      const committed = this.committedBy(at, group);
      for (const [partition, log] of this.data.logs[at]) {
        if (!topics.some((topic) => partition.startsWith(`${topic}[`))) continue;
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
    const done = this.data.processed.get(key) ?? { all: new Set(), last: "" };
    if (done.all.has(record)) this.fails(`${group} reads ${record} of ${partition} twice, now on the ${at}`);
    if (done.last > record && !this.#options.unordered)
      this.fails(`${group} reads ${record} of ${partition} after ${done.last}`);
    done.all.add(record);
    done.last = record;
    this.data.processed.set(key, done);
  }

  /** Records that a group has not processed, once there is nothing more to read. */
  lost(): string[] {
    return this.scope.groups.flatMap(({ name: group, topics }) =>
      [...this.data.logs.source.keys()]
        .filter((partition) => topics.some((topic) => partition.startsWith(`${topic}[`)))
        .flatMap((partition) => {
          const done = this.data.processed.get(`${group} ${partition}`)?.all ?? new Set();
          const { source, target } = this.data.logs;
          const written = new Set([...source.get(partition)!, ...(target.get(partition) ?? [])]);
          return [...written].filter((record) => record !== null && !done.has(record)).map((one) => `${group} ${one}`);
        }),
    );
  }

  ofRole(role: Role): WorkloadRef[] {
    return this.scope.workloads.filter((workload) => workload.role === role);
  }

  workload({ name }: WorkloadRef): Workload {
    return this.data.workloads.get(name)!;
  }

  committedBy(side: SideName, group: string): Map<string, bigint> {
    const all = this.data.committed[side];
    const found = all.get(group) ?? new Map<string, bigint>();
    all.set(group, found);
    return found;
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
