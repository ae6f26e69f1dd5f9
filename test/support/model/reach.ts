/** What the acts of a row reach, in a world in memory: the rest of them is the product's own code. */
import type { Counted, Range } from "../../../runtime/brokers/log.ts";
import { rangeName } from "../../../runtime/brokers/log.ts";
import { partitionName } from "../../../runtime/brokers/partitions.ts";
import type { GroupState, Logs, PartitionLog, Position } from "../../../runtime/brokers/positions.ts";
import type { Snapshot } from "../../../runtime/judging/reading.ts";
import type { Condition } from "../../../gates/index.ts";
import type { GateInputs } from "../../../gates/inputs.ts";
import type { LedgerDraft } from "../../../runtime/ledger/ledger.ts";
import type { Held } from "../../../runtime/measure/hold.ts";
import { judge, needs, wants } from "../../../runtime/measure/judge.ts";
import { countingReceipts, withReceipt, type Keeping } from "../../../runtime/measure/receipts.ts";
import { recordOf } from "../../../runtime/ledger/record.ts";
import type { Verdict } from "../../../runtime/model/gates.ts";
import { liveEntry, parseEntry } from "../../../runtime/model/ledger-text.ts";
import type { CommittedPosition, Direction, Placement } from "../../../runtime/model/placement.ts";
import type { Scope, WorkloadRef } from "../../../runtime/model/scope.ts";
import type { SideName } from "../../../runtime/model/sides.ts";
import type { WorkloadApi } from "../../../runtime/model/workload-state.ts";
import type { Measuring } from "../../../runtime/resources/gate.ts";
import type { Reach, SwitchEffects } from "../../../runtime/switch/ports.ts";
import { split } from "../verdict-readings.ts";
import type { World } from "./world.ts";

const ids: Readonly<Record<SideName, string>> = { source: "source-id", target: "target-id" };

/** Conditions on what this world does not have: rights, schemas, the shape of topics, the config's own lists. */
const notModelled = new Set<Condition["kind"]>([
  "inventory-current",
  "target-empty-or-ours",
  "topics-as-locked",
  "groups-placeable",
  "records-decode",
  "rights-as-on-source",
  "users-log-in",
  "connectors-valid",
  "registry-imports",
  "schemas-equal",
]);

export function reachOf(world: World): Reach {
  const pause = async (milliseconds: number) => {
    world.alive();
    world.pass(milliseconds);
  };
  const now = () => world.data.now;
  const workloads = workloadsOf(world);
  const connectors = connectorsOf(world);
  const offsets = async () =>
    [...world.data.copied].map(([name, offset]) => ({ cluster: "source", ...split(name), offset }));
  const effects = (log: (line: string) => void): SwitchEffects => ({
    log,
    pace: {
      now,
      pause: async (milliseconds) => {
        await pause(milliseconds);
        if (world.interrupted) throw new Error("it was interrupted by SIGINT");
      },
    },
    restoringPace: { now, pause },
    workloads,
    addresses: {
      rehearse: async () => world.change("rehearse", () => {}),
      point: async (all, side) => {
        for (const workload of all) world.change(`point ${workload.name}`, () => world.point(workload, side));
      },
    },
    ledger: {
      read: async () => structuredClone(world.data.entries),
      append: async (draft) => world.change(`append ${draft.switch}`, () => append(world, draft)),
    },
    journal: {
      stopped: () => world.data.stopped,
      setStopped: async (names) => world.change("journal", () => void (world.data.stopped = [...names])),
      modes: () => null,
      setModes: async () => {},
    },
    schemas: null,
    connect: {
      root: async () => ({ version: "4.2.0", kafka_cluster_id: ids.target }),
      status: connectors.status,
      config: async (name) => (world.data.connectors.has(name) ? {} : null),
      offsets,
      setOffsets: async (_name, wanted) =>
        world.change("setOffsets", () => {
          for (const { topic, partition, offset } of wanted)
            world.data.copied.set(partitionName(topic, partition), offset);
        }),
      stop: connectors.stop,
      resume: connectors.resume,
    },
    kafka: {
      ...kafkaOf(world, world.scope),
      groupStates: async (side) => states(world, side),
      place: async (direction, positions) =>
        positions.map((position) => ({ ...position, ...placed(world, direction, position) })),
      commit: async (side, group, positions) =>
        world.change(`commit ${group}`, () => {
          for (const { topic, partition, offset } of positions)
            world.committedBy(side, group).set(partitionName(topic, partition), offset);
        }),
      forget: async (side, group, all) =>
        world.change(`forget ${group}`, () => {
          for (const { topic, partition } of all) world.committedBy(side, group).delete(partitionName(topic, partition));
        }),
    },
  });
  return {
    workloads,
    pace: { now, pause },
    awaitNoSwitch: async () => world.alive(),
    ledger: {
      read: async () => structuredClone(world.data.entries),
      restore: async (_scope, texts) =>
        world.change("restore the ledger", () => void (world.data.entries = texts.map(parseEntry))),
    },
    kafka: (scope) => kafkaOf(world, scope),
    connectors: () => connectors,
    mirrorOffsets: offsets,
    pins: {
      source: async () => world.change("pin", () => void (world.data.begun = true)),
      refuseSecondCopy: async () => refuseSecondCopy(world),
      own: async () => world.change("pin own", () => {}),
    },
    act: async (_scope, { log }, act) => act(effects(log)),
  };
}

