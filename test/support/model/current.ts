/** The world that the runtime's borders lead to now: one update runs at a time. */
import type { PegaWorld } from "./pega-world.ts";
import type { World } from "./world.ts";

let now: World | PegaWorld | null = null;

/** Runs an act over a world, whose clock is then the one of the process. */
export async function over<T>(world: World | PegaWorld, act: () => Promise<T>): Promise<T> {
  const [before, clock] = [now, Date.now];
  now = world;
  Date.now = () => world.data.now;
  try {
    return await act();
  } finally {
    Date.now = clock;
    now = before;
  }
}

/** The world of two Kafka clusters. */
export function world(): World {
  if (now === null || !("scope" in now)) throw new Error("no update runs in a world of two Kafka clusters");
  return now;
}

/** The world of a Pega release. */
export function pegaWorld(): PegaWorld {
  if (now === null || "scope" in now) throw new Error("no update runs in a world of a Pega release");
  return now;
}

export function anyWorld(): World | PegaWorld {
  if (now === null) throw new Error("no update runs");
  return now;
}
