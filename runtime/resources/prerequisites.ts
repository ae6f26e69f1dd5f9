import { glanceLacking, lacking } from "../kubernetes/prerequisites.ts";
import type { PrerequisitesInputs } from "../model/inputs.ts";
import type { Reconciled } from "./reconciled.ts";

export const prerequisites: Reconciled<PrerequisitesInputs> = {
  id: () => "prerequisites",
  async check(news) {
    const failures = (await glanceLacking(news)).map((reason) => ({ property: "needs", reason }));
    return { inputs: news, failures };
  },
  async apply(news) {
    const reasons = await lacking(news);
    if (reasons.length > 0) throw new Error(reasons.join("; "));
    return {};
  },
  // It is looked for in every preview and update, so that a change of what a row needs is none of the resource.
  changes: () => ({ changes: false }),
};
