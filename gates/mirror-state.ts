import * as pulumi from "@pulumi/pulumi";
import type { MirrorStateInputs } from "@kafka-migration/kafka";

const provider: pulumi.dynamic.ResourceProvider<MirrorStateInputs, MirrorStateInputs> = {
  async check(_olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    return { inputs: { ...news, strayed: await kafka.strayed(news) } };
  },
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.ensureMirror(inputs);
    return { id: inputs.scope.migration, outs: { ...inputs, strayed: [] } };
  },
  async update(_id, _olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.ensureMirror(news);
    return { outs: { ...news, strayed: [] } };
  },
  async diff(_id, olds, news) {
    const edited = olds.desired !== news.desired || olds.configuration !== news.configuration;
    return { changes: edited || (news.strayed ?? []).length > 0 };
  },
};

/** The connectors are in one state, running or stopped, as Connect itself reports it. */
export class MirrorState extends pulumi.dynamic.Resource {
  constructor(
    name: string,
    args: pulumi.Inputs & { desired: MirrorStateInputs["desired"] },
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(provider, name, args, opts, "kafka", "MirrorState");
  }
}
