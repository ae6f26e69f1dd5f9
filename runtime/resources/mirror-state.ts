import { recordOf } from "../ledger/record.ts";
import { aims } from "../model/aims.ts";
import type { MirrorStateInputs } from "../model/inputs.ts";
import { ensureMirror, stateScope, strayed } from "../switch/mirror-state.ts";
import { refuseSecondCopy } from "../switch/unpositioned.ts";
import { pinOwn, pinSource } from "../topics/pins.ts";
import type { Reconciled } from "./reconciled.ts";

export const mirrorState: Reconciled<MirrorStateInputs, Pick<MirrorStateInputs, "strayed">> = {
  id: ({ scope, wave, others }) => [scope.migration, wave ?? (others ? "others" : "")].filter(Boolean).join("/"),
  aim: aims.MirrorState,
  check: async (news) => ({ inputs: { ...news, strayed: await strayed(news) } }),
  async apply(news) {
    const { scope, desired, ownTopics = [] } = news;
    if (desired === "running") {
      await pinSource(scope);
      // The others copy nothing.
      if (news.others === undefined) await refuseSecondCopy(stateScope(news));
    }
    await ensureMirror(news);
    // A mirror that runs has made its own.
    if (desired === "running") await pinOwn(recordOf(scope), scope.target, ownTopics);
    return { strayed: [] };
  },
  changes(olds, news) {
    const edited = olds.desired !== news.desired || olds.configuration !== news.configuration;
    return { changes: edited || (news.strayed ?? []).length > 0 };
  },
};
