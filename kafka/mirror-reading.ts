/** State and positions of the mirror's source connectors. */
import { mirrorOffsets, ConnectRest, type ConnectOffset, type ConnectorStatus } from "./connect.ts";
import { readPositions, type Positions, type PositionsOptions } from "./connect-offsets/positions.ts";
import type { UpTo } from "./connect-offsets/reader.ts";
import { copiedBy } from "./mirror-copied.ts";
import { mirrorOf } from "./mirror-ref.ts";
import { patienceUntil } from "./patience.ts";
import type { Scope } from "./types.ts";
import type { MirrorReading } from "./verdicts/reading.ts";

/** Positions of the mirror's source connectors. Rejects if neither Kafka nor Connect tells them. */
export async function mirrorPositions(
  scope: Pick<Scope, "target" | "mirror">,
  connectors: readonly string[],
  options: PositionsOptions,
  rest = new ConnectRest(mirrorOf(scope).connect),
): Promise<Positions> {
  const topic = mirrorOf(scope).offsetsTopic ?? { unknown: "the config does not name connect.offsetsTopic" };
  return readPositions({ kafka: scope.target, rest, topic }, connectors, options);
}

/** The same as one list, as a move needs it: what gets no answer is asked again for a while. */
export async function mirrorOffsetsOf(
  scope: Pick<Scope, "target" | "mirror">,
  connectors: readonly string[],
  upTo: UpTo,
): Promise<ConnectOffset[]> {
  const { offsets } = await mirrorPositions(scope, connectors, { upTo });
  return [...offsets.values()].flatMap(mirrorOffsets);
}

/** What a gate needs to know of the mirror. Rejects if Connect or the target gives no answer. */
export async function readMirror(scope: Scope, deadline: number, signal: AbortSignal): Promise<MirrorReading> {
  const mirror = mirrorOf(scope);
  const rest = new ConnectRest(mirror.connect, patienceUntil(deadline));
  const looks = mirror.sourceConnectors.map(async (name) => [name, await rest.status(name)] as const);
  const connectors = new Map<string, ConnectorStatus | null>(await Promise.all(looks));
  const there = mirror.sourceConnectors.filter((name) => connectors.get(name) !== null);
  if (there.length === 0) return { connectors, mirrored: new Map() };
  const { offsets, overRest } = await mirrorPositions(scope, there, { upTo: "stable", deadline, signal }, rest);
  const mirrored = copiedBy(mirror.sourceAlias, [...offsets.values()].flatMap(mirrorOffsets));
  return { connectors, mirrored, ...(overRest !== null && { overRest }) };
}
