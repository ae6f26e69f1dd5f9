/** When each application stopped, started and worked, by its own logs. */
import { linesOf, logFiles } from "./log-lines.ts";
import { sideOf, Times } from "./audit-collector.ts";
import type { TrafficSet } from "./workloads.ts";

/** A pod from its start to its stop; times in milliseconds since 1970. */
export interface PodTimes {
  readonly side: string;
  readonly startedAt: number;
  /** Null where it still runs or was killed. */
  stoppedAt: number | null;
  /** Its first acknowledged record, or the first that it processed where it only reads; null where there is none. */
  workedAt: number | null;
}

/** One application over all its pods. */
export interface Timeline {
  readonly writes: boolean;
  readonly pods: PodTimes[];
  /** When its records were acknowledged; empty where it only reads. */
  readonly acknowledged: Times;
}

/** The timelines of a directory of logs, by workload. */
export const timelinesOf = (directory: string): Map<string, Timeline> => timelines(logFiles(directory).map(linesOf));

/** Each log is the lines of one pod's file. */
export function timelines(logs: Iterable<Iterable<string>>): Map<string, Timeline> {
  const found = new Map<string, Timeline>();
  for (const lines of logs) {
    let of: Timeline | undefined;
    let pod: PodTimes | undefined;
    for (const line of lines) {
      const [event, text, second = "", third = "", , fifth = ""] = line.split("\t", 6);
      const time = Number(text);
      if (event === "start") {
        of = found.get(third) ?? { writes: second !== "consumer", pods: [], acknowledged: new Times() };
        found.set(third, of);
        pod = { side: sideOf(fifth), startedAt: time, stoppedAt: null, workedAt: null };
        of.pods.push(pod);
      } else if (event === "stop" && pod) pod.stoppedAt = time;
      else if (event === "ack") {
        of?.acknowledged.add(time);
        if (pod) pod.workedAt ??= time;
      } else if ((event === "read" || event === "other") && pod && of?.writes === false) pod.workedAt ??= time;
    }
  }
  return found;
}

/** The time that applications took to move together; seconds. */
export interface MoveTimes {
  /** From `up` to the last of them working on the target: writing, or reading where none of them writes. */
  readonly total: number;
  /** From `up` to the first that stopped: the program starts, gates measure, the move is rehearsed. */
  readonly untilStop: number;
  /** From the first that stopped to the last. */
  readonly stopping: number;
  /** From the last that stopped to the first that started: the source is still, the mirror drained, groups are placed. */
  readonly placing: number;
  /** From the first that started to the last working. */
  readonly starting: number;
}

/**
 * How long a move took. Names those that did not stop, or did not work on the target, between `from` and `until`
 * (milliseconds since 1970).
 */
export function moveTimes(
  found: ReadonlyMap<string, Timeline>,
  workloads: readonly string[],
  { from, until }: Span,
): MoveTimes | { readonly missing: readonly string[] } {
  const moved = workloads.map((name) => {
    const { writes = false, pods = [] } = found.get(name) ?? {};
    const stops = pods.flatMap(({ stoppedAt }) => (stoppedAt !== null && inside(stoppedAt) ? [stoppedAt] : []));
    const started = pods.filter(({ side, startedAt }) => side === "target" && inside(startedAt));
    const working = started.flatMap(({ workedAt }) => workedAt ?? []);
    return { name, writes, stops, started, working };
  });
  function inside(time: number): boolean {
    return time >= from && time <= until;
  }
  const writers = moved.filter(({ writes }) => writes);
  const judged = writers.length > 0 ? writers : moved;
  const missing = [
    ...moved.filter(({ stops, started }) => stops.length === 0 || started.length === 0),
    ...judged.filter(({ working }) => working.length === 0),
  ].map(({ name }) => name);
  if (missing.length > 0 || moved.length === 0) return { missing: [...new Set(missing)] };
  const stops = moved.flatMap((one) => one.stops);
  const firstStop = Math.min(...stops);
  const lastStop = Math.max(...stops);
  const firstStart = Math.min(...moved.flatMap(({ started }) => started.map(({ startedAt }) => startedAt)));
  // Of several pods one is enough, since a member without a partition reads nothing.
  const lastWork = Math.max(...judged.map(({ working }) => Math.min(...working)));
  return {
    total: (lastWork - from) / 1000,
    untilStop: (firstStop - from) / 1000,
    stopping: (lastStop - firstStop) / 1000,
    placing: (firstStart - lastStop) / 1000,
    starting: (lastWork - firstStart) / 1000,
  };
}

/** Milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** Applications that moved together, and when. */
export interface MovedWave extends Span {
  readonly workloads: readonly string[];
}

/** An application that writes and was not in the wave. */
export interface OutsideGap {
  readonly workload: string;
  /** Longest time between two of its acknowledged records, in seconds, while nothing that it depends on moved. */
  readonly before: number;
  /** The same over the time of the wave. */
  readonly during: number;
}

/**
 * The longest gaps of writers outside a wave, while it moved and before. Left out are services that read, over however
 * many services, what the wave writes: they pause for want of input. For the same reason `before` leaves out the times
 * of a writer's own wave and of those that it reads from.
 */
export function outsideGaps(
  found: ReadonlyMap<string, Timeline>,
  waves: readonly MovedWave[],
  at: number,
  traffic: TrafficSet,
): OutsideGap[] {
  const { from, until } = waves[at]!;
  return [...found]
    .filter(([, { writes }]) => writes)
    .flatMap(([workload, { acknowledged }]) => {
      const needs = feedersOf(workload, traffic);
      const concerned = (wave: MovedWave): boolean => wave.workloads.some((name) => needs.has(name));
      if (concerned(waves[at]!)) return [];
      const pauses = waves.filter(concerned);
      let [before, during] = [0, 0];
      for (const { start, end } of acknowledged.gaps()) {
        const seconds = (end - start) / 1000;
        if (end >= from && start <= until) during = Math.max(during, seconds);
        else if (end < from && !pauses.some((wave) => end >= wave.from && start <= wave.until))
          before = Math.max(before, seconds);
      }
      return [{ workload, before, during }];
    });
}

/** The longest time, in seconds, in which no record of some writer was acknowledged while a leg went on: its write pause. */
export function writePauseIn(found: ReadonlyMap<string, Timeline>, { from, until }: Span): number {
  const gaps = [...found.values()].flatMap(({ acknowledged }) => [...acknowledged.gaps()]);
  const during = gaps.filter(({ start, end }) => end >= from && start <= until);
  // A writer of a long run has too many gaps for the arguments of one call.
  return during.reduce((longest, { start, end }) => Math.max(longest, end - start), 0) / 1000;
}

/** A writer and all whose records it needs to have something to write. */
function feedersOf(name: string, { producers, services = [] }: TrafficSet): Set<string> {
  const found = new Set([name]);
  for (const one of found) {
    const inputs = services.find((service) => service.name === one)?.routes.map(({ from }) => from) ?? [];
    for (const { name: writer, writes } of producers)
      if (writes.some(({ topic }) => inputs.includes(topic))) found.add(writer);
    for (const { name: writer, routes } of services)
      if (routes.some(({ to }) => inputs.includes(to))) found.add(writer);
  }
  return found;
}
