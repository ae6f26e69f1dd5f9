/** The way back of producers that write on the target: what they wrote there is on the source before they do again. */
import { partitionName } from "../brokers/partitions.ts";
import type { BothLogs, SideLogs } from "../brokers/kafka-port.ts";
import { stillRunning } from "../connect/stopped.ts";
import { openSince, type WayBack } from "../topics/way-back.ts";
import { persistently, untilAnswered } from "../model/again.ts";
import type { BothEnds } from "../model/back-life.ts";
import type { BackPatience } from "../model/inputs.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import { messageOf } from "../model/message-of.ts";
import { mirrorOf, reverseOf } from "../model/mirror-ref.ts";
import { Refused } from "../model/refused.ts";
import type { MirrorRef, ReverseRef, Scope } from "../model/scope.ts";
import { LeaseLost } from "../model/settle-all.ts";
import type { SideName } from "../model/sides.ts";
import { count, some } from "../model/words.ts";
import { acceptedEnds } from "../placement/accepted-ends.ts";
import { acceptedGaps } from "../placement/gaps.ts";
import { ofRole } from "../workloads/workloads.ts";
import {
  copiedOffsets,
  leftIn,
  leftSentence,
  mirrorFault,
  resumeMirror,
  stopMirror,
  type MirrorLeft,
} from "./mirror-drain.ts";
import { paused } from "./paused.ts";
import type { SwitchEffects } from "./ports.ts";
import { putSchemasBack } from "./schemas.ts";
import { checkBefore, ledgerPartitions, stillLogs } from "./steps.ts";
import { witnessedEnds } from "./witness.ts";

/** What a way back reads and changes, with the mirror back that it needs. */
export type BackEffects = SwitchEffects & { readonly back: NonNullable<SwitchEffects["back"]> };

/** The mirror back as the mirror that it is, so that it is stopped and resumed like the other one. */
export const backMirror = (scope: Pick<Scope, "mirror">): MirrorRef & { readonly reverse: ReverseRef } => {
  const reverse = reverseOf(scope);
  return { ...mirrorOf(scope), reverse, sourceConnectors: [reverse.connector], otherConnectors: [] };
};

/**
 * Takes the producers back: they pause, the mirror back is drained and stopped, both ends are proved and recorded, the
 * mirror's positions are set behind what came back, and the producers run on the source. Returns the entry that makes
 * `entry` void. Rejects with everything as it was, or, once that entry is written, with what keeps them from running.
 */
export async function returnProducers(
  effects: BackEffects,
  scope: Scope,
  entry: LedgerEntry,
  row: string,
  patience: BackPatience,
): Promise<LedgerEntry> {
  const producers = ofRole(scope.workloads, "producer");
  const reverse = backMirror(scope);
  const opened = await readyToReturn(effects, scope, entry);
  await effects.witness.ready(["source", "target"]);
  const before = new Tally(effects, scope, opened.from);
  await before.add(await bothLogs(effects));
  const done: { stopped: boolean; entry?: LedgerEntry } = { stopped: false };
  try {
    return await paused(effects, producers, { ...patience, after: "source" }, async () => {
      effects.log(`${count(producers.length, "workload")} at 0 pods`);
      const ends = await allReturned(effects, scope, before, patience, () => (done.stopped = true));
      await setBehind(effects, mirrorOf(scope), ends.source);
      done.entry = await effects.ledger.append({
        switch: "producers",
        row,
        voids: entry.number,
        voidOnly: true,
        sourceClusterId: ends.source.clusterId,
        targetClusterId: ends.target.clusterId,
        partitions: ledgerPartitions(ends),
        groups: [],
      });
      effects.log(`entry ${entry.number} is void: all that was written on the target is on the source`);
      // From here on a failure must not start anybody on the target: the row's own resources do what is left.
      await tried(effects, async () => {
        const left = await putSchemasBack(effects);
        if (left !== null) effects.log(left);
      });
      await tried(effects, () => forgetStopped(effects, reverse));
      return done.entry;
    });
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    if (done.entry !== undefined) {
      throw new Error(
        `the producers are back on the source by ledger entry ${done.entry.number}, but do not run there yet: ` +
          `${messageOf(error)}. Fix it, then run pulumi up again`,
        { cause: error },
      );
    }
    const resumed = done.stopped ? await resumedAgain(effects, reverse) : "";
    throw new Error(
      `producers cannot go back to the source: ${messageOf(error)}. They write on the target as before${resumed}; run pulumi up ` +
        `again once that is fixed, or set the phase to "${entry.row}" or a later one`,
      { cause: error },
    );
  }
}

