import * as pulumi from "@pulumi/pulumi";
import type { LedgerInputs } from "@kafka-migration/kafka";

/** `pending` is computed by `check`: what the ConfigMap needs before the row can begin, empty when all is well. */
type LedgerArgs = LedgerInputs & { pending?: string[] };

const provider: pulumi.dynamic.ResourceProvider<LedgerArgs, LedgerInputs & { entries: string[] }> = {
  async check(olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    // A switch of the same update makes the entries unknown in a preview.
    const given = { ...news, entries: Array.isArray(news.entries) ? news.entries : [] };
    const reason = await kafka.behindLedger(given, olds.entries ?? []);
    if (reason !== null) return { inputs: news, failures: [{ property: "row", reason }] };
    return { inputs: { ...news, pending: await kafka.ledgerPending(given, olds.entries ?? []) } };
  },
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    const recorded = await kafka.recordLedger(inputs);
    return { id: inputs.scope.ledger.configMap, outs: { ...inputs, pending: [], ...recorded } };
  },
  async update(_id, olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    return { outs: { ...news, pending: [], ...(await kafka.recordLedger(news, olds.entries)) } };
  },
  // Only a new entry is a change: editing any setting leaves the ledger's bytes as they are.
  async diff(_id, olds, news) {
    const written: readonly string[] = olds.entries;
    const added = !Array.isArray(news.entries) || news.entries.some((entry: string) => !written.includes(entry));
    return { changes: added || (news.pending ?? []).length > 0 };
  },
};

/** What each switch found and placed; written once, kept through every later row. */
export class Ledger extends pulumi.dynamic.Resource {
  declare readonly entries: pulumi.Output<string[]>;

  constructor(name: string, args: pulumi.Inputs & { row: string }, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, args, opts, "kafka", "Ledger");
  }
}
