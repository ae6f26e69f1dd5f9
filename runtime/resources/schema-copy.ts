import { aims } from "../model/aims.ts";
import type { SchemaCopyInputs } from "../model/inputs.ts";
import { ensureSchemas, schemasPending } from "../switch/ensure-schemas.ts";
import type { Reconciled } from "./reconciled.ts";

export const schemaCopy: Reconciled<SchemaCopyInputs, Pick<SchemaCopyInputs, "pending">> = {
  id: ({ scope }) => `${scope.migration}-schemas`,
  aim: aims.SchemaCopy,
  check: async (news) => ({ inputs: { ...news, pending: await schemasPending(news) } }),
  async apply(news) {
    await ensureSchemas(news);
    return { pending: [] };
  },
  // Another row alone changes nothing; each update copies what the source has registered since.
  changes: (olds, news) => ({ changes: olds.desired !== news.desired || (news.pending ?? []).length > 0 }),
};
