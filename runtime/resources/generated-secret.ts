import { deleteOwnSecret, generateSecret } from "../kubernetes/secrets.ts";
import type { GeneratedSecretInputs } from "../model/inputs.ts";
import type { Reconciled } from "./reconciled.ts";

export const generatedSecret: Reconciled<GeneratedSecretInputs> = {
  id: ({ name }) => name,
  async apply(news) {
    await generateSecret(news);
    return {};
  },
  changes(olds, news) {
    const replaces = olds.name === news.name ? [] : ["name"];
    return { changes: replaces.length > 0 || olds.username !== news.username, replaces };
  },
  remove: ({ kubernetes, name }) => deleteOwnSecret(kubernetes, name),
};
