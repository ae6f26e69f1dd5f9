import { awaitNoPods, podsLeft } from "../kubernetes/no-pods.ts";
import type { NoPodsInputs } from "../model/inputs.ts";
import type { Reconciled } from "./reconciled.ts";

export const noPods: Reconciled<NoPodsInputs> = {
  id: ({ kubernetes, labels }) => `${kubernetes.namespace}/${Object.values(labels).join("/")}`,
  async check(news) {
    // A preview, or an update, that cannot ask now asks when it applies.
    const left = await podsLeft(news).catch(() => ["unknown"]);
    return { inputs: { ...news, left } };
  },
  async apply(news) {
    await awaitNoPods(news);
    return {};
  },
  changes: (_olds, { left = [] }) => ({ changes: left.length > 0 }),
};
