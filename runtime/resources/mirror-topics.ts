import type { MirrorTopicsInputs } from "../model/inputs.ts";
import { deleteMirrorTopics } from "../switch/mirror-topics.ts";
import type { Reconciled } from "./reconciled.ts";

export const mirrorTopics: Reconciled<MirrorTopicsInputs> = {
  id: () => "mirror-topics",
  // MirrorMaker 2 and Connect make them; here they only go.
  apply: async () => ({}),
  changes: (olds, news) => ({ changes: JSON.stringify(olds.topics) !== JSON.stringify(news.topics) }),
  remove: deleteMirrorTopics,
};
