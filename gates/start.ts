import * as pulumi from "@pulumi/pulumi";
import type { StartInputs } from "@kafka-migration/kafka";

const provider: pulumi.dynamic.ResourceProvider<StartInputs, StartInputs> = {
  async check(_olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    return { inputs: { ...news, fenced: await kafka.fencedNow(news) } };
  },
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.start(inputs);
    return { id: inputs.role, outs: { ...inputs, fenced: [] } };
  },
  async update(_id, _olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.start(news);
    return { outs: { ...news, fenced: [] } };
  },
  async diff(_id, olds, news) {
    const moved = olds.side !== news.side || olds.addresses !== news.addresses;
    return { changes: moved || (news.fenced ?? []).length > 0 };
  },
};

/** The workloads of one role run, with as many replicas as before they were stopped; also after a killed switch. */
export class Start extends pulumi.dynamic.Resource {
  constructor(name: string, args: StartInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args }, opts, "kafka", "Start");
  }
}
