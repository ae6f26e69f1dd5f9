import { readKafkaObject, removeHalted } from "../kubernetes/operator.ts";
import { aims } from "../model/aims.ts";
import type { RemovedSourceInputs } from "../model/inputs.ts";
import type { Reconciled } from "./reconciled.ts";

/** What goes with an object, by what is kept. */
const goes = {
  volumes: "its volumes and Secrets stay",
  secrets: "its volumes are deleted for good, its Secrets stay",
  nothing: "its volumes and Secrets are deleted for good",
} as const;

export const removedSource: Reconciled<RemovedSourceInputs, Pick<RemovedSourceInputs, "left">> = {
  id: ({ confirmed }) => confirmed,
  aim: aims.RemovedSource,
  async check(news) {
    const { kubernetes, cluster, keeps } = news;
    // Where it cannot be read the update finds out.
    const found = await readKafkaObject(kubernetes, cluster).catch(() => null);
    if (found === null) return { inputs: { ...news, left: [] } };
    console.log(`source: ${named(news)} is deleted; ${goes[keeps]}`);
    return { inputs: { ...news, left: [named(news)] } };
  },
  async apply(news) {
    const { kubernetes, cluster, keeps, seconds, confirmed } = news;
    if (confirmed !== named(news))
      throw new Error(`cleanup.confirm is "${confirmed}", not "${named(news)}"; nothing was deleted`);
    await removeHalted(kubernetes, cluster, keeps, seconds);
    return { left: [] };
  },
  changes: (_olds, news) => ({ changes: (news.left ?? []).length > 0 }),
};

const named = ({ kubernetes, cluster }: RemovedSourceInputs): string => `${kubernetes.namespace}/${cluster.name}`;
