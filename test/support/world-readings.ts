/** What a gate measures of a world in memory: the same logs, groups, ledger and mirror that the switches of its tests act on. */
import type { Condition } from "../../gates/index.ts";
import type { Committed, Logs, Position } from "../../runtime/brokers/positions.ts";
import { rangeName } from "../../runtime/brokers/ranges.ts";
import type { GroupsReading, Snapshot } from "../../runtime/judging/reading.ts";
import { judge, wants } from "../../runtime/measure/judge.ts";
import type { AnyVerdict } from "../../runtime/model/gates.ts";
import type { Scope } from "../../runtime/model/scope.ts";
import type { SideName } from "../../runtime/model/sides.ts";
import { positionsOf } from "../../runtime/placement/lagging.ts";
import { scope as usual, type World } from "../switch-world.ts";

/** What a migration remembers from when its mirror began. */
export interface Remembered {
  readonly pins: Readonly<Record<string, string>>;
  readonly marks: ReadonlyMap<string, string>;
}

export const remembered = (world: World): Remembered => ({
  pins: Object.fromEntries(world.topicIds.source),
  marks: new Map(world.topicIds.target),
});

/** Everything that any gate about logs, groups, the ledger or the mirror asks for. */
export async function readingOf(
  world: World,
  condition: Condition,
  scope: Scope = usual,
  { pins, marks }: Remembered = remembered(world),
): Promise<Snapshot> {
  const { kafka, connect } = world.effects();
  const migrated = new Set(scope.topics);
  const logs = async (side: SideName): Promise<{ value: Logs }> => {
    const { clusterId, partitions } = await kafka.logs(side);
    const known = new Map([...partitions].filter(([, { topic }]) => migrated.has(topic)));
    return { value: { clusterId, ids: world.topicIds[side], partitions: known, problems: [] } };
  };
  const groups = async (side: SideName): Promise<{ value: GroupsReading }> => {
    const none = { problems: new Map<string, string>(), refused: new Set<string>(), pending: new Set<string>() };
    const [committed, states] = await Promise.all([kafka.committed(side), kafka.groupStates(side)]);
    return {
      value: {
        clusterId: world.ids[side],
        committed: { groups: withMetadata(committed), ...none },
        states: { groups: states, ...none },
      },
    };
  };
  const connectors = new Map(
    await Promise.all(
      (scope.mirror?.sourceConnectors ?? []).map(async (name) => [name, await connect.status(name)] as const),
    ),
  );
  const source = await logs("source");
  const sourceGroups = await groups("source");
  const positions = positionsOf(scope.groups, sourceGroups.value.committed.groups, source.value.partitions.values());
  const measured: Snapshot = {
    scope,
    takenAt: world.now,
    source,
    target: await logs("target"),
    sourceGroups,
    targetGroups: await groups("target"),
    ledger: { value: structuredClone(world.entries) },
    mirror: { value: { connectors, mirrored: new Map(world.copied) } },
    pins: { value: { source: pins, own: {}, before: {} } },
    marks: { value: marks },
    unpositioned: { value: [] },
    placing: {
      value: {
        ...{ positions, found: await kafka.place("to-target", positions) },
        ...{ pending: new Map<string, string>(), outside: [] },
      },
    },
  };
  const wanted = wants(condition, measured);
  if (wanted === null) return measured;
  const counts = wanted.ranges.map(
    (range) => [rangeName(range), world.counted(wanted.side, range, wanted.isolation)] as const,
  );
  return { ...measured, counts: { value: { counts: new Map(counts), problems: new Map() } } };
}

const withMetadata = (committed: ReadonlyMap<string, ReadonlyMap<string, Position>>): Committed["groups"] =>
  new Map(
    [...committed].map(([group, offsets]) => [
      group,
      new Map([...offsets].map(([name, position]) => [name, { ...position, metadata: "" }])),
    ]),
  );

export async function verdictOn(
  world: World,
  condition: Condition,
  scope: Scope = usual,
  before: Remembered = remembered(world),
): Promise<AnyVerdict> {
  return judge(condition, await readingOf(world, condition, scope, before));
}

/** Every partition of a side's logs that is longer than the last switch of producers has left it, as the config accepts it. */
export function acceptAll(world: World): NonNullable<Scope["stragglers"]> {
  const entry = world.entries.findLast((one) => one.switch === "producers" && one.partitions.length > 0)!;
  return entry.partitions.flatMap(({ topic, partition, sourceEnd }) => {
    const end = world.logs.source.get(`${topic}[${partition}]`)!.length;
    return end > Number(sourceEnd) ? [{ topic, partition, to: String(end) }] : [];
  });
}
