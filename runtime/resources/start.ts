import { aims } from "../model/aims.ts";
import type { StartInputs } from "../model/inputs.ts";
import { moveName } from "../model/workloads.ts";
import { fencedNow, start as startAll } from "../workloads/workloads.ts";
import type { Reconciled } from "./reconciled.ts";

export const start: Reconciled<StartInputs, Pick<StartInputs, "fenced">> = {
  id: ({ role, wave }) => moveName(role, wave),
  aim: aims.Start,
  check: async (news) => ({ inputs: { ...news, fenced: await fencedNow(news) } }),
  async apply(news) {
    await startAll(news);
    return { fenced: [] };
  },
  changes(olds, news) {
    const moved = olds.side !== news.side || olds.addresses !== news.addresses;
    return { changes: moved || (news.fenced ?? []).length > 0 };
  },
};
