/** Whether the ledger bears out what the stack remembers of a switch. */
import { readLedger } from "../ledger/ledger.ts";
import type { SwitchInputs } from "../model/inputs.ts";
import { liveEntry } from "../model/ledger-text.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import { moveTitle } from "../model/workloads.ts";

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
  { row, what, wave, scope }: Pick<SwitchInputs, "row" | "what" | "wave" | "scope">,
  entries: readonly LedgerEntry[],
): Evidence {
  if (liveEntry(entries, what, { ...(wave !== undefined && { wave }) }) !== null) return { again: null, refusal: null };
  const title = moveTitle(what, wave);
  const voided = entries.findLast((entry) => entry.switch === what && entry.wave === wave && entry.voidOnly);
  if (voided !== undefined) {
    const again = `ledger entry ${voided.number} made the switch of ${title} void (row "${voided.row}"); it is made again`;
    return { again, refusal: null };
  }
  const { kubernetes, configMap } = scope.ledger;
  return {
    again: null,
    refusal:
      `row "${row}" counts as reached, but the ledger (ConfigMap ${kubernetes.namespace}/${configMap}, and its copy in ` +
      `Pulumi's state) has no entry of its switch of ${title}: nothing says where they stopped on the source and where they ` +
      "continue at the target. Restore the ConfigMap or the stack's state from a backup; without the entry it is not " +
      "known which records were read",
  };
}

/** The same with the ledger's ConfigMap as it is now. What cannot be read from here speaks for the state. */
export async function readEvidence(inputs: SwitchInputs): Promise<Evidence> {
  try {
    return evidenceOf(inputs, await readLedger(inputs.scope));
  } catch (error) {
    console.log(
      `switch ${moveTitle(inputs.what, inputs.wave)}: the ledger could not be read from here: ${(error as Error).message}`,
    );
    return { again: null, refusal: null };
  }
}
