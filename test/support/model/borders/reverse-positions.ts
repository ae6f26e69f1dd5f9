import { partitionName } from "../../../../runtime/brokers/partitions.ts";
import type { ConnectOffset } from "../../../../runtime/connect/connect.ts";
import type { ReturnedReading } from "../../../../runtime/connect/reverse-positions.ts";
import { mirrorOf } from "../../../../runtime/model/mirror-ref.ts";
import type { ReverseRef, Scope } from "../../../../runtime/model/scope.ts";
import { world } from "../current.ts";
import { ConnectRest } from "./connect.ts";

export * from "../../../../runtime/connect/reverse-positions.ts";

export async function reversePositions({ topics }: ReverseRef): Promise<ReadonlyMap<string, bigint>> {
  world().asks("source");
  if (!world().hasTopic("source", topics.offsets)) throw new Error(`topic ${topics.offsets} is gone from the source`);
  return new Map(world().data.returned);
}

export async function seedPositions(
  _reverse: ReverseRef,
  offsets: readonly Omit<ConnectOffset, "cluster">[],
): Promise<void> {
  world().asks("source");
  world().change("seed positions of the mirror back", () => {
    for (const { topic, partition, offset } of offsets)
      world().data.returned.set(partitionName(topic, partition), offset);
  });
}

export async function readReturned(scope: Pick<Scope, "mirror">): Promise<ReturnedReading> {
  const { reverse } = mirrorOf(scope);
  const status = await new ConnectRest().status(reverse!.connector);
  return {
    connector: [reverse!.connector, status],
    copied: status === null ? new Map() : await reversePositions(reverse!),
  };
}
