/** Conditions that look at a cluster in other ways than at its logs and groups, each with what it is given. */
import type { Condition } from "../gates/index.ts";
import type { Content } from "../runtime/registry/read.ts";
import type { Snapshot } from "../runtime/judging/reading.ts";
import type { ConfigReading, SideLoad } from "../runtime/model/cluster-reading.ts";
import type { LedgerEntry } from "../runtime/model/ledger.ts";
import type { WorkloadRef } from "../runtime/model/scope.ts";
import type { Size } from "./size.ts";

/** What of a usual snapshot they are made from. */
export interface Usual {
  readonly topics: readonly string[];
  readonly partitionsPerTopic: number;
  /** Ends of every partition on both sides, and of the ledger. */
  readonly end: bigint;
  readonly rights: Extract<Condition, { kind: "rights-as-on-source" }>;
  readonly wanted: Extract<Condition, { kind: "topics-as-locked" }>["wanted"];
}

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);
const brokers = range(6).map((id) => ({ id, host: `broker-${id}`, port: 9092, rack: null }));
const versionsPerTopic = 3;
const gigabyte = 1_000_000_000n;

export function moreConditions({ topics, rights, wanted }: Usual): readonly Condition[] {
  const users = rights.principals.map(({ principal, users: [name = principal] }) => ({
    ...{ name, bootstrap: ["target.example:9092"], protocol: "SASL_SSL" as const, mechanism: "PLAIN" as const },
    secret: { kubernetes: { namespace: "size" }, name },
  }));
  return [
    { kind: "target-empty" },
    { kind: "target-capacity", maxDiskPercent: 85, objects: {}, given: { source: {}, target: {} } },
    { kind: "target-defaults", wanted, defaults: { "retention.ms": "604800000", "max.message.bytes": "1048588" } },
    { kind: "target-healthy", maxDiskPercent: 85 },
    { kind: "newest-equal", records: 20 },
    { kind: "producers-active" },
    { ...rights, kind: "source-rights-kept" },
    { kind: "users-log-in", users, applications: {} } as unknown as Condition,
    { kind: "schemas-equal", lastPass: false },
    { kind: "registry-imports" },
    { kind: "records-decode", sampleRecords: 20 },
    {
      ...{ kind: "source-takes-back", granted: false, soakHours: 24, shorter: {} },
      limited: Object.fromEntries(topics.map((topic) => [topic, 10_000_000_000])),
      changed: { "message.timestamp.type=LogAppendTime": topics },
    },
    { kind: "way-back-within", maxLag: 0 },
    { kind: "source-as-copied" },
    { kind: "soaked", hours: 0 },
    { kind: "source-confirmed", clusterId: "S" },
  ];
}

/** A usual snapshot with what a condition needs besides; as it is for conditions that need no more. */
export function snapshotFor(kind: Condition["kind"], snapshot: Snapshot, size: Size, usual: Usual): Snapshot {
  const ledger = snapshot.ledger !== undefined && "value" in snapshot.ledger ? snapshot.ledger.value : [];
  const only = (what: LedgerEntry["switch"]) => ({ value: ledger.filter((entry) => entry.switch === what) });
  switch (kind) {
    // Once the groups have moved nobody asks any more whether they can be placed.
    case "groups-placeable":
      return { ...snapshot, ledger: only("producers") };
    case "target-empty":
    case "registry-imports":
    case "schemas-equal":
      return {
        ...snapshot,
        ledger: { value: [] },
        registries: {
          value: { source: contentOf(usual.topics), target: contentOf(usual.topics), modes, switching: false },
        },
        importing: {
          value: { source: contentOf(usual.topics), target: noContent, modes, switching: false, probed: null },
        },
      };
    case "target-capacity":
    case "target-healthy":
      return {
        ...snapshot,
        sourceLoad: { value: loadOf("S", usual, 10n) },
        targetLoad: { value: loadOf("T", usual, 0n) },
        machines: { value: {} },
      };
    case "target-defaults":
      return withDefaults(snapshot);
    case "newest-equal": {
      const { length } = usual.topics;
      const reading = { equal: length * (usual.partitionsPerTopic - 1), records: length, empty: 0 };
      const left = usual.topics.map((topic) => `${topic}[0]`);
      return { ...snapshot, newest: { value: { ...reading, differing: [], undecided: [], left } } };
    }
    case "producers-active":
      return withWriters(snapshot, size, usual, ledger);
    case "users-log-in": {
      const logins = new Map(range(size.workloads).map((number) => [`app-${number}`, null]));
      return { ...snapshot, logins: { value: logins } };
    }
    case "records-decode": {
      const { length } = usual.topics;
      const reading = { records: 20 * length, decoded: 20 * length, reread: 0, ids: length, failures: [], notes: [] };
      return { ...snapshot, decoding: { value: { ...reading, plain: usual.topics, empty: usual.topics } } };
    }
    case "source-takes-back":
      return { ...snapshot, unwritable: { value: [] }, sourceLoad: { value: loadOf("S", usual, 1n) } };
    case "soaked":
      return { ...snapshot, takenAt: Date.parse("2026-12-30") };
    case "source-confirmed":
      return { ...snapshot, sourceId: { value: "S" }, targetId: { value: "T" } };
    case "way-back-within":
    case "source-as-copied":
      return withWayBack(snapshot, usual, ledger);
    default:
      return snapshot;
  }
}

