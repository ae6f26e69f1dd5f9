/** State and positions of the mirror's source connectors. */
import { mirrorOf } from "../model/mirror-ref.ts";
import { patienceUntil } from "../model/patience.ts";
import type { Scope } from "../model/scope.ts";
import { mirrorOffsets, ConnectRest, type ConnectOffset, type StatusReading } from "./connect.ts";
import { copiedBy } from "./mirror-copied.ts";
import { readPositions, type Positions, type PositionsOptions } from "./offsets-topic/positions.ts";
import type { UpTo } from "./offsets-topic/reader.ts";

/** Positions of the mirror's source connectors. Rejects if neither Kafka nor Connect provides them. */
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

/**
 * What a gate needs to know of the mirror. A Connect that is silent has not told its connectors' states: how far the mirror is
 * can be read from its topic all the same. Rejects if Connect cannot be reached or refuses, or the target gives no answer.
 */
export async function readMirror(scope: Scope, deadline: number, signal: AbortSignal): Promise<MirrorReading> {
  const mirror = mirrorOf(scope);
  const rest = new ConnectRest(mirror.connect, patienceUntil(deadline));
  const looks = mirror.sourceConnectors.map(async (name) => [name, await rest.statusReading(name)] as const);
  const connectors = new Map<string, StatusReading>(await Promise.all(looks));
  const there = mirror.sourceConnectors.filter((name) => connectors.get(name) !== null);
  if (there.length === 0) return { connectors, mirrored: new Map() };
  // Half of what is left now.
  const later = new ConnectRest(mirror.connect, patienceUntil(deadline));
  const { offsets, overRest } = await mirrorPositions(scope, there, { upTo: "stable", deadline, signal }, later);
  const mirrored = copiedBy(mirror.sourceAlias, [...offsets.values()].flatMap(mirrorOffsets));
  return { connectors, mirrored, ...(overRest !== null && { overRest }) };
}

export interface MirrorReading {
  /** State by name of source connector. */
  readonly connectors: ReadonlyMap<string, StatusReading>;
  /** Last mirrored source offset by `partitionName`; absent where nothing was mirrored yet. */
  readonly mirrored: ReadonlyMap<string, bigint>;
  /** Why the positions were asked of Connect's REST API; absent where they were read from its topic. */
  readonly overRest?: string;
}
