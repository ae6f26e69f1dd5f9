import * as pulumi from "@pulumi/pulumi";
import type { GeneratedSecretInputs } from "@kafka-migration/kafka";

const provider: pulumi.dynamic.ResourceProvider<GeneratedSecretInputs, GeneratedSecretInputs> = {
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.generateSecret(inputs);
    return { id: inputs.name, outs: inputs };
  },
  async update(_id, _olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.generateSecret(news);
    return { outs: news };
  },
  async diff(_id, olds, news) {
    const replaces = olds.name === news.name ? [] : ["name"];
    return { changes: replaces.length > 0 || olds.username !== news.username, replaces };
  },
  async delete(_id, olds) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.deleteOwnSecret(olds.kubernetes, olds.name);
  },
};

/** A basic-auth Secret with a random password that never passes through Pulumi; an existing one is left as it is. */
export class GeneratedSecret extends pulumi.dynamic.Resource {
  constructor(name: string, args: GeneratedSecretInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args }, opts, "kafka", "GeneratedSecret");
  }
}