/**
 * Does what may fail once an entry is void: a failure must not start anybody where they may not write any more. A lost
 * lease is another matter: then another process acts, and nobody is started by this one.
 */
export async function tried(effects: SwitchEffects, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    effects.log(`left for the end of the row: ${messageOf(error)}`);
  }
}

/** Nobody resumes the mirror back any more. */
export const forgetStopped = ({ journal }: Pick<SwitchEffects, "journal">, reverse: MirrorRef): Promise<void> =>
  journal.setStopped(journal.stopped().filter((name) => !reverse.sourceConnectors.includes(name)));

/** Puts the mirror back back to work, and says whether it does. */
export async function resumedAgain(effects: SwitchEffects, reverse: MirrorRef): Promise<string> {
  try {
    await persistently(effects, () => resumeMirror(effects, reverse.sourceConnectors, effects.restoringPace));
    return ", and the mirror back runs again";
  } catch (error) {
    return `, and the mirror back does not run yet (${messageOf(error)})`;
  }
}

/** What can be refused is refused while everybody works. */
export async function readyToReturn(effects: BackEffects, scope: Scope, entry: LedgerEntry): Promise<WayBack> {
  const opened = openSince(await effects.back.opened(), entry);
  if (opened === null) {
    throw new Refused(
      "back-not-open",
      `the mirror back has not begun since ledger entry ${entry.number}, so nothing of what was written on the target is on ` +
        `the source; set the phase to the one that is reached and run pulumi up, which begins it`,
    );
  }
  await checkBefore(effects, scope);
  const reverse = backMirror(scope);
  const running = await stillRunning(effects.connect, mirrorOf(scope).sourceConnectors, effects.pace);
  if (running.length > 0) {
    throw new Refused(
      "mirror-runs",
      `${running.join(", ")} runs beside the mirror back: what it copies would go in a circle; stop it, and compare both sides ` +
        "before anything else",
    );
  }
  const fault = await mirrorFault(effects, reverse);
  if (fault !== null) throw new Refused("mirror-fault", `the mirror back cannot copy: ${fault}`);
  // What can no longer be copied, or has no position, is found while everybody works.
  const copied = await positionsBack(effects);
  // Read after the positions: while everybody works, those of a moment later may lie past these ends.
  await leftToReturn(effects, reverse, copied, await effects.kafka.logs("target"));
  return opened;
}

export const bothLogs = async ({ kafka }: SwitchEffects): Promise<BothLogs> => {
  const [source, target] = await Promise.all([kafka.logs("source"), kafka.logs("target")]);
  return { source, target };
};

/** How far the mirror back is, by `partitionName`; what is committed of it. */
export const positionsBack = ({ back }: Pick<BackEffects, "back">): Promise<ReadonlyMap<string, bigint>> =>
  back.positions("stable");

/** What is left to copy back; of what is committed on the target alone. */
export async function leftToReturn(
  effects: BackEffects,
  mirror: MirrorRef,
  copied: ReadonlyMap<string, bigint>,
  target: SideLogs,
): Promise<MirrorLeft> {
  const unseeded = [...target.partitions.keys()].filter((name) => !copied.has(name));
  if (unseeded.length > 0) {
    throw new Refused(
      "back-not-open",
      `the mirror back has no position in ${some(unseeded, "partitions")}: they were made, or their positions deleted, since ` +
        "it began; if owners have added them, give the source's topics as many, set the phase to the one that is reached and run " +
        "pulumi up, which takes them along",
    );
  }
  const { purged = [] } = mirror;
  const emptyBefore = async () => acceptedGaps(mirror, "target");
  return leftIn(effects, { side: "target", logs: target, copied, emptyBefore, purged });
}

/**
 * With the writers stopped: waits until the target is still and all of it is copied back, stops the mirror back and proves
 * both ends, with what `before` has counted already. `stops` is called before anything is stopped.
 */
