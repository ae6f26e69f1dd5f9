/** Two Kafka clusters, Connect with MirrorMaker 2 and a few workloads in memory, with a clock of their own. */
import type { ByGroup } from "../runtime/brokers/commits.ts";
import type { GroupPlace, TopicPartition } from "../runtime/brokers/kafka-port.ts";
import { partitionName } from "../runtime/brokers/partitions.ts";
import type { GroupState, Isolation, PartitionLog, Position } from "../runtime/brokers/positions.ts";
import type { Counted, Range, RecordHead } from "../runtime/brokers/ranges.ts";
import type { ConnectOffset } from "../runtime/connect/connect.ts";
import { writersMove, type WayBack } from "../runtime/topics/way-back.ts";
import type { SwitchInputs } from "../runtime/model/inputs.ts";
import type { LedgerEntry } from "../runtime/model/ledger.ts";
import type { CommittedPosition, Decision, Direction, Forecast, Placement } from "../runtime/model/placement.ts";
import { connectorsOf } from "../runtime/model/mirror-ref.ts";
import type { FormerModes } from "../runtime/model/registry-modes.ts";
import type { Scope, WorkloadRef } from "../runtime/model/scope.ts";
import { LeaseLost } from "../runtime/model/settle-all.ts";
import type { SideName } from "../runtime/model/sides.ts";
import type { ScalerReading } from "../runtime/model/workload-port.ts";
import type { WorkloadState } from "../runtime/model/workload-state.ts";
import { backScopes } from "../runtime/model/waves.ts";
import type { KubernetesWorkloadRef } from "../runtime/model/workloads.ts";
import { RegistryRest } from "../runtime/registry/rest.ts";
import type { SwitchEffects } from "../runtime/switch/ports.ts";
import type { RegistryModel } from "./support/registry-model.ts";

/** What an offset of a log holds: a record that counts, one that was aborted, one of an open transaction, or a marker. */
export type Kind = "data" | "aborted" | "open" | "marker";

interface Workload {
  replicas: number;
  former: number | null;
  pods: number;
  /** When the pods of a workload at 0 are gone. */
  goneAt: number;
}

/** The process of a killed update: nothing it does after has any effect. */
export class Killed extends Error {}

const kubernetes = { namespace: "demo" };
const workload = (
  name: string,
  role: WorkloadRef["role"],
  groups: string[] = [],
  kind: KubernetesWorkloadRef["kind"] = "Deployment",
): KubernetesWorkloadRef => ({ name, kind, kubernetes, role, groups });

const usual: Scope = {
  migration: "guide",
  source: { side: "source", bootstrap: ["127.0.0.1:1"], protocol: "PLAINTEXT" },
  target: { side: "target", bootstrap: ["127.0.0.1:2"], protocol: "PLAINTEXT" },
  mirror: {
    connect: { urls: ["http://127.0.0.1:8083"] },
    sourceConnectors: ["guide-source-all"],
    otherConnectors: ["guide-checkpoint", "guide-heartbeat"],
    sourceAlias: "source",
  },
  topics: ["foo", "orders", "empty"],
  groups: [
    { name: "foo-consumer", topics: ["foo", "empty"] },
    { name: "orders-consumer", topics: ["orders"] },
  ],
  workloads: [
    workload("foo-producer", "producer"),
    workload("orders-producer", "producer", [], "StatefulSet"),
    workload("idle-producer", "producer"),
    workload("nightly-producer", "producer", [], "CronJob"),
    workload("foo-consumer", "consumer", ["foo-consumer"]),
    workload("orders-consumer", "consumer", ["orders-consumer"], "StatefulSet"),
  ],
  ledger: { kubernetes, configMap: "guide-ledger" },
};

export { usual as scope };

/** The same where the config opens a way back. */
export const scopeWithBack: Scope = {
  ...usual,
  mirror: {
    ...usual.mirror!,
    reverse: {
      ...{ connector: "guide-reverse", alias: "guide-target", replicationFactor: 1, compacted: [] },
      topics: { offsets: "mm2-guide-reverse-offsets.internal", syncs: "mm2-offset-syncs.guide-target.internal" },
      kafka: usual.source,
    },
  },
};

