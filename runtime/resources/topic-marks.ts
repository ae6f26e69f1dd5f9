import type { TopicMarksInputs } from "../model/inputs.ts";
import { pinAdopted } from "../topics/pins.ts";
import { marksLost, markTopics } from "../topics/topic-ownership.ts";
import type { Reconciled } from "./reconciled.ts";

const key = ({ topics, adopted, sourceClusterId }: TopicMarksInputs): string =>
  JSON.stringify([topics, adopted, sourceClusterId]);

/** The marks outlive the stack: nothing removes them. */
export const topicMarks: Reconciled<TopicMarksInputs, { readonly marks: Record<string, string> }> = {
  id: ({ configMap }) => configMap,
  async apply(news, olds) {
    await pinAdopted(news, olds?.marks);
    return markTopics(news, olds?.marks);
  },
  changes: async (olds, news) => ({ changes: key(olds) !== key(news) || (await marksLost(news, olds.marks)) }),
};
