import * as pulumi from "@pulumi/pulumi";
import type { VolumesInputs } from "@kafka-migration/kafka";

const provider: pulumi.dynamic.ResourceProvider<VolumesInputs, VolumesInputs> = {
  async check(_olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    return { inputs: { ...news, left: await kafka.volumesLeft(news) } };
  },
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.removeVolumes(inputs);
    return { id: inputs.scope.migration, outs: { ...inputs, left: [] } };
  },
  async update(_id, _olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.removeVolumes(news);
    return { outs: { ...news, left: [] } };
  },
  async diff(_id, _olds, news) {
    return { changes: (news.left ?? []).length > 0 };
  },
};

/** Volumes that the stream tiers left behind are gone: those that are named, and no other. */
export class RemovedVolumes extends pulumi.dynamic.Resource {
  constructor(name: string, args: VolumesInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, left: undefined }, opts, "kafka", "RemovedVolumes");
  }
}