export const inputs = (what: SwitchInputs["what"], offsets?: SwitchInputs["offsets"]): SwitchInputs => ({
  scope: usual,
  offsets: offsets ?? (what === "consumers" ? "at-ledger" : "kept"),
  row: `move-${what}`,
  what,
  stopSeconds: 30,
  fenceSeconds: 20,
  drainSeconds: 30,
  startSeconds: 30,
  starts: false,
  sealed: false,
});

type Proof = Decision & Forecast;

export class World {
  /** Cluster ids that the sides report. */
  ids: Record<SideName, string> = { source: "source-id", target: "target-id" };
  now = 0;
  lines: string[] = [];
  /** What Connect says that its connectors run with. */
  configs = new Map<string, Record<string, string>>();
  /** How the place of a group is proved; by default by counting the records before it, as the mirror keeps them all. */
  proof = (direction: Direction, position: CommittedPosition): Proof => this.#proof(direction, position);
  entries: LedgerEntry[] = [];
  /** When entries are written. */
  writtenAt = "2020-01-01T00:00:00.000Z";
  stopped: string[] = [];
  /** Where schemas are moved: both registries. */
  registries: Record<SideName, RegistryModel> | null = null;
  /** Modes of the source's registry that a switch has journalled. */
  formerModes: FormerModes | null = null;
  placingSeconds = 1;
  restoringSeconds = 60;
  side: Record<"producer" | "consumer", SideName> = { producer: "source", consumer: "source" };
  /** Where those are that move as applications, by name; others are where `side` has their role. */
  sides = new Map<string, SideName>();
  logs: Record<SideName, Map<string, Kind[]>> = { source: new Map(), target: new Map() };
  /** Where logs begin; what lies before was removed, and stays in `logs` for whoever checks. @default 0 */
  starts: Record<SideName, Map<string, number>> = { source: new Map(), target: new Map() };
  /** Kafka's ids of topics; one that is made again gets another. */
  topicIds: Record<SideName, Map<string, string>> = { source: new Map(), target: new Map() };
  /** Topics that the config leaves out. */
  ignored = new Set<string>();
  /** Bytes of an entry that the ledger has room for. */
  ledgerRoom = Infinity;
  /** Whether committed offsets pass markers, as those of Java's consumers do, or are those after the last record. */
  passesMarkers = false;
  copied = new Map<string, bigint>();
  connectors = new Map<string, string>();
  /** Of what is stopped: those of which Connect lists a task until they are stopped once more. */
  lingering = new Set<string>();
  workloads = new Map<string, Workload>();
  committed: Record<SideName, Map<string, Map<string, bigint>>> = { source: new Map(), target: new Map() };
  /** Somebody who writes to the source and is not among the workloads. */
  stranger: string | null = null;
  /** Who wrote each record, as Kafka keeps it. */
  writer: RecordHead["producer"] = null;
  /** Who of the producers writes in transactions, as brokers tell it. */
  transactional = new Map<bigint, string>();
  /** Records that can never be mirrored: the task fails at this partition. */
  poisoned: string | null = null;
  /** A partition in which the mirror makes no progress and says nothing. */
  stuck: string | null = null;
  /** Records of `foo[0]` on the source when its last producer was gone. */
  fencedAt = 0;
  /** Consumers that run and read nothing. */
  lagging = false;
  interrupted = false;
  /** Why a workload must not be stopped, by its name. */
  obstacles = new Map<string, string>();
  /** What the API server says to whoever tries to stop a workload, by its name. */
  unstoppable = new Map<string, string>();
  scalers: ScalerReading = { found: [], unread: [] };
  leaseLost = false;
  /** What the second client misreads: a side's end of a partition, or a group's offset there. */
  misread: { ends: Map<string, bigint>; committed: Map<string, bigint>; times: number } = {
    ends: new Map(),
    committed: new Map(),
    times: Number.POSITIVE_INFINITY,
  };
  /** Why the second client reaches no broker, or null. */
  witnessAway: string | null = null;
  /** Who would put back what a move changes. */
  owners: string[] = [];
  /** What was written down for consumers that keep their own positions. */
  published: string | null = null;
  /** A topic that was deleted and made again on the source since the mirror began. */
  recreated: string | null = null;
  /** Each way back as it is written down, by the wave whose topics come back; under "" that of everything. */
  readonly openedBy = new Map<string, WayBack>();
  /** Last offset of the target that was copied back; -1 where nothing was. */
  copiedBack = new Map<string, bigint>();
  /** A partition in which the mirror back makes no progress and says nothing. */
  stuckBack: string | null = null;
  /** Workloads whose address somebody has put back to the source's. */
  astray = new Set<string>();
  /** What a rehearsal says, or null if nothing would be refused. */
  refused: string | null = null;

