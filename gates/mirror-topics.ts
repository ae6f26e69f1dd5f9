import * as pulumi from "@pulumi/pulumi";
import type { MirrorTopicsInputs } from "@kafka-migration/kafka";

const provider: pulumi.dynamic.ResourceProvider<MirrorTopicsInputs, MirrorTopicsInputs> = {
  async create(inputs) {
    return { id: "mirror-topics", outs: inputs };
  },
  async update(_id, _olds, news) {
    return { outs: news };
  },
  async diff(_id, olds, news) {
    return { changes: JSON.stringify(olds.topics) !== JSON.stringify(news.topics) };
  },
  async delete(_id, olds) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.deleteMirrorTopics(olds);
  },
};

/** Topics that MirrorMaker 2 and Connect keep for themselves on the target; they go when the resource goes. */
export class MirrorTopics extends pulumi.dynamic.Resource {
  constructor(name: string, args: MirrorTopicsInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args }, opts, "kafka", "MirrorTopics");
  }
}
