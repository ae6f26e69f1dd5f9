/** How fast a broker answers. */
import type { Connection } from "@platformatic/kafka";
import { askFor } from "./abilities.ts";

/** Round trips that are measured at each broker; their median counts, so that one slow moment does not. */
const roundTrips = 5;

/**
 * Milliseconds of one round trip over an open connection, with one decimal: a request that the broker answers at once. Before a
 * login brokers answer it once, and end the connection the second time.
 */
export async function roundTrip(connection: Connection, times = roundTrips): Promise<number> {
  const found: number[] = [];
  for (let asked = 0; asked < times; asked++) {
    const startedAt = performance.now();
    await askFor(connection);
    found.push(performance.now() - startedAt);
  }
  const median = found.sort((a, b) => a - b)[Math.floor(times / 2)]!;
  return Math.round(median * 10) / 10;
}