  /** What the migration is about. */
  readonly scope: Scope;

  constructor(
    scope: Scope = usual,
    partitions: Readonly<Record<string, number>> = { "foo[0]": 40, "orders[0]": 10, "orders[1]": 7, "empty[0]": 0 },
  ) {
    this.scope = scope;
    for (const [name, records] of Object.entries(partitions)) {
      this.logs.source.set(name, Array<Kind>(records).fill("data"));
      this.logs.target.set(name, []);
      for (const side of ["source", "target"] as const)
        this.topicIds[side].set(parsed(name).topic, `${side}-${parsed(name).topic}`);
    }
    for (const name of connectorsOf(scope)) this.connectors.set(name, "RUNNING");
    for (const { name, kind } of scope.workloads) {
      const replicas = name === "idle-producer" ? 0 : name === "orders-producer" ? 3 : 1;
      this.workloads.set(name, { replicas, former: null, pods: kind === "CronJob" ? 0 : replicas, goneAt: 0 });
    }
    this.pass(3000);
  }

  /** Lets time pass: producers write, the mirror copies, consumers read. */
  pass(milliseconds: number): void {
    for (let left = milliseconds; left > 0; left -= 500) {
      this.now += Math.min(500, left);
      this.#tick();
    }
  }

  /** Where a workload is. */
  where({ name, role }: Pick<WorkloadRef, "name" | "role">): SideName {
    return this.sides.get(name) ?? this.side[role as "producer" | "consumer"] ?? "source";
  }

  /** The connector that copies a topic. */
  connectorOf(topic: string): string {
    return this.scope.waves?.find(({ closes }) => closes.includes(topic))?.connector ?? "guide-source-all";
  }

  #tick(): void {
    for (const { name, kind } of this.scope.workloads) {
      const state = this.workloads.get(name)!;
      // A Job runs to its end, whatever becomes of its CronJob.
      if (state.replicas > 0 && kind !== "CronJob") state.pods = state.replicas;
      else if (this.now >= state.goneAt) state.pods = 0;
    }
    const write = (name: string, side: SideName) => this.logs[side].get(name)!.push("data");
    for (const workload of this.scope.workloads) {
      if (this.workloads.get(workload.name)!.pods === 0) continue;
      for (const topic of workload.topics ?? []) {
        const among = [...this.logs.source.keys()].filter((name) => parsed(name).topic === topic);
        write(among[(this.now / 500) % among.length]!, this.where(workload));
      }
    }
    if (this.workloads.get("foo-producer")?.pods) write("foo[0]", this.side.producer);
    else if (this.scope === usual) this.fencedAt = this.records("source", "foo[0]");
    if (this.workloads.get("orders-producer")?.pods)
      write(`orders[${this.now % 1000 === 0 ? 0 : 1}]`, this.side.producer);
    if (this.stranger !== null) write(this.stranger, "source");
    this.#mirror();
    this.#mirrorBack();
    for (const { name, topics } of this.scope.groups) {
      if (this.workloads.get(name)!.pods === 0 || this.lagging) continue;
      const side = this.where(this.#reader(name));
      const group = this.committed[side].get(name) ?? new Map<string, bigint>();
      this.committed[side].set(name, group);
      for (const [partition, log] of this.logs[side]) {
        if (!topics.includes(parsed(partition).topic) || log.length === 0) continue;
        const stable = stableOf(log);
        const read = this.passesMarkers ? stable : log.lastIndexOf("data", stable - 1) + 1;
        const before = group.get(partition) ?? 0n;
        group.set(partition, before > BigInt(read) ? before : BigInt(read));
      }
    }
  }

