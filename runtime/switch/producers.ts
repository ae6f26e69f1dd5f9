/** Moves the point of writing: producers stopped, the mirror drained and stopped, both ends recorded. */
import type { SideLogs } from "../brokers/kafka-port.ts";
import type { SwitchInputs } from "../model/inputs.ts";
import { liveEntry } from "../model/ledger-text.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import { Refused } from "../model/refused.ts";
import { count, some } from "../model/words.ts";
import { fence, ofRole } from "../workloads/workloads.ts";
import { closedEnds, comparedWith, stopClosing } from "./closing.ts";
import { grownSince, ranges } from "./ends-since-ledger.ts";
import { moved } from "./move.ts";
import type { SwitchEffects } from "./ports.ts";
import { firstPass, lastPass, openForProducers, type SchemaUndo } from "./schemas.ts";
import {
  checkStoppable,
  firstReadings,
  ledgerPartitions,
  newUndo,
  recordsBefore,
  stillLogs,
  type Undo,
} from "./steps.ts";

/**
 * Switches the producers: afterwards the mirror is stopped, the ledger has an entry with the ends of both sides and the
 * producers run at the target, or everything is as it was and the promise rejects with the reason; once the first was
 * started at the target it rejects with what is left to do there. May be called again at any point; an entry that still
 * holds is returned as it is.
 */
export async function switchProducers(effects: SwitchEffects, inputs: SwitchInputs): Promise<LedgerEntry> {
  const undo = { ...newUndo(), schemas: { sealed: false, again: false } };
  return moved(effects, inputs, undo, () => attempt(effects, inputs, undo));
}

async function attempt(
  effects: SwitchEffects,
  inputs: SwitchInputs,
  undo: Undo & { readonly schemas: SchemaUndo },
): Promise<LedgerEntry> {
  const { scope } = inputs;
  const producers = ofRole(scope.workloads, "producer");
  const live = (all: readonly LedgerEntry[]) => liveEntry(all, "producers");
  const { entries, logs: before } = await firstReadings(effects, scope, undo, producers, live);
  const { earlier } = undo;
  const since = earlier === null ? null : await comparedWith(effects, inputs, earlier, before, undo);
  undo.known = "side";
  if (earlier !== null && since === "target") {
    effects.log(`ledger entry ${earlier.number} holds: the producers write to the target already`);
    undo.forward = true;
    return earlier;
  }

  await checkStoppable(effects, producers);
  if (inputs.starts) await effects.addresses.rehearse(producers, "target");
  await effects.witness.ready(["source", "target"]);
  await firstPass(effects, earlier !== null);
  undo.fenced = producers;
  await fence(effects.workloads, producers, inputs.stopSeconds, effects.pace);
  effects.log(`${producers.length} workloads at 0 pods`);
  const still = await stillLogs(effects, "source", inputs.fenceSeconds, scope);
  effects.log(`the source's ends no longer grow in ${count(still.partitions.size, "partition")}`);
  await lastPass(effects, undo.schemas, earlier !== null);

  if (earlier !== null) {
    const now = { source: still, target: await stillLogs(effects, "target", inputs.fenceSeconds, scope) };
    const grown = await comparedWith(effects, inputs, earlier, now, undo);
    if (grown !== "source") {
      undo.forward = grown === "target";
      await stopClosing(effects, scope, undo);
      await openForProducers(effects);
      effects.log(`ledger entry ${earlier.number} holds: nothing was written to the source since`);
      return earlier;
    }
    effects.log(
      `ledger entry ${earlier.number} is void, because the source grew: ${ranges(grownSince(earlier, "source", still))}`,
    );
  }

  const ends = await closedEnds(effects, inputs, undo, still, async (target) => {
    if (scope.mirror === null) await provedEmpty(effects, entries, target);
  });
  await effects.pace.pause(0);
  await openForProducers(effects);
  const entry = await effects.ledger.append({
    switch: "producers",
    row: inputs.row,
    voids: earlier?.number ?? null,
    sourceClusterId: ends.source.clusterId,
    targetClusterId: ends.target.clusterId,
    partitions: ledgerPartitions(ends),
    groups: [],
  });
  effects.log(`ledger entry ${entry.number} written: ${entry.partitions.length} partitions`);
  return entry;
}

/** Without a mirror, the target's first records are the producers', and groups begin there at the beginning. */
async function provedEmpty(effects: SwitchEffects, entries: readonly LedgerEntry[], target: SideLogs): Promise<void> {
  // Producers that were there before have left records, which the twins read.
  if (entries.some((entry) => entry.switch === "producers")) return;
  const full = await recordsBefore(effects, target);
  if (full.length > 0) {
    throw new Refused(
      "target-holds-records",
      `${some(full)} on the target ${full.length === 1 ? "holds" : "hold"} records that this migration did not ` +
        "write; groups would read them as new: find out what writes there, and delete the topics or their records",
    );
  }
}
