import * as pulumi from "@pulumi/pulumi";
import type { GateInputs } from "@kafka-migration/kafka";

type GateState = GateInputs & { sentence: string; measuredAt: string };

/** Kept in the state as text, so each method is one import of the code that measures. */
const provider: pulumi.dynamic.ResourceProvider<GateInputs & { now?: string }, GateState> = {
  async check(olds, news) {
    if (news.sealed) return { inputs: olds.now === undefined ? news : { ...news, now: olds.now } };
    const kafka = await import("@kafka-migration/kafka");
    const verdict = await kafka.glance(news);
    const now = `${verdict.open ? "open" : "closed"}: ${verdict.sentence}`;
    console.log(`gate ${news.row} / ${news.condition.kind} is ${now}`);
    return { inputs: { ...news, now } };
  },
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    return { id: `${inputs.row}/${inputs.condition.kind}`, outs: { ...inputs, ...(await kafka.hold(inputs)) } };
  },
  // Pulumi takes a missing update for a success: a gate that was edited would open unmeasured.
  async update(_id, _olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    return { outs: { ...news, ...(await kafka.hold(news)) } };
  },
  // Until its row is reached a gate is measured by every update, afterwards by none; no setting changes that.
  async diff(_id, _olds, news) {
    return { changes: !news.sealed };
  },
};

/** Holds a row back until its condition, measured on Kafka itself, has held for a while; changes nothing. */
export class Gate extends pulumi.dynamic.Resource {
  /** What was measured when the gate opened. */
  declare readonly sentence: pulumi.Output<string>;

  constructor(name: string, args: GateInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, sentence: undefined, measuredAt: undefined }, opts, "kafka", "Gate");
  }
}
