import * as pulumi from "@pulumi/pulumi";
import type { LedgerInputs } from "@kafka-migration/kafka";

type LedgerState = LedgerInputs & { entries: string[] };

const provider: pulumi.dynamic.ResourceProvider<LedgerInputs, LedgerState> = {
  async check(olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    const reason = await kafka.behindLedger(news, olds.entries ?? []);
    return reason === null ? { inputs: news } : { inputs: news, failures: [{ property: "row", reason }] };
  },
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    return { id: inputs.scope.ledger.configMap, outs: { ...inputs, ...(await kafka.recordLedger(inputs)) } };
  },
  async update(_id, _olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    return { outs: { ...news, ...(await kafka.recordLedger(news)) } };
  },
  // Only a new entry is a change: editing any setting leaves the ledger's bytes as they are.
  async diff(_id, olds, news) {
    const written: readonly string[] = olds.entries;
    return { changes: !Array.isArray(news.entries) || news.entries.some((entry) => !written.includes(entry)) };
  },
};

/** What each switch found and placed; written once, kept through every later row. */
export class Ledger extends pulumi.dynamic.Resource {
  declare readonly entries: pulumi.Output<string[]>;

  constructor(name: string, args: pulumi.Inputs & { row: string }, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, args, opts, "kafka", "Ledger");
  }
}
