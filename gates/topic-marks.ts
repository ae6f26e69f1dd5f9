import * as pulumi from "@pulumi/pulumi";
import type { TopicMarksInputs } from "@kafka-migration/kafka";

type TopicMarksState = TopicMarksInputs & { marks: Record<string, string> };

const provider: pulumi.dynamic.ResourceProvider<TopicMarksInputs, TopicMarksState> = {
  async create(inputs) {
    const kafka = await import("@kafka-migration/kafka");
    return { id: inputs.configMap, outs: { ...inputs, ...(await kafka.markTopics(inputs)) } };
  },
  async update(_id, olds, news) {
    const kafka = await import("@kafka-migration/kafka");
    return { outs: { ...news, ...(await kafka.markTopics(news, olds.marks)) } };
  },
  async diff(_id, olds, news) {
    const key = ({ topics, adopted, sourceClusterId }: TopicMarksInputs): string =>
      JSON.stringify([topics, adopted, sourceClusterId]);
    if (key(olds) !== key(news)) return { changes: true };
    const kafka = await import("@kafka-migration/kafka");
    return { changes: await kafka.marksLost(news, olds.marks) };
  },
};

/**
 * The ids of the migrated topics on the target, once they stand: a topic with another id is not this migration's. Fails
 * if one holds records that this migration did not write. It has no `delete`: the marks outlive the stack.
 */
export class TopicMarks extends pulumi.dynamic.Resource {
  /** Topic ids by name. */
  declare readonly marks: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: TopicMarksInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, marks: undefined }, opts, "kafka", "TopicMarks");
  }
}
