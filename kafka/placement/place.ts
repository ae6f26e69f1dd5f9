import type { Scope } from "../types.ts";
import type { CommittedPosition, Direction, Placement } from "./question.ts";
export async function placeExactly(
  _scope: Scope,
  _direction: Direction,
  _positions: readonly CommittedPosition[],
): Promise<Placement[]> {
  throw new Error("later");
}
