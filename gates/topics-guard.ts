import * as pulumi from "@pulumi/pulumi";
import type { TopicsGuardInputs } from "@kafka-migration/kafka";

const provider: pulumi.dynamic.ResourceProvider<TopicsGuardInputs, TopicsGuardInputs> = {
  async check(olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    const failures = kafka
      .shrunkTopics(olds.topics ?? {}, news.topics)
      .map((reason) => ({ property: "topics", reason }));
    return { inputs: news, failures };
  },
  async create(inputs) {
    return { id: "topics", outs: inputs };
  },
  async update(_id, _olds, news) {
    return { outs: news };
  },
  async diff(_id, olds, news) {
    return { changes: JSON.stringify(olds.topics) !== JSON.stringify(news.topics) };
  },
};

/**
 * Refuses, before anything else of an update, to shrink a topic: Pulumi would replace one that is to have fewer
 * partitions. It remembers what was asked for last, also where that update failed half-way; Kafka is not asked.
 */
export class TopicsGuard extends pulumi.dynamic.Resource {
  constructor(name: string, args: TopicsGuardInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args }, opts, "kafka", "TopicsGuard");
  }
}
