import { aims } from "../model/aims.ts";
import type { LedgerInputs } from "../model/inputs.ts";
import { writeReceipts } from "../ledger/receipts.ts";
import { recordOf } from "../ledger/record.ts";
import { behindLedger, ledgerPending, recordLedger } from "../switch/ledger-row.ts";
import type { Reach } from "../switch/ports.ts";
import type { Reconciled } from "./reconciled.ts";

interface Recorded {
  readonly entries: readonly string[];
  readonly pending: readonly string[];
}

export const ledgerOver = (reach: Reach): Reconciled<LedgerInputs, Recorded> => ({
  id: ({ scope }) => scope.ledger.configMap,
  aim: aims.Ledger,
  async check(news, olds) {
    // A switch of the same update makes the entries unknown in a preview.
    const given = { ...news, entries: Array.isArray(news.entries) ? news.entries : [] };
    const reason = await behindLedger(given, olds.entries ?? [], reach);
    if (reason !== null) return { inputs: news, failures: [{ property: "row", reason }] };
    return { inputs: { ...news, pending: await ledgerPending(given, olds.entries ?? [], reach) } };
  },
  async apply(news, olds) {
    const recorded = await recordLedger(news, olds?.entries, reach);
    // Every gate of the row is open by now, and what they measured goes next.
    const { halts, passed } = news;
    if (halts !== undefined && passed !== undefined) await writeReceipts(recordOf(news.scope), halts, passed);
    return { pending: [], ...recorded };
  },
  // Only a new entry is a change: editing any setting leaves the ledger's bytes as they are.
  changes(olds, news) {
    const added = !Array.isArray(news.entries) || news.entries.some((entry: string) => !olds.entries.includes(entry));
    return { changes: added || (news.pending ?? []).length > 0 };
  },
});