export async function allReturned(
  effects: BackEffects,
  scope: Scope,
  before: Tally,
  { fenceSeconds, drainSeconds }: Pick<BackPatience, "fenceSeconds" | "drainSeconds">,
  stops: () => void,
): Promise<BothLogs> {
  const reverse = backMirror(scope);
  const still = await stillLogs(effects, "target", fenceSeconds, scope);
  await drainedBack(effects, reverse, still, drainSeconds);
  stops();
  await stopMirror(effects, reverse);
  effects.log("nothing left to copy back; the mirror back is stopped");
  return provedBack(effects, scope, { still, before }, fenceSeconds);
}

/** Waits until nothing is left to copy back; resumes the mirror back if a killed update has left it stopped. */
async function drainedBack(
  effects: BackEffects,
  reverse: MirrorRef,
  target: SideLogs,
  drainSeconds: number,
): Promise<void> {
  const { pace } = effects;
  const until = pace.now() + drainSeconds * 1000;
  let resumed = false;
  for (;;) {
    const rest = await untilAnswered(pace, until, async () =>
      leftToReturn(effects, reverse, await positionsBack(effects), target),
    );
    if (rest.left.length === 0 && rest.open.length === 0) return;
    const sentence = () => leftSentence(effects, rest, "target");
    const fault = await untilAnswered(pace, until, () => mirrorFault(effects, reverse));
    if (fault !== null)
      throw new Refused("mirror-fault", `${await sentence()}, and the mirror back cannot copy: ${fault}`);
    if (!resumed) {
      const stopped = await notRunning(effects, reverse.sourceConnectors);
      await resumeMirror(effects, stopped, pace);
      resumed = true;
    }
    if (pace.now() > until)
      throw new Refused("not-drained-in-time", `${await sentence()}, 0 allowed after ${drainSeconds} s`);
    await pace.pause(500);
  }
}

async function notRunning(effects: SwitchEffects, names: readonly string[]): Promise<string[]> {
  const states = await Promise.all(names.map(async (name) => [name, await effects.connect.status(name)] as const));
  return states
    .filter(([, status]) => status?.connector.state === "STOPPED" || status?.connector.state === "PAUSED")
    .map(([name]) => name);
}

/** Proves, with everything stopped, that the source holds what the target holds, and nothing else. */
async function provedBack(
  effects: BackEffects,
  scope: Scope,
  { still, before }: { readonly still: SideLogs; readonly before: Tally },
  fenceSeconds: number,
): Promise<BothLogs> {
  // Nobody writes there any more, so a transaction that is open is somebody else's, or one that was cut off.
  const source = await stillLogs(effects, "source", fenceSeconds, { ...scope, mirror: null });
  const ends = await witnessedEnds(effects, async () => ({ source, target: await effects.kafka.logs("target") }));
  const rest = await leftToReturn(effects, backMirror(scope), await positionsBack(effects), ends.target);
  const grown = [...ends.target.partitions].filter(([name, { end }]) => still.partitions.get(name)?.end !== end);
  if (rest.left.length > 0 || grown.length > 0) {
    throw new Refused(
      "written-while-drained",
      `the target was written to while the mirror back was drained: ` +
        `${some(grown.map(([name]) => name)) || (await leftSentence(effects, rest, "target"))}; ` +
        "find the writer that is not among the config's workloads and stop it, or add it there",
    );
  }
  await before.add(ends);
  before.prove();
  return ends;
}

/**
 * Records of both sides since the mirror back began, counted in two parts: most of them while everybody works, the rest in
 * the pause. Each part ends wherever its log ended just then; the sums tell.
 */
export class Tally {
  readonly #effects: Pick<SwitchEffects, "kafka" | "log">;
  readonly #from: ReadonlyMap<string, BothEnds>;
  readonly #compacted: ReadonlySet<string>;
  readonly #next: Record<SideName, Map<string, bigint>> = { source: new Map(), target: new Map() };
  readonly #records: Record<SideName, Map<string, number>> = { source: new Map(), target: new Map() };
  /** Partitions in which the config accepts what somebody else has written on the source. */
  readonly #accepted: ReadonlySet<string>;
  /** Partitions in which something was removed before it was counted. */
  readonly #trimmed = new Set<string>();

