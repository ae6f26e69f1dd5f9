import { partitionName } from "../../../../runtime/brokers/partitions.ts";
import type { CommittedPosition, Direction, Placement } from "../../../../runtime/model/placement.ts";
import type { BackLife } from "../../../../runtime/model/back-life.ts";
import { world } from "../current.ts";

export async function placeExactly(
  _scope: unknown,
  direction: Direction,
  positions: readonly CommittedPosition[],
): Promise<Placement[]> {
  return positions.map((position) => placed(position, direction, 0n));
}

export async function placeBack(
  _scope: unknown,
  lives: ReadonlyMap<string, BackLife>,
  positions: readonly CommittedPosition[],
): Promise<Placement[]> {
  return positions.map((position) => {
    const { from: begun } = lives.get(partitionName(position.topic, position.partition))!;
    return placed(position, "to-source", (position.committed ?? 0n) >= begun.target ? begun.source : 0n);
  });
}

/** By the name of the last record that the group has read: its copy has another offset. */
function placed(position: CommittedPosition, direction: Direction, least: bigint): Placement {
  const { topic, partition, committed } = position;
  const name = partitionName(topic, partition);
  const [own, other] = direction === "to-target" ? (["source", "target"] as const) : (["target", "source"] as const);
  world().asks(own);
  world().asks(other);
  const read = world()
    .data.logs[own].get(name)!
    .slice(0, Number(committed ?? 0n));
  const last = read.findLast((entry) => entry !== null);
  const found = last === undefined ? -1 : (world().data.logs[other].get(name) ?? []).indexOf(last);
  const mm2 = { translated: 0n, repeats: 0 };
  if (last !== undefined && found < 0)
    return { ...position, kind: "behind", left: 1, reason: `${last} of ${name} is not there yet`, ...mm2 };
  const next = BigInt(found + 1);
  return { ...position, kind: "exact", placed: next > least ? next : least, how: "by its name", ...mm2 };
}
