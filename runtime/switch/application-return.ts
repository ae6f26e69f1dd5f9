/** The way back of applications that have written at the target: all of it is on the source before they go on there. */
import { entryInScope } from "../model/entry-in-scope.ts";
import type { BackPatience } from "../model/inputs.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import { messageOf } from "../model/message-of.ts";
import { mirrorOf } from "../model/mirror-ref.ts";
import type { Scope } from "../model/scope.ts";
import { LeaseLost, settleAll } from "../model/settle-all.ts";
import { closingScope } from "../model/waves.ts";
import { count } from "../model/words.ts";
import { ofRole } from "../workloads/workloads.ts";
import { restricted } from "./applications.ts";
import { forgetPlaces, holding, placeOnSource, placesOnSource } from "./group-return.ts";
import { paused } from "./paused.ts";
import {
  allReturned,
  backMirror,
  bothLogs,
  forgetStopped,
  readyToReturn,
  resumedAgain,
  setBehind,
  Tally,
  tried,
  type BackEffects,
} from "./producer-return.ts";
import { putSchemasBack } from "./schemas.ts";
import { ledgerPartitions, movedBy, tellPlacing, withoutMembers } from "./steps.ts";

/** What a way back of applications depends on besides. */
export interface ReturnChecks {
  /** Before anybody is stopped, and once all are: rejects if they must not go back. */
  readonly proved: () => Promise<void>;
  /** Whether schemas are registered at the source again afterwards. */
  readonly opensSource: boolean;
}

/**
 * Takes the applications of an entry back in one pause: all of them stop, the mirror back of what had closed with them is
 * drained and stopped, both ends are proved, every group gets its exact place on the source, the mirror's positions are
 * set behind what came back, and the applications run there. Applications outside the scope, and the topics that they
 * have closed, are left alone. Returns the entry that makes `entry` void. Rejects with everything as it was, or, once
 * that entry is written, with what keeps them from running.
 */
export async function returnApplications(
  effects: BackEffects,
  scope: Scope,
  whole: LedgerEntry,
  row: string,
  patience: BackPatience,
  { proved, opensSource }: ReturnChecks,
): Promise<LedgerEntry> {
  const entry = entryInScope(whole, scope);
  const applications = ofRole(scope.workloads, "application");
  const back = closingScope(scope);
  const closing: BackEffects = { ...restricted(effects, back.topics), back: effects.back };
  const reverse = backMirror(back);
  const { holds, told } = holding(effects, scope, applications);
  const done: { stopped: boolean; entry?: LedgerEntry } = { stopped: false };
  try {
    await proved();
    const opened = await readyToReturn(closing, back, entry);
    await effects.witness.ready(["source", "target"], [...new Set(entry.groups.map(({ group }) => group))]);
    await tellPlacing(effects, "source", scope.groups.length);
    const covered = await effects.back.covers();
    const before = new Tally(closing, back, opened.from);
    await before.add(await bothLogs(closing));
    const act = async (): Promise<LedgerEntry> => {
      effects.log(`${count(applications.length, "workload")} at 0 pods`);
      await settleAll([
        withoutMembers(effects, "target", patience.fenceSeconds, scope),
        withoutMembers(effects, "source", patience.fenceSeconds, scope),
      ]);
      await proved();
      // Each waits for the mirror back; together the pause is the longer of them.
      const [ends, placements] = await settleAll([
        allReturned(closing, back, before, patience, () => (done.stopped = true)),
        placesOnSource(effects, scope, entry, patience, (topic) => covered.has(topic)),
      ]);
      await placeOnSource(effects, placements);
      await setBehind(effects, mirrorOf(back), ends.source);
      done.entry = await effects.ledger.append({
        ...movedBy({ what: entry.switch, ...(entry.wave !== undefined && { wave: entry.wave }), row }),
        voids: entry.number,
        voidOnly: true,
        sourceClusterId: ends.source.clusterId,
        targetClusterId: ends.target.clusterId,
        partitions: ledgerPartitions(ends),
        groups: placements,
      });
      effects.log(`entry ${entry.number} is void: all that was written on the target is on the source`);
      // From here on a failure must not start anybody on the target: the row's own resources do what is left.
      await forgetPlaces(effects, entry);
      if (opensSource) {
        await tried(effects, async () => {
          const left = await putSchemasBack(effects);
          if (left !== null) effects.log(left);
        });
      }
      await tried(effects, () => forgetStopped(effects, reverse));
      return done.entry;
    };
    const returned = await paused(effects, applications, { ...patience, after: "source" }, act, holds);
    await told();
    return returned;
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    if (done.entry !== undefined) {
      throw new Error(
        `the applications are back on the source by ledger entry ${done.entry.number}, but do not run there yet: ` +
          `${messageOf(error)}. Fix it, then run pulumi up again`,
        { cause: error },
      );
    }
    const resumed = done.stopped ? await resumedAgain(effects, reverse) : "";
    throw new Error(
      `applications cannot go back to the source: ${messageOf(error)}. They run on the target as before${resumed}; run pulumi up ` +
        `again once that is fixed, or set the phase to "${entry.row}" or a later one`,
      { cause: error },
    );
  }
}