function append(world: World, draft: LedgerDraft) {
  const { entries, history, now } = world.data;
  const entry = { ...draft, number: entries.length + 1, writtenAt: new Date(now).toISOString() };
  entries.push(entry);
  history.push(entry);
  return entry;
}

/** MirrorMaker 2 begins at the beginning of whatever it has no position for. */
function refuseSecondCopy({ data: { begun, copied, logs, entries } }: World): void {
  if (!begun || liveEntry(entries, "producers") !== null) return;
  const again = [...logs.target].filter(([name, log]) => log.length > 0 && !copied.has(name));
  if (again.length > 0) throw new Error(`${again.map(([name]) => name).join(", ")} would be copied a second time`);
}

function workloadsOf(world: World): WorkloadApi {
  return {
    read: async (workload) => {
      world.alive();
      const { replicas, former, pods } = world.workload(workload);
      const settled = pods === replicas;
      return { replicas, former, keepsPods: true, settled, stuck: null, obstacle: null, podsBy: workload.name };
    },
    pods: async (workload) => {
      const { pods, replicas } = world.workload(workload);
      return Array.from({ length: pods }, (_, index) => ({
        title: `pod ${workload.name}-${index}`,
        of: "pod" as const,
        terminating: replicas === 0,
        ready: true,
        stuck: null,
      }));
    },
    setFormer: async (workload, former) =>
      world.change(`annotate ${workload.name}`, () => void (world.workload(workload).former = former)),
    scale: async (workload, replicas) =>
      world.change(`scale ${workload.name}`, () =>
        void Object.assign(world.workload(workload), { replicas, goneAt: world.data.now + 1_500 }),
      ),
    scalers: async () => ({ found: [], unread: [] }),
    owners: async () => ({ refused: [], notes: [] }),
  };
}

function connectorsOf(world: World) {
  const { connectors } = world.data;
  const set = (name: string, state: string) => {
    if (connectors.has(name)) connectors.set(name, state);
  };
  return {
    status: async (name: string) => {
      world.alive();
      const state = connectors.get(name);
      if (state === undefined) return null;
      return { connector: { state }, tasks: state === "RUNNING" ? [{ id: 0, state: "RUNNING" }] : [] };
    },
    stop: async (name: string) => world.change(`stop ${name}`, () => set(name, "STOPPED")),
    resume: async (name: string) => world.change(`resume ${name}`, () => set(name, "RUNNING")),
    restartFailed: async () => {},
  };
}

