import { recordOf } from "../ledger/record.ts";
import { aims } from "../model/aims.ts";
import type { MirrorStateInputs } from "../model/inputs.ts";
import { ensureMirror, strayed } from "../switch/mirror-state.ts";
import type { Reach } from "../switch/ports.ts";
import type { Reconciled } from "./reconciled.ts";

export const mirrorStateOver = (reach: Reach): Reconciled<MirrorStateInputs, Pick<MirrorStateInputs, "strayed">> => ({
  id: ({ scope }) => scope.migration,
  aim: aims.MirrorState,
  check: async (news) => ({ inputs: { ...news, strayed: await strayed(news, reach) } }),
  async apply(news) {
    const { scope, desired, ownTopics = [] } = news;
    if (desired === "running") {
      await reach.pins.source(scope);
      await reach.pins.refuseSecondCopy(scope);
    }
    await ensureMirror(news, reach);
    // A mirror that runs has made its own.
    if (desired === "running") await reach.pins.own(recordOf(scope), scope.target, ownTopics);
    return { strayed: [] };
  },
  changes(olds, news) {
    const edited = olds.desired !== news.desired || olds.configuration !== news.configuration;
    return { changes: edited || (news.strayed ?? []).length > 0 };
  },
});
