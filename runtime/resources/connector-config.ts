import { glanceClients } from "../kubernetes/credentials.ts";
import { deleteOwnSecret, writeConnectorConfig } from "../kubernetes/secrets.ts";
import type { ConnectorConfigInputs } from "../model/inputs.ts";
import type { Reconciled } from "./reconciled.ts";

/** All of them but the text of the provider, which is no input of ours. */
const key = (inputs: object): string =>
  JSON.stringify(
    Object.entries(inputs)
      .filter(([name]) => name !== "__provider")
      .sort(),
  );

export const connectorConfig: Reconciled<ConnectorConfigInputs, { readonly sha256: string }> = {
  id: ({ secretName }) => secretName,
  check: async (news, olds) => ({
    inputs: { ...news, versions: await glanceClients(news.clients, olds.versions) },
  }),
  apply: writeConnectorConfig,
  changes({ sha256: _, ...olds }, news) {
    return {
      changes: key(olds) !== key(news),
      replaces: olds.secretName === news.secretName ? [] : ["secretName"],
    };
  },
  remove: ({ kubernetes, secretName }) => deleteOwnSecret(kubernetes, secretName),
};
