/** Readings of a cluster of any size, as a sweep would have measured them: what verdicts are given, without a cluster. */
import type { Condition } from "../gates/index.ts";
import type { PartitionLog } from "../runtime/brokers/positions.ts";
import type { GroupsReading, Snapshot } from "../runtime/judging/reading.ts";
import type { LedgerEntry } from "../runtime/model/ledger.ts";
import type { Scope } from "../runtime/model/scope.ts";
import { moreConditions, type Usual } from "./more-readings.ts";
import type { Size } from "./size.ts";

/** Of every topic. */
export const partitionsPerTopic = 10;
/** Of every group. */
const topicsPerGroup = 2;
const end = 1_000n;

const nameOf = (topic: string, partition: number): string => `${topic}[${partition}]`;
const range = (length: number): number[] => Array.from({ length }, (_, index) => index);
export const topicsOf = ({ topics }: Pick<Size, "topics">): string[] => range(topics).map((at) => `topic-${at}`);

/** The migration of such a size. */
export function scopeOf({ topics, groups }: Size): Scope {
  const endpoint = (side: "source" | "target") =>
    ({ side, bootstrap: [`${side}.example:9092`], protocol: "PLAINTEXT" }) as const;
  return {
    migration: "size",
    source: endpoint("source"),
    target: endpoint("target"),
    mirror: { connect: { urls: [] }, sourceConnectors: ["m"], otherConnectors: [], sourceAlias: "source" },
    topics: topicsOf({ topics }),
    groups: range(groups).map((at) => ({
      name: `group-${at}`,
      topics: range(topicsPerGroup).map((more) => `topic-${(at * topicsPerGroup + more) % topics}`),
    })),
    workloads: [],
    stragglers: topics === 0 ? [] : [{ topic: "topic-0", partition: 0, to: String(end) }],
    ledger: { kubernetes: { namespace: "size" }, configMap: "ledger" },
  };
}

/**
 * A snapshot in which every gate has all there is to look at: a fifth of the partitions lost old records that had been
 * copied, a tenth of the groups have one record left to read in each of their partitions.
 */
export function snapshotOf(size: Size, takenAt = 0): Snapshot {
  const scope = scopeOf(size);
  const partitions = scope.topics.flatMap((topic) =>
    range(partitionsPerTopic).map((partition) => ({ topic, partition })),
  );
  const logs = (clusterId: string) => ({
    clusterId,
    ids: new Map(scope.topics.map((topic) => [topic, `${clusterId}-${topic}`])),
    partitions: new Map<string, PartitionLog>(
      partitions.map(({ topic, partition }, at) => {
        const start = at % 5 === 0 ? end : 0n;
        return [nameOf(topic, partition), { topic, partition, start, stable: end, end }] as const;
      }),
    ),
    problems: [],
  });
  const places = scope.groups.flatMap(({ name: group, topics }, at) =>
    topics.flatMap((topic) =>
      range(partitionsPerTopic).map((partition) => ({
        group,
        topic,
        partition,
        offset: at % 10 === 0 ? end - 1n : end,
      })),
    ),
  );
  const none = { problems: new Map<string, string>(), refused: new Set<string>(), pending: new Set<string>() };
  const state = { state: "Stable", type: "classic", members: [{ clientId: "app", host: "10.0.0.1" }] } as const;
  const committed = new Map(
    [...Map.groupBy(places, ({ group }) => group)].map(([group, all]) => [
      group,
      new Map(all.map((each) => [nameOf(each.topic, each.partition), { ...each, metadata: "" }] as const)),
    ]),
  );
  const groups = (clusterId: string): GroupsReading => ({
    clusterId,
    committed: { groups: committed, ...none },
    states: { groups: new Map(scope.groups.map(({ name }) => [name, state])), ...none },
  });
  const locked = {
    clusterId: "S",
    topics: scope.topics.map((name) => ({ name, partitions: partitionsPerTopic, replicationFactor: 3, configs })),
    groups: scope.groups.map(({ name, topics }) => ({ name, protocol: "classic" as const, topics })),
  };
  const rights = rightsOf(size);
  return {
    ...{ scope, takenAt },
    source: { value: logs("S") },
    target: { value: logs("T") },
    sourceGroups: { value: groups("S") },
    targetGroups: { value: groups("T") },
    mirror: {
      value: {
        connectors: new Map([
          ["m", { connector: { state: "RUNNING" }, tasks: [{ id: 0, state: "RUNNING" }] } as const],
        ]),
        // Where old records are gone, the mirror has not copied the last of them, which were markers.
        mirrored: new Map(
          partitions.map(({ topic, partition }, at) => [nameOf(topic, partition), end - (at % 5 === 0 ? 3n : 1n)]),
        ),
      },
    },
    ledger: { value: entriesOf(partitions, places) },
    pins: {
      value: { source: Object.fromEntries(scope.topics.map((topic) => [topic, `S-${topic}`])), own: {}, before: {} },
    },
    marks: { value: new Map(scope.topics.map((topic) => [topic, `T-${topic}`])) },
    unpositioned: { value: [] },
    targetTopics: {
      value: {
        topics: new Map(
          scope.topics.map((topic) => [
            topic,
            {
              id: `T-${topic}`,
              partitions: partitionsPerTopic,
              replicas: range(partitionsPerTopic).map(() => 3),
              configs: new Map(Object.entries(configs).map(([key, value]) => [key, { value, from: "topic" as const }])),
            },
          ]),
        ),
        problems: new Map(),
      },
    },
    placing: {
      value: {
        positions: places.map(({ group, topic, partition, offset }) => ({
          group,
          topic,
          partition,
          committed: offset,
        })),
        found: places.map(({ group, topic, partition, offset }) => ({
          ...{ group, topic, partition, committed: offset },
          ...{ kind: "exact", placed: offset, how: "generated", translated: offset, repeats: 0 },
        })),
        pending: new Map(),
        outside: [],
      },
    },
    inventory: { value: { path: "inventory/size.json", recorded: locked, now: locked, unread: [] } },
    sourceRights: { value: rights("S", (number) => `User:app-${number}`) },
    targetRights: { value: rights("T", (number) => `User:app-${number}`) },
  };
}

