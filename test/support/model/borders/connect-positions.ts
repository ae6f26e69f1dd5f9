import type { Positions, PositionsSource } from "../../../../runtime/connect/offsets-topic/positions.ts";
import { mirrorOf } from "../../../../runtime/model/mirror-ref.ts";
import { split } from "../../verdict-readings.ts";
import { world } from "../current.ts";

export async function readPositions(_source: PositionsSource, connectors: readonly string[]): Promise<Positions> {
  world().asks("target");
  const cluster = mirrorOf(world().scope).sourceAlias;
  const found = connectors.map((connector) => {
    const own = [...world().data.copied].filter(([name]) => world().connectorOf(split(name).topic) === connector);
    const offsets = own.map(([name, offset]) => ({
      partition: JSON.stringify({ cluster, ...split(name) }),
      offset: `{"offset":${offset}}`,
    }));
    return [connector, offsets] as const;
  });
  return { offsets: new Map(found), overRest: null };
}
