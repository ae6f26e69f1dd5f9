import { aims } from "../model/aims.ts";
import type { RestoreInputs } from "../model/pega.ts";
import { scaleToFormer, shortNow } from "../pega/replicas.ts";
import type { TierApi } from "../pega/tiers.ts";
import type { Reconciled } from "./reconciled.ts";

export const formerReplicasOver = (api: TierApi): Reconciled<RestoreInputs, Pick<RestoreInputs, "short">> => ({
  id: ({ row }) => row,
  aim: aims.FormerReplicas,
  check: async (news) => ({ inputs: { ...news, short: await shortNow(news, api) } }),
  async apply(news) {
    await scaleToFormer(news, api);
    return { short: [] };
  },
  changes: (olds, news) => ({ changes: olds.release !== news.release || (news.short ?? []).length > 0 }),
});
