import { hasHalted, startSource } from "../ledger/receipts.ts";
import { recordOf } from "../ledger/record.ts";
import { aims } from "../model/aims.ts";
import type { RunningInputs } from "../model/inputs.ts";
import type { Reconciled } from "./reconciled.ts";

export const running: Reconciled<RunningInputs, { readonly pending: readonly string[] }> = {
  id: ({ halts }) => halts.cluster.name,
  aim: aims.Running,
  async check(news) {
    const halted = await hasHalted(recordOf(news.scope)).catch((error: unknown) => {
      console.log(`source: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    });
    const { kubernetes, cluster } = news.halts;
    const pending = halted ? [`${kubernetes.namespace}/${cluster.name} was halted by this migration`] : [];
    for (const each of pending) console.log(`source: ${each}; it is started again`);
    return { inputs: { ...news, pending } };
  },
  async apply(news) {
    await startSource(recordOf(news.scope), news.halts, news.readySeconds);
    return { pending: [] };
  },
  changes: (_olds, news) => ({ changes: (news.pending ?? []).length > 0 }),
};