/** Thirty configs, as brokers report for every topic. */
const configs: Readonly<Record<string, string>> = Object.fromEntries(
  range(30).map((number) => [`config.number.${number}`, String(number)]),
);

function rightsOf({ workloads, topics, groups }: Size) {
  const rest = { host: "*", permission: "Allow", patternType: "Literal" } as const;
  return (clusterId: string, principalOf: (number: number) => string) => ({
    ...{ clusterId, authorizer: true, openByDefault: false, superUsers: [] },
    acls: range(workloads).flatMap((number) => {
      const principal = principalOf(number);
      return [
        ...range(4).map((more) => ({
          ...{ ...rest, principal, operation: "Read", resourceType: "Topic" },
          resourceName: `topic-${(number * 4 + more) % topics}`,
        })),
        { ...rest, principal, operation: "Read", resourceType: "Group", resourceName: `group-${number % groups}` },
      ];
    }),
  });
}

function entriesOf(
  partitions: readonly { readonly topic: string; readonly partition: number }[],
  places: readonly {
    readonly group: string;
    readonly topic: string;
    readonly partition: number;
    readonly offset: bigint;
  }[],
): LedgerEntry[] {
  const common = { writtenAt: "2026-11-30T00:00:00Z", voids: null, sourceClusterId: "S", targetClusterId: "T" };
  const [sourceEnd, targetEnd] = [String(end), String(end)];
  const ends = partitions.map((each) => ({ ...each, sourceEnd, targetEnd }));
  const groups = places.map(({ group, topic, partition, offset }) => ({
    ...{ group, topic, partition },
    ...{ committed: String(offset), placed: String(offset) },
  }));
  return [
    { ...common, number: 1, switch: "producers", row: "move-producers", partitions: ends, groups: [] },
    { ...common, number: 2, switch: "consumers", row: "move-consumers", partitions: [], groups },
  ];
}

/** What the other conditions' readings are made from. */
export function usualOf(size: Size): Usual {
  const names = topicsOf(size);
  const wanted = [
    {
      replicationFactor: 3,
      config: configs,
      topics: Object.fromEntries(names.map((name) => [name, partitionsPerTopic])),
    },
  ];
  const principals = range(size.workloads).map((number) => ({
    principal: `User:app-${number}`,
    users: [`app-${number}`],
  }));
  return {
    ...{ topics: names, partitionsPerTopic, end, wanted },
    rights: { kind: "rights-as-on-source", principals, leftAlone: [], staying: {}, granted: [], applications: {} },
  };
}

/** Every condition whose cost follows from topics, partitions, groups, rights or workloads, and those that look at a moment. */
export function conditionsOf(size: Size): readonly Condition[] {
  const usual = usualOf(size);
  return [
    { kind: "inventory-current", inventory: { path: "inventory/size.json", sha256: "" } },
    { kind: "target-empty-or-ours" },
    { kind: "topics-as-locked", wanted: usual.wanted, defaults: {} },
    usual.rights,
    { kind: "mirror-within", maxLag: 0 },
    { kind: "mirror-drained" },
    { kind: "groups-placeable" },
    { kind: "groups-drained" },
    { kind: "source-still-at-ledger" },
    { kind: "offsets-placed" },
    { kind: "groups-active" },
    ...moreConditions(usual),
  ];
}
