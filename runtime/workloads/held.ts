/** Consumers that keep their positions themselves and are not started before they have got new ones. */
import { readLedger } from "../ledger/ledger.ts";
import { recordOf } from "../ledger/record.ts";
import { heldBack, newest, positionsSubject, type Held } from "../model/own-positions.ts";
import type { Scope, WorkloadRef } from "../model/scope.ts";
import { reads } from "../model/workloads.ts";

/** Those of the workloads that may start. */
export const startable = (workloads: readonly WorkloadRef[], held: readonly Held[]): WorkloadRef[] =>
  workloads.filter(({ name }) => !held.some(({ consumer }) => consumer.name === name));

/** Which of the workloads must not start now. Rejects if the ledger cannot be read; it is not asked where nobody can be held. */
export async function heldNow(scope: Scope, workloads: readonly WorkloadRef[]): Promise<Held[]> {
  const own = workloads.filter(({ role, positions }) => reads(role) && positions === "own");
  return own.length === 0 ? [] : heldBack(own, await readLedger(scope), Date.now());
}

/** Why they stay stopped and what to do, with the command that shows their positions. */
export function heldSentence(scope: Scope, held: readonly Held[]): string {
  const { kubernetes, configMap } = recordOf(scope);
  const { namespace, context } = kubernetes;
  const kubectl = `kubectl${context === undefined ? "" : ` --context ${context}`} -n ${namespace}`;
  const reasons = held.map(({ consumer, reason }) => `${consumer.name} (${reason})`).join(", ");
  const { side, entry } = newest(held);
  return (
    `consumers that keep their own positions stay stopped: ${reasons}. Their positions on the ${side} are those of ledger entry ` +
    `${entry.number}: ${kubectl} get configmap ${configMap} -o jsonpath='{.data.${positionsSubject}}'. Put them into the ` +
    "consumers' own stores, say so under workloads with positionsApplied (by, at, words), then run pulumi up again"
  );
}
