import { claimedBy, glanceClaimed } from "../kubernetes/must-not-exist.ts";
import type { UnclaimedInputs } from "../model/inputs.ts";
import type { Reconciled } from "./reconciled.ts";

export const unclaimed: Reconciled<UnclaimedInputs> = {
  id: ({ kind, name }) => `${kind}/${name}`,
  async check(news, olds) {
    // Once it has passed, the existing object is the one that this program created.
    if (olds.name === news.name) return { inputs: news };
    const reason = await glanceClaimed(news);
    return { inputs: news, failures: reason === null ? [] : [{ property: "name", reason }] };
  },
  async apply(news, olds) {
    const reason = olds === undefined ? await claimedBy(news) : null;
    if (reason !== null) throw new Error(reason);
    return {};
  },
  changes: (olds, news) => ({ changes: false, replaces: olds.name === news.name ? [] : ["name"] }),
};
