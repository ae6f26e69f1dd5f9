/** Whether the ledger bears out what the stack remembers of a switch. */
import type { SwitchInputs } from "../model/inputs.ts";
import { liveEntry, parseEntry } from "../model/ledger-text.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import { realReach } from "./reach.ts";

/** `again` says why the switch is to be made once more, `refusal` why nothing may be done; both null if the ledger agrees. */
export interface Evidence {
  readonly again: string | null;
  readonly refusal: string | null;
}

/**
 * Compares a switch whose row is reached with the ledger. Its entry may have become void since: a way back began and did
 * not get to its end, so the workloads are where they were before and their offsets may be gone.
 */
export function evidenceOf(
  { row, what, scope }: Pick<SwitchInputs, "row" | "what" | "scope">,
  entries: readonly LedgerEntry[],
): Evidence {
  if (liveEntry(entries, what) !== null) return { again: null, refusal: null };
  const voided = entries.findLast((entry) => entry.switch === what && entry.voidOnly);
  if (voided !== undefined) {
    const again = `ledger entry ${voided.number} made the switch of ${what} void (row "${voided.row}"); it is made again`;
    return { again, refusal: null };
  }
  const { kubernetes, configMap } = scope.ledger;
  return {
    again: null,
    refusal:
      `row "${row}" counts as reached, but the ledger (ConfigMap ${kubernetes.namespace}/${configMap}, and its copy in ` +
      `Pulumi's state) has no entry of its switch of ${what}: nothing says where they stopped on the source and where they ` +
      "go on at the target. Restore the ConfigMap or the stack's state from a backup; without the entry nobody can tell " +
      "which records were read",
  };
}

/** The same with the ledger as it is now, and as Pulumi's state has it. What cannot be read from here speaks for the state. */
export async function readEvidence(
  inputs: SwitchInputs,
  recorded: readonly string[],
  { ledger } = realReach,
): Promise<Evidence> {
  try {
    const copies = await ledger.read(inputs.scope);
    const known = new Map([...recorded.map(parseEntry), ...copies].map((entry) => [entry.number, entry]));
    const entries = [...known].sort(([a], [b]) => a - b).map(([, entry]) => entry);
    return evidenceOf(inputs, entries);
  } catch (error) {
    console.log(`switch ${inputs.what}: the ledger could not be read from here: ${(error as Error).message}`);
    return { again: null, refusal: null };
  }
}
