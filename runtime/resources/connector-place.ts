import { placeConnector } from "../connectors/place.ts";
import { announceConnector, connectorPending } from "../connectors/preview.ts";
import { aims } from "../model/aims.ts";
import type { ConnectorPlaceInputs } from "../model/inputs.ts";
import type { Reconciled } from "./reconciled.ts";

/** A connector outlives the stack: nothing removes it. */
export const connectorPlace: Reconciled<ConnectorPlaceInputs, Pick<ConnectorPlaceInputs, "pending">> = {
  id: ({ connector }) => connector,
  aim: aims.ConnectorPlace,
  async check(news, olds) {
    const pending = await connectorPending(news);
    // On the source from the beginning there is nothing to report.
    const moves = pending.length > 0 || (olds.side !== undefined && olds.side !== news.side);
    for (const line of moves ? await announceConnector(news) : []) console.log(line);
    return { inputs: { ...news, pending } };
  },
  async apply(news) {
    await placeConnector(news);
    return { pending: [] };
  },
  changes: (olds, news) => ({
    changes: olds.side !== news.side || olds.settings !== news.settings || (news.pending ?? []).length > 0,
  }),
};
