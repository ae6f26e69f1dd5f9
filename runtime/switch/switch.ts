/** The switch: one at a time, interruptible, all or nothing. */
import { leaseSeconds } from "../ledger/lease.ts";
import { announceExternals } from "../model/externals.ts";
import type { SwitchInputs } from "../model/inputs.ts";
import { keepers } from "../model/own-positions.ts";
import { entryText } from "../model/ledger-text.ts";
import type { Scope } from "../model/scope.ts";
import { verb } from "../model/words.ts";
import { refusedScalers, scalerNotes } from "../workloads/scalers.ts";
import { ofRole, roleOf } from "../workloads/workloads.ts";
import { switchConsumers } from "./consumers.ts";
import type { Reach } from "./ports.ts";
import { switchProducers } from "./producers.ts";
import { realReach } from "./reach.ts";
import { switchTwins } from "./twins.ts";

/**
 * What a preview says about a switch that its update will make: which workloads pause, for how long at most, which their
 * owners stop, and what else scales the workloads.
 */
export async function announceSwitch(inputs: SwitchInputs, { workloads: api } = realReach): Promise<string> {
  const { what, scope, offsets, fenceSeconds } = inputs;
  const workloads = ofRole(scope.workloads, roleOf[what]);
  const [scalers, { notes }] = await Promise.all([api.scalers(workloads), api.owners(workloads)]);
  return [
    pauses(inputs, workloads.map(({ name }) => name).join(", ") || "none of the workloads"),
    what === "twins" ? "" : announceExternals(scope, what === "producers" ? "producer" : "consumer", fenceSeconds),
    what === "producers" && scope.registries !== undefined
      ? "the source's registry is READONLY from then on, and schemas are registered at the target's"
      : "",
    what === "consumers" && offsets !== "kept" ? announceKeepers(scope) : "",
    ...refusedScalers(scalers),
    ...scalerNotes(scalers),
    ...notes,
  ]
    .filter(Boolean)
    .join("; ");
}

/** Consumers that the switch does not start, because they have to be given their positions first. */
function announceKeepers(scope: Scope): string {
  const names = keepers(scope).map(({ name }) => name);
  return names.length === 0
    ? ""
    : `${names.join(", ")} ${verb(names.length, "keeps its own positions and stays", "keep their own positions and stay")} ` +
        "stopped until positionsApplied says that the translated ones are applied";
}

/** Who would put back what the switch changes: known before anything of the update is done. */
export async function refusedOwners(
  { what, scope }: SwitchInputs,
  { workloads: api } = realReach,
): Promise<readonly string[]> {
  return (await api.owners(ofRole(scope.workloads, roleOf[what]))).refused;
}

function pauses(
  { what, offsets, scope, stopSeconds, fenceSeconds, drainSeconds }: SwitchInputs,
  names: string,
): string {
  if (what === "twins") {
    return `switch twins: ${names} begin at the target, at the beginning of its topics; nothing pauses`;
  }
  const phases = [
    `${stopSeconds} s to stop`,
    ...(what === "producers"
      ? [
          `${fenceSeconds} s until the source is still`,
          ...(scope.mirror === null ? [] : [`${drainSeconds} s to drain the mirror`]),
        ]
      : [
          `${fenceSeconds} s until the groups are empty`,
          ...(offsets === "exact" ? [`${drainSeconds} s until the mirror has copied what they have read`] : []),
        ]),
  ];
  if (offsets === "kept" && what === "consumers") {
    return (
      `switch consumers: ${names} stop for good, and their twins continue at the target; ` +
      `they are started again if this takes longer than ${phases.join(" + ")}`
    );
  }
  return (
    `switch ${what}: ${names} pause until they run at the target; ` +
    `they are started again where they are if this takes longer than ${phases.join(" + ")}`
  );
}

/**
 * Makes the switch, or finds it made. Returns all ledger entries of this switch as JSON texts, oldest first, and when
 * the last was written. Rejects with everything put back and a sentence that gives the resulting state.
 */
export async function switchOver(
  inputs: SwitchInputs,
  reach = realReach,
): Promise<{ entries: string[]; writtenAt: string }> {
  const { scope, what } = inputs;
  // A row that was reached is not switched again, whatever made Pulumi ask, unless the ledger says that it must be.
  if (!inputs.sealed || (inputs.pending ?? []).length > 0) await switchOnce(inputs, reach);
  const entries = (await reach.ledger.read(scope)).filter((entry) => entry.switch === what);
  return { entries: entries.map(entryText), writtenAt: entries.at(-1)?.writtenAt ?? "" };
}

const switches = { producers: switchProducers, consumers: switchConsumers, twins: switchTwins } as const;

async function switchOnce(inputs: SwitchInputs, reach: Reach): Promise<void> {
  const startedAt = reach.pace.now();
  const elapsed = () => ((reach.pace.now() - startedAt) / 1000).toFixed(1);
  const log = (line: string) => console.log(`switch ${inputs.what} after ${elapsed()} s: ${line}`);
  const { scope, stopSeconds, fenceSeconds, drainSeconds, startSeconds } = inputs;
  const waitSeconds = stopSeconds + 2 * fenceSeconds + drainSeconds + startSeconds + 4 * leaseSeconds;
  await reach.act(scope, { waitSeconds, startSeconds, interruptible: true, log }, (effects) =>
    switches[inputs.what](effects, inputs),
  );
}
