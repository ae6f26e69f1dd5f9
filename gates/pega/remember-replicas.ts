import * as pulumi from "@pulumi/pulumi";
import type { RememberInputs } from "@kafka-migration/kafka";

const provider: pulumi.dynamic.ResourceProvider<RememberInputs, RememberInputs> = {
  async check(_olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    return { inputs: { ...news, forgotten: await kafka.forgottenNow(news) } };
  },
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.rememberReplicas(inputs);
    return { id: inputs.row, outs: { ...inputs, forgotten: [] } };
  },
  async update(_id, _olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.rememberReplicas(news);
    return { outs: { ...news, forgotten: [] } };
  },
  async diff(_id, _olds, news) {
    return { changes: (news.forgotten ?? []).length > 0 };
  },
};

/** Notes how many replicas producing tiers have, on the tiers themselves, before they are stopped. */
export class RememberReplicas extends pulumi.dynamic.Resource {
  constructor(name: string, args: RememberInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, forgotten: undefined }, opts, "kafka", "RememberReplicas");
  }
}
