import { aims } from "../model/aims.ts";
import type { MirrorStateInputs } from "../model/inputs.ts";
import { ensureMirror, strayed } from "../switch/mirror-state.ts";
import type { Reconciled } from "./reconciled.ts";

export const mirrorState: Reconciled<MirrorStateInputs, Pick<MirrorStateInputs, "strayed">> = {
  id: ({ scope }) => scope.migration,
  aim: aims.MirrorState,
  check: async (news) => ({ inputs: { ...news, strayed: await strayed(news) } }),
  async apply(news) {
    await ensureMirror(news);
    return { strayed: [] };
  },
  changes(olds, news) {
    const edited = olds.desired !== news.desired || olds.configuration !== news.configuration;
    return { changes: edited || (news.strayed ?? []).length > 0 };
  },
};
