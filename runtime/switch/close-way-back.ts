/** The end of the way back, and what a preview says of a step back. */
import { withOwnCluster } from "../brokers/connection.ts";
import { countRecords } from "../brokers/log.ts";
import { logs } from "../brokers/positions.ts";
import { reversePositions } from "../connect/reverse-positions.ts";
import type { WayBack } from "../topics/way-back.ts";
import { persistently } from "../model/again.ts";
import type { LedgerInputs } from "../model/inputs.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import { Refused } from "../model/refused.ts";
import type { Scope } from "../model/scope.ts";
import { closingScope } from "../model/waves.ts";
import { count, some } from "../model/words.ts";
import { ofRole } from "../workloads/workloads.ts";
import { resumeMirror, stopMirror } from "./mirror-drain.ts";
import { backMirror, forgetStopped, readyToReturn, Tally, type BackEffects } from "./producer-return.ts";
import { movedBy, stillLogs } from "./steps.ts";

/** Counting stops here; the sentence then says `more than`. */
const worthCounting = 1_000_000;

/**
 * Closes the way back: stops the mirror back for good, proves that the source has grown by nothing but its copies, and
 * records up to where both sides hold the same. From then on the source must stay as it is, as after a move without a
 * way back. Rejects with the mirror back running again.
 */
export async function closeWayBack(
  effects: BackEffects,
  scope: Scope,
  entry: LedgerEntry,
  { row, fenceSeconds }: Pick<LedgerInputs, "row" | "fenceSeconds">,
): Promise<LedgerEntry> {
  const reverse = backMirror(scope);
  const opened = await readyToReturn(effects, scope, entry);
  try {
    await stopMirror(effects, reverse);
    const source = await stillLogs(effects, "source", fenceSeconds, { ...scope, mirror: null });
    const copied = await effects.back.positions("end");
    const target = await effects.kafka.logs("target");
    // Of the target only what was copied counts: producers go on writing there.
    const upTo = new Map(
      [...target.partitions].map(([name, log]) => {
        const next = (copied.get(name) ?? -1n) + 1n;
        const from = opened.from.get(name)?.target ?? 0n;
        const end = next > from ? next : from;
        return [name, { ...log, stable: end, end }] as const;
      }),
    );
    const ends = { source, target: { ...target, partitions: upTo } };
    const tally = new Tally(effects, scope, opened.from);
    await tally.add(ends);
    tally.prove();
    const closed = await effects.ledger.append({
      ...movedBy({ what: entry.switch, ...(entry.wave !== undefined && { wave: entry.wave }), row }),
      voids: entry.number,
      closing: true,
      sourceClusterId: source.clusterId,
      targetClusterId: target.clusterId,
      partitions: [...source.partitions].map(([name, { topic, partition, end }]) => ({
        topic,
        partition,
        sourceEnd: end.toString(),
        targetEnd: upTo.get(name)!.end.toString(),
      })),
      // Where their groups were placed holds on.
      groups: entry.groups,
    });
    await forgetStopped(effects, reverse);
    effects.log(`the way back is closed: ledger entry ${closed.number} takes the place of ${entry.number}`);
    return closed;
  } catch (error) {
    await persistently(effects, () => resumeMirror(effects, reverse.sourceConnectors, effects.restoringPace)).catch(
      () => undefined,
    );
    throw error instanceof Refused
      ? new Refused(error.kind, `the way back cannot be closed: ${error.message}`)
      : new Error(`the way back cannot be closed: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        });
  }
}

/**
 * What going back over an entry means, for a preview: who pauses and for how long at most, what came back, what is left to.
 * The scope is the entry's.
 */
export async function announceBack(
  { scope, stopSeconds, fenceSeconds, drainSeconds, startSeconds }: LedgerInputs,
  { switch: what }: Pick<LedgerEntry, "switch">,
  opened: WayBack,
): Promise<string> {
  const names = (role: "producer" | "consumer") =>
    ofRole(scope.workloads, role)
      .map(({ name }) => name)
      .join(", ") || "none of the workloads";
  const head = `the way back of ledger entry ${opened.entry}`;
  const comes = returning(closingScope(scope), opened).catch(
    (error: unknown) => `what comes back could not be counted from here: ${(error as Error).message}`,
  );
  if (what === "applications") {
    const everybody = ofRole(scope.workloads, "application").map(({ name }) => name);
    return [
      `${head}: ${everybody.join(", ") || "none of the workloads"} pause together until they run on the source, with ` +
        `${count(scope.groups.length, "group")} placed exactly; they are started again on the target if this takes longer than ` +
        `${stopSeconds} s to stop + ${fenceSeconds} s until the target is still and the groups are empty + ${drainSeconds} s to ` +
        `drain the mirror back, and then ${startSeconds} s to be ready`,
      await comes,
    ].join("; ");
  }
  return [
    `${head}: first ${names("consumer")} pause until they run on the source, with ` +
      `${count(scope.groups.length, "group")} placed exactly (at most ${stopSeconds} s to stop, then as long as it takes to ` +
      `prove their places)`,
    `then ${names("producer")} pause until they write to the source; they are started again on the target if this takes longer ` +
      `than ${stopSeconds} s to stop + ${fenceSeconds} s until the target is still + ${drainSeconds} s to drain the mirror ` +
      `back, and then ${startSeconds} s to be ready`,
    await comes,
  ].join("; ");
}

/** How many records come back, and how many of them are not on the source yet. */
async function returning(scope: Scope, { from }: WayBack): Promise<string> {
  const copied = await reversePositions(backMirror(scope).reverse, "stable");
  return withOwnCluster(scope.target, async (cluster) => {
    const { partitions, problems } = await logs(cluster, scope.topics);
    if (problems.length > 0) throw new Error(some(problems.map(({ sentence }) => sentence)));
    const ranges = (begin: (name: string) => bigint) =>
      [...partitions].flatMap(([name, { topic, partition, start, stable }]) => {
        const first = begin(name) > start ? begin(name) : start;
        return first < stable ? [{ topic, partition, from: first, to: stable }] : [];
      });
    const sum = async (begin: (name: string) => bigint): Promise<string> => {
      const limits = { isolation: "read_committed", total: worthCounting } as const;
      const { counts } = await countRecords(cluster, ranges(begin), limits);
      const found = [...counts.values()];
      const total = found.reduce((all, { records }) => all + records, 0);
      return `${found.every(({ exact }) => exact) ? "" : "more than "}${count(total, "record")}`;
    };
    const all = await sum((name) => from.get(name)?.target ?? 0n);
    const left = await sum((name) => (copied.get(name) ?? -1n) + 1n);
    return `${all} written on the target come along, ${left} of them not on the source yet`;
  });
}
