import { aims } from "../model/aims.ts";
import type { WayBackInputs } from "../model/inputs.ts";
import { openWayBack, removeWayBack, wayBackPending } from "../switch/open-way-back.ts";
import type { Reconciled } from "./reconciled.ts";

export const wayBack: Reconciled<WayBackInputs, Pick<WayBackInputs, "pending">> = {
  id: ({ scope, wave }) => (wave === undefined ? scope.migration : `${scope.migration}/${wave}`),
  aim: aims.WayBack,
  check: async (news) => ({ inputs: { ...news, pending: await wayBackPending(news) } }),
  async apply(news) {
    await openWayBack(news);
    return { pending: [] };
  },
  changes: (_olds, { pending = [] }) => ({ changes: pending.length > 0 }),
  remove: removeWayBack,
};
