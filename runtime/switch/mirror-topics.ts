/** Topics that MirrorMaker 2 and Connect keep for themselves on the target. */
import { withAdmin } from "../brokers/connection.ts";
import { kafkaError } from "../brokers/kafka-error.ts";
import type { MirrorTopicsInputs } from "../model/inputs.ts";

/** Deletes the named topics from the target; those that are gone already are no error. */
export async function deleteMirrorTopics(inputs: MirrorTopicsInputs): Promise<void> {
  await withAdmin(inputs.target, async (admin) => {
    const present = new Set(await admin.listTopics({ includeInternals: true }));
    const topics = inputs.topics.filter((topic) => present.has(topic));
    if (topics.length === 0) return;
    try {
      await admin.deleteTopics({ topics });
    } catch (error) {
      throw new Error(`could not delete ${topics.join(", ")} from the target: ${kafkaError(error)}`);
    }
  });
}
