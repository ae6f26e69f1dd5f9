import { waitReady } from "../kubernetes/ready.ts";
import type { ReadyInputs } from "../model/inputs.ts";
import type { Reconciled } from "./reconciled.ts";

export const ready: Reconciled<ReadyInputs> = {
  id: ({ kind, name }) => `${kind}/${name}`,
  async apply(news) {
    await waitReady(news);
    return {};
  },
  changes: (olds, news) => ({ changes: olds.generation !== news.generation }),
};
