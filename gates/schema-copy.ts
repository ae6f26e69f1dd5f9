import * as pulumi from "@pulumi/pulumi";
import type { SchemaCopyInputs } from "@kafka-migration/kafka";

const provider: pulumi.dynamic.ResourceProvider<SchemaCopyInputs, SchemaCopyInputs> = {
  async check(_olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    return { inputs: { ...news, pending: await kafka.schemasPending(news) } };
  },
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.ensureSchemas(inputs);
    return { id: `${inputs.scope.migration}-schemas`, outs: { ...inputs, pending: [] } };
  },
  async update(_id, _olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    await kafka.ensureSchemas(news);
    return { outs: { ...news, pending: [] } };
  },
  // Another row alone changes nothing; each update copies what the source has registered since.
  async diff(_id, olds, news) {
    return { changes: olds.desired !== news.desired || (news.pending ?? []).length > 0 };
  },
};

/** The schemas of the source on the target under IMPORT, or the target open for producers once they have moved. */
export class SchemaCopy extends pulumi.dynamic.Resource {
  constructor(name: string, args: SchemaCopyInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args }, opts, "kafka", "SchemaCopy");
  }
}
