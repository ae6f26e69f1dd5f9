import { aims } from "../model/aims.ts";
import type { StartInputs } from "../model/inputs.ts";
import { fencedNow, start as startAll, type Starting } from "../workloads/workloads.ts";
import type { Reconciled } from "./reconciled.ts";

export const startOver = (reach: Starting): Reconciled<StartInputs, Pick<StartInputs, "fenced">> => ({
  id: ({ role }) => role,
  aim: aims.Start,
  check: async (news) => ({ inputs: { ...news, fenced: await fencedNow(news, reach) } }),
  async apply(news) {
    await startAll(news, reach);
    return { fenced: [] };
  },
  changes(olds, news) {
    const moved = olds.side !== news.side || olds.addresses !== news.addresses;
    return { changes: moved || (news.fenced ?? []).length > 0 };
  },
});
