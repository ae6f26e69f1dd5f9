import * as pulumi from "@pulumi/pulumi";
import type { ReadyInputs } from "@kafka-migration/kafka";

const provider: pulumi.dynamic.ResourceProvider<ReadyInputs, ReadyInputs> = {
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.waitReady(inputs);
    return { id: `${inputs.kind}/${inputs.name}`, outs: inputs };
  },
  async update(_id, _olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.waitReady(news);
    return { outs: news };
  },
  async diff(_id, olds, news) {
    return { changes: olds.generation !== news.generation };
  },
};

/** A KubeDB object is Ready in the generation that Pulumi wrote; fails as soon as the operator says Failed. */
export class Ready extends pulumi.dynamic.Resource {
  constructor(name: string, args: pulumi.Inputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, args, opts, "kafka", "Ready");
  }
}
