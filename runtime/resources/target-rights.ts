import type { TargetRightsInputs } from "../model/inputs.ts";
import { glanceTargetRights, keepTargetRights, type TargetRightsOutputs } from "../rights/target-rights.ts";
import { sortedKeys } from "../model/sorted-keys.ts";
import type { Reconciled } from "./reconciled.ts";

const key = ({ users, acls, quotas }: TargetRightsInputs): string => JSON.stringify([users, acls, quotas], sortedKeys);

/** Rights stay when the resource leaves the program. */
export const targetRights: Reconciled<
  TargetRightsInputs,
  Pick<TargetRightsInputs, "missing" | "going"> & TargetRightsOutputs
> = {
  id: () => "rights",
  async check(news, olds) {
    const { missing, going, refusals } = await glanceTargetRights(news, olds);
    const failures = refusals.map((reason) => ({ property: "users", reason }));
    return { inputs: { ...news, missing, going }, failures };
  },
  apply: async (news, olds) => ({ missing: [], going: [], ...(await keepTargetRights(news, olds)) }),
  changes: (olds, news) => ({ changes: key(olds) !== key(news) || (news.missing ?? []).length > 0 }),
};
