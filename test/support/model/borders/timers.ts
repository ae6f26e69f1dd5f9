import { anyWorld } from "../current.ts";

export * from "node:timers/promises";

export async function setTimeout(milliseconds: number): Promise<void> {
  const world = anyWorld();
  // What would be tried for a while ends for a killed process too, whose clock alone goes on.
  if (world.dead) world.data.now += milliseconds;
  world.alive();
  world.pass(milliseconds);
}
