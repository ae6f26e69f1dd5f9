/** What verdicts cost the processor, whichever version of the code gives them. */
import type { Condition } from "../gates/index.ts";
import type { Snapshot, Wanted } from "../runtime/judging/reading.ts";
import type { AnyVerdict } from "../runtime/model/gates.ts";
import { snapshotFor } from "./more-readings.ts";
import { snapshotOf, usualOf } from "./readings.ts";
import type { Size } from "./size.ts";

/** The part of the code that judges: the same in every version that is measured. */
export interface Judging {
  wants(condition: Condition, snapshot: Snapshot): Wanted | null;
  judge(condition: Condition, snapshot: Snapshot, earlier: readonly Snapshot[]): AnyVerdict;
}

export interface VerdictCost {
  readonly gate: string;
  /** Seconds of the processor, for saying what has to be counted and for the verdict. */
  readonly seconds: number;
  readonly open: boolean;
  readonly sentence: string;
}

/** The cost of one verdict on generated readings. Every range that is to be counted holds a record, but for groups'. */
export function costOf({ wants, judge }: Judging, condition: Condition, size: Size): VerdictCost {
  const usual = usualOf(size);
  const [earlier, measured] = [0, 2_000].map((takenAt) =>
    snapshotFor(condition.kind, snapshotOf(size, takenAt), size, usual),
  ) as [Snapshot, Snapshot];
  const before = process.cpuUsage();
  const wanted = wants(condition, measured);
  const records = condition.kind === "groups-drained" ? 1 : 0;
  const counts = new Map(
    (wanted?.ranges ?? []).map(({ topic, partition, from, to }) => [
      `${topic}[${partition}] ${from}..${to}`,
      { records, exact: true, first: null, last: null, trimmedTo: null },
    ]),
  );
  const { open, sentence } = judge(condition, { ...measured, counts: { value: { counts, problems: new Map() } } }, [
    earlier,
  ]);
  const { user, system } = process.cpuUsage(before);
  return { gate: condition.kind, seconds: (user + system) / 1e6, open, sentence };
}