function refuseHalted(world: World, side: SideName): void {
  world.alive();
  if (side === "source" && world.data.halted) throw new Error("the source cannot be reached: it is halted");
}

function logs(world: World, side: SideName, topics: readonly string[]): Map<string, PartitionLog> {
  refuseHalted(world, side);
  return new Map(
    [...world.data.logs[side]]
      .map(([name, log]) => {
        const end = BigInt(log.length);
        return [name, { ...split(name), start: 0n, stable: end, end }] as const;
      })
      .filter(([, { topic }]) => topics.includes(topic)),
  );
}

function count(world: World, side: SideName, { topic, partition, from, to }: Range): Counted {
  refuseHalted(world, side);
  const log = world.data.logs[side].get(partitionName(topic, partition)) ?? [];
  const records = log.slice(Number(from), Number(to)).filter((entry) => entry !== null).length;
  const head = { offset: from, timestamp: BigInt(world.data.now), producer: null };
  const heads = records > 0 ? { first: head, last: head } : { first: null, last: null };
  return { records, exact: true, ...heads, trimmedTo: null };
}

function committed(world: World, side: SideName, groups: Scope["groups"]): Map<string, Map<string, Position>> {
  refuseHalted(world, side);
  return new Map(
    groups.map(({ name }) => [
      name,
      new Map([...world.committedBy(side, name)].map(([key, offset]) => [key, { ...split(key), offset }])),
    ]),
  );
}

function states(world: World, side: SideName): Map<string, GroupState> {
  refuseHalted(world, side);
  const joins = ({ name, role, groups }: WorkloadRef, group: string) =>
    role !== "producer" && groups.includes(group) && world.data.workloads.get(name)!.at === side;
  return new Map(
    world.scope.groups.map(({ name: group }) => {
      const pods = world.scope.workloads
        .filter((workload) => joins(workload, group))
        .reduce((sum, workload) => sum + world.workload(workload).pods, 0);
      const members = Array.from({ length: pods }, () => ({ clientId: group, host: "10.0.0.7" }));
      return [group, { state: pods > 0 ? "Stable" : "Empty", type: "classic", members }];
    }),
  );
}

const kafkaOf = (world: World, scope: Scope): ReturnType<Reach["kafka"]> => ({
  logs: async (side) => ({ clusterId: ids[side], partitions: logs(world, side, scope.topics) }),
  count: async (side, ranges) => ranges.map((range) => count(world, side, range)),
  committed: async (side) => committed(world, side, scope.groups),
});

/** By the name of the last record that the group has read: its copy has another offset. */
function placed(world: World, direction: Direction, { topic, partition, committed: at }: CommittedPosition) {
  const name = partitionName(topic, partition);
  const [own, other] = direction === "to-target" ? (["source", "target"] as const) : (["target", "source"] as const);
  const read = world.data.logs[own].get(name)!.slice(0, Number(at ?? 0n));
  const last = read.findLast((entry) => entry !== null);
  const mm2 = { translated: 0n, repeats: 0 };
  const found = last === undefined ? -1 : (world.data.logs[other].get(name) ?? []).indexOf(last);
  if (last !== undefined && found < 0) {
    const proof = { kind: "behind", left: 1, reason: `${last} of ${name} is left to mirror`, ...mm2 } as const;
    return proof satisfies Omit<Placement, keyof CommittedPosition>;
  }
  return { kind: "exact", placed: BigInt(found + 1), how: "by its name", ...mm2 } as const;
}

