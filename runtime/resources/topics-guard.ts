import type { TopicsGuardInputs } from "../model/inputs.ts";
import { shrunkTopics } from "../topics/shrinking.ts";
import type { Reconciled } from "./reconciled.ts";

export const topicsGuard: Reconciled<TopicsGuardInputs> = {
  id: () => "topics",
  async check(news, olds) {
    const failures = shrunkTopics(olds.topics ?? {}, news.topics).map((reason) => ({ property: "topics", reason }));
    return { inputs: news, failures };
  },
  apply: async () => ({}),
  changes: (olds, news) => ({ changes: JSON.stringify(olds.topics) !== JSON.stringify(news.topics) }),
};
