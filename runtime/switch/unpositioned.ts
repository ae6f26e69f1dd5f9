/**
 * Partitions that the mirror would copy a second time: the target holds copies and Connect holds no position. MirrorMaker
 * 2 begins at the beginning of whatever it has no position for.
 */
import { withOwnCluster } from "../brokers/connection.ts";
import { countRecords } from "../brokers/log.ts";
import { partitionName } from "../brokers/partitions.ts";
import { logs, type Logs } from "../brokers/positions.ts";
import { rangeName, type Range } from "../brokers/ranges.ts";
import { ConnectRest, mirrorOffsets } from "../connect/connect.ts";
import { copiedBy } from "../connect/mirror-copied.ts";
import { mirrorPositions } from "../connect/mirror-reading.ts";
import { readLedger } from "../ledger/ledger.ts";
import { recordOf } from "../ledger/record.ts";
import { liveEntry } from "../model/ledger-text.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import type { MirrorRef, Scope } from "../model/scope.ts";
import { readPins, type Pins } from "../topics/pins.ts";
import { copiedTwice, copiedTwiceRemedy } from "../topics/recreated.ts";

/**
 * Where the target holds records from after the mirror began, in partitions that Connect has no position for. Topics
 * with which the mirror has not begun are left out: what they hold is not its copy. Pure.
 */
export function withoutPosition(
  { source: begun, before }: Pick<Pins, "source" | "before">,
  { partitions }: Pick<Logs, "partitions">,
  positions: ReadonlyMap<string, bigint>,
): Range[] {
  return [...partitions].flatMap(([name, { topic, partition, start, stable }]) => {
    if (begun[topic] === undefined || positions.has(name)) return [];
    const former = BigInt(before[topic]?.split(",")[partition] ?? 0);
    const from = start > former ? start : former;
    return from < stable ? [{ topic, partition, from, to: stable }] : [];
  });
}

/** Their names. Rejects if the target, Connect's positions or what is pinned cannot be read. */
export async function unpositioned(scope: Scope, deadline?: number, signal?: AbortSignal): Promise<string[]> {
  const { mirror } = scope;
  const pins = await readPins(recordOf(scope));
  const begun = scope.topics.filter((topic) => pins.source[topic] !== undefined);
  if (mirror === null || begun.length === 0) return [];
  const written = writtenAtTarget(scope, await readLedger(scope));
  const topics = begun.filter((topic) => !written.has(topic));
  if (topics.length === 0) return [];
  return withOwnCluster(
    scope.target,
    async (cluster) => {
      const found = await logs(cluster, topics);
      const problem = found.problems.find(({ kind }) => kind !== "missing");
      if (problem !== undefined) throw new Error(problem.sentence);
      if (withoutPosition(pins, found, new Map()).length === 0) return [];
      const positions = await positionsOf(scope, mirror, deadline, signal);
      if (positions === null) return [];
      const ranges = withoutPosition(pins, found, positions);
      // Markers of transactions that were aborted are nothing to copy again.
      const { counts, problems } = await countRecords(cluster, ranges, { isolation: "read_committed", records: 0 });
      for (const sentence of problems.values()) throw new Error(sentence);
      return ranges
        .filter((range) => (counts.get(rangeName(range))?.records ?? 0) > 0)
        .map(({ topic, partition }) => partitionName(topic, partition));
    },
    signal,
  );
}

/** Topics that writers who have moved write to: the target's records are theirs too, and say nothing of the mirror. Pure. */
export function writtenAtTarget(scope: Scope, entries: readonly LedgerEntry[]): ReadonlySet<string> {
  if (scope.waves === undefined) return new Set(liveEntry(entries, "producers") === null ? [] : scope.topics);
  const moved = scope.waves.filter(({ name }) => liveEntry(entries, "applications", { wave: name }) !== null);
  return new Set(moved.flatMap(({ writes, closes }) => [...writes, ...closes]));
}

/** Null where there are no connectors yet and the config does not say where Connect keeps their positions. */
async function positionsOf(scope: Scope, mirror: MirrorRef, deadline?: number, signal?: AbortSignal) {
  const options = { upTo: "stable" as const, ...(deadline !== undefined && { deadline }), ...(signal && { signal }) };
  try {
    const { offsets } = await mirrorPositions(scope, mirror.sourceConnectors, options);
    return copiedBy(mirror.sourceAlias, [...offsets.values()].flatMap(mirrorOffsets));
  } catch (error) {
    const rest = new ConnectRest(mirror.connect);
    const states = await Promise.all(mirror.sourceConnectors.map((name) => rest.status(name)));
    if (states.some((state) => state !== null)) throw error;
    // Connect was asked for what its topic does not hold, and knows of no such connector.
    return mirror.offsetsTopic === undefined || mirror.offsetsTopic.given ? null : new Map<string, bigint>();
  }
}

/** Rejects, with the partitions by name, where a mirror that runs would copy them a second time. */
export async function refuseSecondCopy(scope: Scope): Promise<void> {
  const found = await unpositioned(scope);
  if (found.length > 0) throw new Error(`${copiedTwice(found)}. Nothing was resumed; ${copiedTwiceRemedy}`);
}
