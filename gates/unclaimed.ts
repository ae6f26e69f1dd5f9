import * as pulumi from "@pulumi/pulumi";
import type { UnclaimedInputs } from "@kafka-migration/kafka";

const provider: pulumi.dynamic.ResourceProvider<UnclaimedInputs, UnclaimedInputs> = {
  async check(olds, news) {
    // Once it has passed, the object that stands is the one that was made here.
    if (olds.name === news.name) return { inputs: news };
    const kafka = await import("@kafka-migration/kafka");
    const reason = await kafka.glanceClaimed(news);
    return { inputs: news, failures: reason === null ? [] : [{ property: "name", reason }] };
  },
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    const reason = await kafka.claimedBy(inputs);
    if (reason !== null) throw new Error(reason);
    return { id: `${inputs.kind}/${inputs.name}`, outs: inputs };
  },
  async update(_id, _olds, news) {
    return { outs: news };
  },
  async diff(_id, olds, news) {
    return { changes: false, replaces: olds.name === news.name ? [] : ["name"] };
  },
};

/** No object of that name stood before this program made one: Pulumi's Kubernetes provider would take it over. */
export class Unclaimed extends pulumi.dynamic.Resource {
  constructor(name: string, args: UnclaimedInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args }, opts, "kafka", "Unclaimed");
  }
}