/** Gates as the product judges them, on readings of the world. */
export function measuringOf(world: World): Measuring {
  const receipts: Keeping = {
    read: async () => world.data.record,
    write: async (_ref, change) => {
      const after = change(world.data.record);
      if (after !== world.data.record) world.change("record", () => void (world.data.record = after));
    },
    isHalted: async () => world.data.halted,
  };
  const judged = async (inputs: GateInputs, reading: Snapshot, earlier: readonly Snapshot[]): Promise<Verdict> => {
    const { condition } = inputs;
    if (notModelled.has(condition.kind as Condition["kind"])) return { open: true, sentence: "not modelled" };
    const verdict = judge(condition, reading, earlier);
    if (!verdict.unmeasured || "pega" in inputs || inputs.halts === undefined) return verdict;
    const counting = await countingReceipts(recordOf(inputs.scope), inputs.halts, receipts);
    return withReceipt(verdict, counting[condition.kind]);
  };
  const hold = async (inputs: GateInputs): Promise<Held> => {
    const earlier: Snapshot[] = [];
    for (let readings = 1; ; readings += 1) {
      const reading = snapshot(world, inputs);
      const { open, sentence } = await judged(inputs, reading, earlier);
      if (open) return { sentence, measuredAt: new Date(reading.takenAt).toISOString(), readings };
      if (world.interrupted) throw new Error(`phase "${inputs.row}" stays closed: it was interrupted`);
      if (readings > 20) throw new Error(`phase "${inputs.row}" stays closed: ${sentence}`);
      earlier.push(reading);
      world.alive();
      world.pass(2_000);
    }
  };
  const look = async (inputs: GateInputs): Promise<Verdict> => judged(inputs, snapshot(world, inputs), []);
  return { look, hold, receipts };
}

function snapshot(world: World, { condition, ...inputs }: GateInputs): Snapshot {
  const { scope } = inputs as { readonly scope: Scope };
  const asked = needs(condition, scope);
  const measured = <T>(read: () => T) => {
    try {
      return { value: read() };
    } catch (error) {
      return { error: (error as Error).message };
    }
  };
  const side = (name: SideName): Logs => ({
    clusterId: ids[name],
    ids: new Map(scope.topics.map((topic) => [topic, `${ids[name]}-${topic}`])),
    partitions: logs(world, name, scope.topics),
    problems: [],
  });
  const none = { problems: new Map<string, string>(), refused: new Set<string>(), pending: new Set<string>() };
  const groups = (name: SideName) => {
    const offsets = [...committed(world, name, scope.groups)].map(
      ([group, found]) =>
        [group, new Map([...found].map(([key, position]) => [key, { ...position, metadata: "" }]))] as const,
    );
    return {
      clusterId: ids[name],
      committed: { groups: new Map(offsets), ...none },
      states: { groups: states(world, name), ...none },
    };
  };
  const status = (name: string) => {
    const state = world.data.connectors.get(name);
    const tasks = state === "RUNNING" ? [{ id: 0, state: "RUNNING" }] : [];
    return state === undefined ? null : { connector: { state }, tasks };
  };
  const parts: Omit<Snapshot, "scope" | "takenAt"> = {
    sourceId: measured(() => side("source").clusterId),
    targetId: measured(() => ids.target),
    source: measured(() => side("source")),
    target: measured(() => side("target")),
    ledger: measured(() => structuredClone(world.data.entries)),
    pins: { value: { source: {}, own: {}, before: {} } },
    marks: { value: new Map() },
    unpositioned: { value: [] },
    mirror: measured(() => ({
      connectors: new Map((scope.mirror?.sourceConnectors ?? []).map((name) => [name, status(name)])),
      mirrored: new Map(world.data.copied),
    })),
    sourceGroups: measured(() => groups("source")),
    targetGroups: measured(() => groups("target")),
  };
  // As in a real reading: what was not asked for is not there.
  const wanted = Object.entries(parts).filter(([name]) => name in asked || name.endsWith("Id"));
  const found = { scope, takenAt: world.data.now, ...Object.fromEntries(wanted) } as Snapshot;
  const ranges = wants(condition, found);
  if (ranges === null) return found;
  const counts = new Map(ranges.ranges.map((range) => [rangeName(range), count(world, ranges.side, range)]));
  return { ...found, counts: { value: { counts, problems: new Map() } } };
}