  constructor(
    effects: Pick<SwitchEffects, "kafka" | "log">,
    scope: Pick<Scope, "mirror" | "stragglers">,
    from: ReadonlyMap<string, BothEnds>,
  ) {
    this.#effects = effects;
    this.#from = from;
    this.#compacted = new Set(backMirror(scope).reverse.compacted);
    const ends = acceptedEnds(scope);
    this.#accepted = new Set(
      [...from].flatMap(([name, { source }]) => ((ends.get(name) ?? 0n) > source ? [name] : [])),
    );
  }

  /** Counts what is committed up to the ends of these logs. */
  async add(logs: BothLogs): Promise<void> {
    await Promise.all((["source", "target"] as const).map((side) => this.#addOf(side, logs[side])));
  }

  async #addOf(side: SideName, { partitions }: SideLogs): Promise<void> {
    const ranges = [...partitions].flatMap(([name, { topic, partition, start, stable }]) => {
      const from = this.#next[side].get(name) ?? this.#from.get(name)?.[side];
      // A compacted log loses records whenever its side likes.
      if (from === undefined || this.#compacted.has(topic)) return [];
      if (start > from) this.#trimmed.add(name);
      return stable > from ? [{ topic, partition, from, to: stable }] : [];
    });
    const counted = await this.#effects.kafka.count(side, ranges, "read_committed");
    ranges.forEach(({ topic, partition, to }, index) => {
      const name = partitionName(topic, partition);
      const { records, trimmedTo } = counted[index]!;
      if (trimmedTo !== null) this.#trimmed.add(name);
      this.#records[side].set(name, (this.#records[side].get(name) ?? 0) + records);
      this.#next[side].set(name, to);
    });
  }

  /** Rejects with the partitions in which the sides do not hold equally many; those that cannot be compared are named. */
  prove(): void {
    const of = (side: SideName, name: string) => this.#records[side].get(name) ?? 0;
    const compared = [...this.#from.keys()].filter((name) => !this.#trimmed.has(name) && !this.#accepted.has(name));
    const differing = compared.filter((name) => of("source", name) !== of("target", name));
    if (this.#trimmed.size > 0)
      this.#effects.log(`retention has removed records of ${some([...this.#trimmed])}: they are not compared`);
    if (differing.length > 0) {
      const found = differing.map(
        (name) => `${name} holds ${count(of("source", name), "record")} since, the target ${of("target", name)}`,
      );
      throw new Refused(
        "source-has-other",
        `the source is not what the mirror back has made of it: ${some(found)}; another client wrote there. Stop that ` +
          "producer and accept its records under stragglers (topic, partition, to: the offset after the last one, reason), then " +
          "run pulumi up again: groups that go back read them there",
      );
    }
    const total = compared.reduce((sum, name) => sum + of("target", name), 0);
    this.#effects.log(`${count(total, "record")} written on the target since the way back opened are on the source`);
  }
}

/** Sets the mirror's positions behind what came back, so that it does not copy that once more, and reads them back. */
export async function setBehind(effects: SwitchEffects, mirror: MirrorRef, source: SideLogs): Promise<void> {
  const offsets = [...source.partitions.values()]
    .filter(({ end }) => end > 0n)
    .map(({ topic, partition, end }) => ({ cluster: mirror.sourceAlias, topic, partition, offset: end - 1n }));
  if (offsets.length === 0) return;
  for (const connector of mirror.sourceConnectors) await effects.connect.setOffsets(connector, offsets);
  const found = await copiedOffsets(effects, mirror, "end");
  const wrong = offsets
    .map(({ topic, partition, offset }) => ({ name: partitionName(topic, partition), offset }))
    .filter(({ name, offset }) => found.get(name) !== offset);
  if (wrong.length > 0) {
    const names = wrong.map(({ name, offset }) => `${name} ${found.get(name) ?? "nothing"} instead of ${offset}`);
    throw new Refused("positions-not-taken", `Connect did not take the mirror's positions: ${some(names)}`);
  }
  effects.log(`the mirror's positions are set behind what came back, in ${count(offsets.length, "partition")}`);
}
