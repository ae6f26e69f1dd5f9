/** From many problems to one sentence, the worst first. */
import type { Verdict } from "../types.ts";
import type { Logs } from "../positions.ts";

/** One reason for a closed gate. */
export interface Complaint {
  /** Lower is worse: what could not be measured hides everything else. */
  readonly rank: number;
  /** Among equals more is worse, for example records left. */
  readonly weight?: bigint;
  readonly sentence: string;
  /** Whether the sentence is about one partition. */
  readonly partition: boolean;
  /** Whether the sentence is about one consumer group. */
  readonly group?: boolean;
}

/** Ranks of complaints, worst first. */
export const rank = {
  foreign: 0,
  mirrorState: 0,
  unmeasured: 1,
  missing: 2,
  gone: 3,
  grown: 4,
  held: 5,
  left: 6,
} as const;

/** Closed with the worst complaint and the number of the others. */
export function closed(complaints: readonly Complaint[]): Verdict {
  const [worst, ...others] = [...complaints].sort(
    (a, b) => a.rank - b.rank || Number((b.weight ?? 0n) - (a.weight ?? 0n)),
  );
  const groups = others.every(({ group }) => group) ? "group" : "problem";
  const what = others.every(({ partition }) => partition) ? "partition" : groups;
  const more = others.length === 0 ? "" : `; and ${count(others.length, `more ${what}`)}`;
  return { open: false, sentence: `${worst?.sentence ?? "nothing was measured"}${more}` };
}

/** `1 record`, `12 records`. */
export function count(number: number | bigint, noun: string): string {
  return `${number} ${noun}${BigInt(number) === 1n ? "" : "s"}`;
}

/** What could not be measured of a side's logs; a broker's partitions are one complaint. */
export function unmeasured(logs: Logs, topics?: ReadonlySet<string>): Complaint[] {
  const partitions = new Map<string, number>();
  for (const { topic, partition, sentence } of logs.problems) {
    if (topics !== undefined && !topics.has(topic)) continue;
    partitions.set(sentence, (partitions.get(sentence) ?? 0) + (partition === undefined ? 0 : 1));
  }
  return [...partitions].map(([sentence, number]) => {
    const broker = sentence.startsWith("broker ");
    return {
      rank: sentence.includes("does not exist") ? rank.missing : rank.unmeasured,
      sentence: broker ? `${sentence}; ${count(number, "partition")} could not be measured` : sentence,
      partition: number > 0 && !broker,
    };
  });
}
