import { aims } from "../model/aims.ts";
import type { RememberInputs } from "../model/pega.ts";
import { forgottenNow, rememberReplicas as remember } from "../pega/replicas.ts";
import type { TierApi } from "../pega/tiers.ts";
import type { Reconciled } from "./reconciled.ts";

export const rememberReplicasOver = (api: TierApi): Reconciled<RememberInputs, Pick<RememberInputs, "forgotten">> => ({
  id: ({ row }) => row,
  aim: aims.RememberReplicas,
  check: async (news) => ({ inputs: { ...news, forgotten: await forgottenNow(news, api) } }),
  async apply(news) {
    await remember(news, api);
    return { forgotten: [] };
  },
  changes: (_olds, news) => ({ changes: (news.forgotten ?? []).length > 0 }),
});
