import * as pulumi from "@pulumi/pulumi";
import type { RestoreInputs } from "@kafka-migration/kafka";

const provider: pulumi.dynamic.ResourceProvider<RestoreInputs, RestoreInputs> = {
  async check(_olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    return { inputs: { ...news, short: await kafka.shortNow(news) } };
  },
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.scaleToFormer(inputs);
    return { id: inputs.row, outs: { ...inputs, short: [] } };
  },
  async update(_id, _olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.scaleToFormer(news);
    return { outs: { ...news, short: [] } };
  },
  async diff(_id, olds, news) {
    return { changes: olds.release !== news.release || (news.short ?? []).length > 0 };
  },
};

/** Producing tiers have at least the replicas they had before they were stopped, and are ready. */
export class FormerReplicas extends pulumi.dynamic.Resource {
  constructor(name: string, args: pulumi.Inputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, short: undefined }, opts, "kafka", "FormerReplicas");
  }
}