const modes = new Map([["", "READWRITE"]]);
const noContent: Content = { versions: new Map(), contexts: ["."], largest: new Map(), leftovers: [] };

/** Three versions of each topic's schema. */
function contentOf(topics: readonly string[]): Content {
  const versions = topics.flatMap((topic, at) =>
    range(versionsPerTopic).map((version) => ({
      ...{ subject: `${topic}-value`, version: version + 1, id: at * versionsPerTopic + version + 1, type: "AVRO" },
      schema: JSON.stringify({ type: "record", name: topic, fields: [{ name: `f${version}`, type: "string" }] }),
      ...{ references: [], deleted: false, contract: {} },
    })),
  );
  return {
    ...noContent,
    versions: new Map(versions.map((one) => [`${one.subject} version ${one.version}`, one])),
    largest: new Map([[".", versions.length]]),
  };
}

function loadOf(clusterId: string, { topics, partitionsPerTopic }: Usual, gigabytes: bigint): SideLoad {
  const replicas = (partition: number) => [0, 1, 2].map((more) => (partition + more) % brokers.length);
  return {
    ...{ clusterId, brokers, unread: null },
    topics: topics.map((name) => ({
      ...{ name, id: `${clusterId}-${name}`, internal: false },
      partitions: range(partitionsPerTopic).map((partition) => ({
        ...{ partition, leader: partition % brokers.length },
        ...{ replicas: replicas(partition), inSync: replicas(partition) },
      })),
    })),
    bytes: new Map(
      topics.flatMap((topic) =>
        range(partitionsPerTopic).map((partition) => [
          `${topic}[${partition}]`,
          { largestReplica: gigabytes * gigabyte, allReplicas: 3n * gigabytes * gigabyte },
        ]),
      ),
    ),
    disks: brokers.map(({ id }) => ({
      ...{ broker: id, directory: "/var/lib/kafka" },
      ...{ totalBytes: 10_000_000n * gigabyte, usableBytes: 9_000_000n * gigabyte },
    })),
  };
}

/** Topics that leave to the brokers what the source's brokers say as well. */
function withDefaults(snapshot: Snapshot): Snapshot {
  if (snapshot.targetTopics === undefined || "error" in snapshot.targetTopics) return snapshot;
  const more: [string, Pick<ConfigReading, "value"> & { from: "kafka" }][] = [
    ["retention.ms", { value: "604800000", from: "kafka" }],
    ["max.message.bytes", { value: "1048588", from: "kafka" }],
  ];
  const topics = [...snapshot.targetTopics.value.topics].map(
    ([name, topic]) => [name, { ...topic, configs: new Map([...topic.configs, ...more]) }] as const,
  );
  return { ...snapshot, targetTopics: { value: { topics: new Map(topics), problems: new Map() } } };
}

/** Producers that have written to their topics since they moved. */
function withWriters(
  snapshot: Snapshot,
  { workloads: count }: Size,
  { topics }: Usual,
  ledger: readonly LedgerEntry[],
): Snapshot {
  const workloads = range(count).map((number): WorkloadRef => ({
    ...({ name: `app-${number}`, role: "producer", groups: [], kind: "Deployment" } as const),
    topics: topics.filter((_, at) => at % count === number),
    kubernetes: { namespace: "size" },
  }));
  const earlier = ledger.map((entry) => ({
    ...entry,
    partitions: entry.partitions.map((one) => ({ ...one, targetEnd: String(BigInt(one.targetEnd) - 1n) })),
  }));
  return { ...snapshot, scope: { ...snapshot.scope, workloads }, ledger: { value: earlier } };
}

/** A way back that has copied everything. */
function withWayBack(snapshot: Snapshot, usual: Usual, ledger: readonly LedgerEntry[]): Snapshot {
  const { topics, partitionsPerTopic, end } = usual;
  const names = topics.flatMap((topic) => range(partitionsPerTopic).map((partition) => `${topic}[${partition}]`));
  const from = new Map(names.map((name) => [name, { source: end, target: end }]));
  const [entry] = ledger.filter((one) => one.switch === "producers");
  const ids = Object.fromEntries(topics.map((topic) => [topic, `S-${topic}`]));
  const running = { connector: { state: "RUNNING" }, tasks: [{ id: 0, state: "RUNNING" }] };
  return {
    ...snapshot,
    ledger: { value: [entry!] },
    wayBack: { value: [{ topics, wayBack: { entry: entry!.number, begun: true, topics: ids, from } }] },
    returned: {
      value: [{ connector: ["m-back", running], copied: new Map(names.map((name) => [name, end - 1n])) }],
    },
    copiedSince: {
      value: {
        foreign: new Map(),
        lacking: new Map(),
        equal: names,
        copied: names.length,
        undecided: [],
        left: topics,
      },
    },
  };
}