  // Exactly once: a batch and its commit marker.
  #mirror(): void {
    for (const [name, log] of this.logs.source) {
      if (name === this.poisoned || name === this.stuck) continue;
      if (this.connectors.get(this.connectorOf(parsed(name).topic)) !== "RUNNING") continue;
      const from = Math.max(Number((this.copied.get(name) ?? -1n) + 1n), this.start("source", name));
      const stable = stableOf(log);
      const batch = log.slice(from, Math.min(stable, from + 25)).filter((kind) => kind === "data");
      if (batch.length === 0) continue;
      this.logs.target.get(name)!.push(...batch, "marker");
      this.copied.set(name, BigInt(log.slice(0, Math.min(stable, from + 25)).lastIndexOf("data")));
    }
  }

  #mirrorBack(): void {
    for (const [name, log] of this.logs.target) {
      const last = this.copiedBack.get(name);
      if (last === undefined || name === this.stuckBack) continue;
      if (this.connectors.get(this.reverseOf(parsed(name).topic)) !== "RUNNING") continue;
      const from = Number(last + 1n);
      const stable = stableOf(log);
      const batch = log.slice(from, Math.min(stable, from + 25)).filter((kind) => kind === "data");
      if (batch.length === 0) continue;
      this.logs.source.get(name)!.push(...batch, "marker");
      this.copiedBack.set(name, BigInt(log.slice(0, Math.min(stable, from + 25)).lastIndexOf("data")));
    }
  }

  /** The way back of everything, or of nothing where no wave has its own. */
  get opened(): WayBack | null {
    return this.openedBy.get("") ?? null;
  }

  set opened(found: WayBack | null) {
    if (found === null) this.openedBy.delete("");
    else this.openedBy.set("", found);
  }

  /** The connector that copies a topic back. */
  reverseOf(topic: string): string {
    return this.scope.waves?.find(({ closes }) => closes.includes(topic))?.reverse?.connector ?? "guide-reverse";
  }

  /**
   * What the row does that opens the way back: positions written behind the entry of the writers' move, everybody's or a
   * wave's, and the mirror back running.
   */
  openWayBack(wave?: string): void {
    const entry = writersMove(this.entries, { ...(wave !== undefined && { wave }) })!;
    const from = entry.partitions.map(({ topic, partition, targetEnd }) => {
      const name = partitionName(topic, partition);
      return [name, { source: BigInt(this.logs.source.get(name)!.length), target: BigInt(targetEnd) }] as const;
    });
    this.openedBy.set(wave ?? "", { entry: entry.number, begun: true, topics: {}, from: new Map(from) });
    for (const [name, { target }] of from) this.copiedBack.set(name, target - 1n);
    this.connectors.set(wave === undefined ? "guide-reverse" : `guide-${wave}-reverse`, "RUNNING");
  }

  /** What a row before does at its end: the mirror back goes, and the mirror runs again. */
  closeWayBack(wave?: string): void {
    const topics = this.scope.waves?.find(({ name }) => name === wave)?.closes ?? this.scope.topics;
    this.openedBy.delete(wave ?? "");
    this.connectors.delete(wave === undefined ? "guide-reverse" : `guide-${wave}-reverse`);
    for (const topic of topics) this.connectors.set(this.connectorOf(topic), "RUNNING");
  }

  /** First offset of a log that is still there. */
  start(side: SideName, name: string): number {
    return this.starts[side].get(name) ?? 0;
  }

  /** Removes what a log holds before an offset, as retention does. */
  expire(side: SideName, name: string, before: number): void {
    this.starts[side].set(name, Math.max(this.start(side, name), before));
  }

  /** Deletes a topic and makes it again under its name. */
  recreate(side: SideName, topic: string): void {
    this.topicIds[side].set(topic, `${this.topicIds[side].get(topic)}-again`);
    for (const name of [...this.logs[side].keys()].filter((one) => parsed(one).topic === topic)) {
      this.logs[side].set(name, []);
      this.starts[side].delete(name);
    }
  }

  /** What a range holds, as Kafka's clients see it. */
  counted(side: SideName, { topic, partition, from, to }: Range, isolation: Isolation): Counted {
    const name = partitionName(topic, partition);
    const log = this.logs[side].get(name)!;
    const start = this.start(side, name);
    const end = isolation === "read_committed" ? Math.min(Number(to), stableOf(log)) : Number(to);
    const counts = (kind: Kind) => kind === "data" || (kind !== "marker" && isolation === "read_uncommitted");
    const records = log.slice(Math.max(Number(from), start), Math.max(end, 0)).filter(counts).length;
    const head = { offset: from, timestamp: 0n, producer: this.writer };
    const heads = records > 0 ? { first: head, last: head } : { first: null, last: null };
    return { records, exact: true, ...heads, trimmedTo: Number(from) < start ? BigInt(start) : null };
  }

  /** Data records on a side, those that were removed since among them. */
  records(side: SideName, name: string): number {
    return this.logs[side].get(name)!.filter((kind) => kind === "data").length;
  }

  /** The workload that joins a group of its own name. */
  #reader(group: string): WorkloadRef {
    return this.scope.workloads.find(({ name }) => name === group)!;
  }

  /**
   * Effects of one process on a scope. `fail` is asked before every change, by its number and what it is: `error` makes it fail,
   * `kill` ends the process before, `kill-after` behind it.
   */
  effects(
    fail: (change: number, what: string) => "error" | "kill" | "kill-after" | null = () => null,
    of: Scope = this.scope,
  ): SwitchEffects {
    let changes = 0;
    let dead = false;
    const alive = () => {
      if (dead) throw new Killed();
      if (this.leaseLost) throw new LeaseLost("the lease of this switch was lost, another process may act");
    };
    const change =
      <A extends unknown[], R>(what: string, act: (...args: A) => R) =>
      async (...args: A): Promise<R> => {
        alive();
        changes += 1;
        const fate = fail(changes, what);
        if (fate === "error") throw new Error(`${what} refused`);
        if (fate === "kill") dead = true;
        alive();
        const result = act(...args);
        if (fate === "kill-after") dead = true;
        alive();
        return result;
      };
    const read =
      <A extends unknown[], R>(act: (...args: A) => R) =>
      async (...args: A): Promise<R> => {
        alive();
        return act(...args);
      };
    const pause = async (milliseconds: number) => {
      // Time passes for a killed process's promises too.
      if (dead) this.now += milliseconds;
      alive();
      this.pass(milliseconds);
    };
    const now = () => this.now;
    const rest = (side: SideName, model: RegistryModel) =>
      new RegistryRest(
        { side, urls: [model.url(side)] },
        {
          deadlineMilliseconds: 0,
          confirm: async () => alive(),
          send: async (call) => {
            const { method, url } = call;
            if (method !== "GET") return change(`${side} ${method} ${new URL(url).pathname}`, () => model.send(call))();
            alive();
            return model.send(call);
          },
        },
      );
    const { registries } = this;
    return {
      schemas: registries && {
        source: rest("source", registries.source),
        target: rest("target", registries.target),
      },
      publishPositions: change("publish", (text: string) => void (this.published = text)),
      log: (line) => void this.lines.push(line),
      pace: {
        now,
        pause: async (milliseconds) => {
          await pause(milliseconds);
          if (this.interrupted) throw new Error("it was interrupted by SIGTERM");
        },
      },
      restoringPace: { now, pause },
      restoringSeconds: this.restoringSeconds,
      workloads: {
        read: read((workload: WorkloadRef) => this.#state(workload)),
        pods: read(({ name }: WorkloadRef) =>
          Array.from({ length: this.workloads.get(name)!.pods }, (_, index) => ({
            title: this.title(name, index),
            of: this.isCronJob(name) ? "job" : "pod",
            terminating: this.workloads.get(name)!.replicas === 0 && !this.isCronJob(name),
            ready: true,
            stuck: null,
          })),
        ),
        setFormer: change("annotate", ({ name }: WorkloadRef, former: number | null) => {
          this.workloads.get(name)!.former = former;
        }),
        scale: change("scale", ({ name, kind }: WorkloadRef, replicas: number) => {
          const goneAt = kind === "CronJob" ? {} : { goneAt: this.now + 1500 };
          Object.assign(this.workloads.get(name)!, { replicas, ...goneAt });
        }),
        rehearseStop: read(({ name }: WorkloadRef) => {
          const refused = this.unstoppable.get(name);
          if (refused !== undefined) throw new Error(refused);
        }),
        scalers: read(() => this.scalers),
        owners: read(() => ({ refused: this.owners, notes: [] })),
      },
      addresses: {
        rehearse: read(() => {
          if (this.refused !== null) throw new Error(this.refused);
        }),
        astray: read((workloads: readonly WorkloadRef[], side: SideName) =>
          workloads.filter((workload) => this.astray.has(workload.name) || this.where(workload) !== side),
        ),
        point: change("point", (workloads: readonly WorkloadRef[], side: SideName) => {
          for (const workload of workloads) {
            if (this.where(workload) !== side && this.workloads.get(workload.name)!.pods > 0)
              throw new Error(`${workload.name} ran while it was pointed elsewhere`);
          }
          for (const { name, role } of workloads) {
            if (this.scope === usual) this.side[role as "producer" | "consumer"] = side;
            else this.sides.set(name, side);
          }
          for (const { name } of workloads) {
            if (this.astray.has(name) && this.workloads.get(name)!.pods > 0) {
              throw new Error(`${name} ran while it was pointed elsewhere`);
            }
            this.astray.delete(name);
          }
        }),
      },
      ledger: {
        read: read(() => structuredClone(this.entries)),
        append: change("append", (draft) => {
          const entry = { ...draft, number: this.entries.length + 1, writtenAt: this.writtenAt };
          this.entries.push(entry);
          return entry;
        }),
        partsWith: read((bytes: number) => (bytes <= this.ledgerRoom ? 0 : 65)),
      },
      journal: {
        stopped: () => this.stopped,
        setStopped: change("journal", (connectors: readonly string[]) => void (this.stopped = [...connectors])),
        modes: () => this.formerModes,
        setModes: change("journal modes", (former: FormerModes | null) => void (this.formerModes = former)),
      },
      connect: {
        root: read(() => ({ version: "4.2.0", kafka_cluster_id: this.ids.target })),
        status: read((name: string) => this.#status(name)),
        config: read((name: string) => this.configs.get(name) ?? null),
        offsets: read((names: readonly string[]) =>
          [...this.copied]
            .filter(([name]) => names.includes(this.connectorOf(parsed(name).topic)))
            .map(([name, offset]) => ({ cluster: "source", ...parsed(name), offset })),
        ),
        setOffsets: change("setOffsets", (_name: string, offsets: readonly ConnectOffset[]) => {
          for (const { topic, partition, offset } of offsets) this.copied.set(partitionName(topic, partition), offset);
        }),
        stop: change("stop", (name: string) => {
          this.connectors.set(name, "STOPPED");
          this.lingering.delete(name);
        }),
        resume: change("resume", (name: string) => void this.connectors.set(name, "RUNNING")),
      },
      confirmTopics: read(() => {
        if (this.recreated !== null) throw new Error(`deleted and made again on the source: ${this.recreated}`);
      }),
      back:
        this.openedBy.size === 0 && backScopes(of).length === 0
          ? null
          : {
              covers: read(
                () =>
                  new Set(
                    [...this.openedBy.values()].flatMap(({ from }) =>
                      [...from.keys()].map((name) => parsed(name).topic),
                    ),
                  ),
              ),
              opened: read(() => this.openedBy.get(of.wave ?? "") ?? null),
              positions: read(() => new Map(this.copiedBack)),
              place: read((positions: readonly CommittedPosition[]) =>
                positions.map((position): Placement => ({ ...position, ...this.#proofBack(position) })),
              ),
            },
      witness: {
        ready: read(() => {
          if (this.witnessAway !== null) throw new Error(this.witnessAway);
        }),
        ends: read((side: SideName, partitions: readonly TopicPartition[]) => {
          const lies = this.misread.times-- > 0 ? this.misread.ends : new Map<string, bigint>();
          return new Map(
            partitions.map(({ topic, partition }) => {
              const name = partitionName(topic, partition);
              return [name, lies.get(`${side} ${name}`) ?? BigInt(this.logs[side].get(name)!.length)];
            }),
          );
        }),
        committed: read((side: SideName, places: readonly GroupPlace[]) => {
          const offset = ({ group, topic, partition }: GroupPlace) => {
            const name = partitionName(topic, partition);
            return [
              name,
              this.misread.committed.get(`${group} ${name}`) ?? this.committed[side].get(group)?.get(name),
            ] as const;
          };
          const groups = Map.groupBy(places, ({ group }) => group);
          const known = ([, at]: readonly [string, bigint | undefined]) => at !== undefined;
          return new Map(
            [...groups].map(([group, of]) => [group, new Map(of.map(offset).filter(known) as [string, bigint][])]),
          );
        }),
      },
      kafka: {
        logs: read((side: SideName) => ({ clusterId: this.ids[side], partitions: this.#logs(side, of) })),
        count: read((side: SideName, ranges: readonly Range[], isolation: Isolation) =>
          ranges.map((range) => this.counted(side, range, isolation)),
        ),
        transactionalIds: read(
          (_side: SideName, producers: readonly bigint[]) =>
            new Map(producers.flatMap((id) => (this.transactional.has(id) ? [[id, this.transactional.get(id)!]] : []))),
        ),
        committed: read((side: SideName) => this.#committed(side, of)),
        groupStates: read((side: SideName) => this.#states(side, of)),
        place: read((direction: Direction, positions: readonly CommittedPosition[]) =>
          positions.map((position): Placement => ({ ...position, ...this.proof(direction, position) })),
        ),
        placingSeconds: read(() => this.placingSeconds),
        forget: change("forget", (side: SideName, all: ByGroup<Omit<Position, "offset">>) => {
          for (const [group, partitions] of all) {
            for (const { topic, partition } of partitions) {
              this.committed[side].get(group)?.delete(partitionName(topic, partition));
            }
          }
        }),
        commit: change("commit", (side: SideName, all: ByGroup<Position>) => {
          for (const [group, positions] of all) {
            const offsets = this.committed[side].get(group) ?? new Map<string, bigint>();
            for (const { topic, partition, offset } of positions) offsets.set(partitionName(topic, partition), offset);
            this.committed[side].set(group, offsets);
          }
        }),
      },
    };
  }

  /** What the row after the switch does: addresses changed, workloads of the role started. */
  startOn(side: SideName, role: "producer" | "consumer"): void {
    this.side[role] = side;
    for (const { name } of this.scope.workloads.filter((each) => each.role === role)) {
      const state = this.workloads.get(name)!;
      if (state.former !== null) Object.assign(state, { replicas: state.former, former: null });
    }
  }

  /** What the end of a row does for applications that have not come up: pointed at a side, and started. */
  startAll(workloads: readonly WorkloadRef[], side: SideName): void {
    for (const { name, role } of workloads) {
      if (this.scope === usual) this.side[role as "producer" | "consumer"] = side;
      else this.sides.set(name, side);
      const state = this.workloads.get(name)!;
      if (state.former !== null) Object.assign(state, { replicas: state.former, former: null });
    }
  }

  #proof(direction: Direction, { topic, partition, committed }: CommittedPosition): Proof {
    const name = partitionName(topic, partition);
    const [own, other] = direction === "to-target" ? (["source", "target"] as const) : (["target", "source"] as const);
    const read = this.logs[own].get(name)!.slice(0, Number(committed ?? 0n));
    const before = read.filter((kind) => kind === "data").length;
    const places = this.logs[other].get(name)!.flatMap((kind, offset) => (kind === "data" ? [offset] : []));
    const mm2 = { translated: 0n, repeats: before };
    if (before > places.length) {
      return { kind: "behind", left: before - places.length, reason: `${name} has records left to mirror`, ...mm2 };
    }
    const placed = before === 0 ? 0n : BigInt(places[before - 1]! + 1);
    return { kind: "exact", placed, how: `${before} records`, ...mm2 };
  }

  /** The same by what came back: records are counted from where the way back began. */
  #proofBack({ topic, partition, committed }: CommittedPosition): Proof {
    const name = partitionName(topic, partition);
    const from = [...this.openedBy.values()].find((one) => one.from.has(name))!.from.get(name)!;
    const read = this.logs.target.get(name)!.slice(Number(from.target), Number(committed ?? 0n));
    const before = read.filter((kind) => kind === "data").length;
    const places = this.logs.source.get(name)!.flatMap((kind, offset) => (kind === "data" ? [offset] : []));
    const back = places.filter((offset) => offset >= Number(from.source));
    const none = { translated: null, repeats: null };
    if (before > back.length) {
      return { kind: "behind", left: before - back.length, reason: `${name} has records left to copy back`, ...none };
    }
    const placed = before === 0 ? from.source : BigInt(back[before - 1]! + 1);
    return { kind: "exact", placed, how: `${before} records`, ...none };
  }

  isCronJob(name: string): boolean {
    return this.scope.workloads.find((workload) => workload.name === name)?.kind === "CronJob";
  }

  /** As the kind of the workload names its pods. */
  title(name: string, index: number): string {
    return this.isCronJob(name) ? `job ${name}-${index} with pod ${name}-${index}-x` : `pod ${name}-${index}`;
  }

  #state({ name, kind }: WorkloadRef): WorkloadState | null {
    const found = this.workloads.get(name);
    return found === undefined
      ? null
      : {
          replicas: found.replicas,
          former: found.former,
          keepsPods: kind !== "CronJob",
          settled: found.pods === found.replicas,
          stuck: null,
          obstacle: this.obstacles.get(name) ?? null,
          podsBy: name,
        };
  }

  #status(name: string) {
    const state = this.connectors.get(name);
    if (state === undefined) return null;
    const failed = {
      id: 0,
      state: "FAILED",
      trace: "ConnectException: sending failed\n\tat x\nCaused by: RecordTooLarge\n",
    };
    const poisoned = this.poisoned !== null && name === this.connectorOf(parsed(this.poisoned).topic);
    const task = poisoned ? failed : { id: 0, state: "RUNNING" };
    return { connector: { state }, tasks: state === "RUNNING" || this.lingering.has(name) ? [task] : [] };
  }

  #logs(side: SideName, { closes, topics }: Scope): Map<string, PartitionLog> {
    return new Map(
      [...this.logs[side]]
        .filter(([name]) => closes === undefined || topics.includes(parsed(name).topic))
        .filter(([name]) => !this.ignored.has(parsed(name).topic))
        .map(([name, log]) => {
          const ends = { stable: BigInt(stableOf(log)), end: BigInt(log.length) };
          return [name, { ...parsed(name), start: BigInt(this.start(side, name)), ...ends }];
        }),
    );
  }

  #committed(side: SideName, { groups }: Scope): Map<string, Map<string, Position>> {
    return new Map(
      groups.map(({ name }) => [
        name,
        new Map([...(this.committed[side].get(name) ?? [])].map(([key, offset]) => [key, { ...parsed(key), offset }])),
      ]),
    );
  }

  #states(side: SideName, { groups }: Scope): Map<string, GroupState> {
    return new Map(
      groups.map(({ name }) => {
        const pods = this.where(this.#reader(name)) === side ? this.workloads.get(name)!.pods : 0;
        const members = Array.from({ length: pods }, () => ({ clientId: name, host: "10.0.0.7" }));
        return [name, { state: pods > 0 ? "Stable" : "Empty", type: "classic", members }];
      }),
    );
  }
}

/** First offset of an open transaction, else the end. */
const stableOf = (log: readonly Kind[]): number => (log.includes("open") ? log.indexOf("open") : log.length);

export function parsed(name: string): { topic: string; partition: number } {
  const bracket = name.indexOf("[");
  return { topic: name.slice(0, bracket), partition: Number(name.slice(bracket + 1, -1)) };
}
