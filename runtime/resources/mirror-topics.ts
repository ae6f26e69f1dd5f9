import type { MirrorTopicsInputs } from "../model/inputs.ts";
import { beginWithout, deleteMirrorTopics, refuseAnotherConnect, type BegunWithout } from "../switch/mirror-topics.ts";
import type { Reconciled } from "./reconciled.ts";

export const mirrorTopics: Reconciled<MirrorTopicsInputs, BegunWithout> = {
  id: () => "mirror-topics",
  async check(news, olds) {
    const reason = await refuseAnotherConnect(news, olds);
    return { inputs: news, failures: reason === null ? [] : [{ property: "topics", reason }] };
  },
  // MirrorMaker 2 and Connect make them; here it is seen that nobody else has, and they go.
  apply: beginWithout,
  // A stack of version 0.1 keeps no record, and looks once.
  changes: (olds: Partial<MirrorTopicsInputs>, news) => ({
    changes:
      JSON.stringify([olds.topics, olds.heartbeatsOf]) !== JSON.stringify([news.topics, news.heartbeatsOf]) ||
      olds.record === undefined,
  }),
  remove: deleteMirrorTopics,
};
