import { glanceCredentials } from "../kubernetes/credentials.ts";
import { deleteOwnSecret } from "../kubernetes/secrets.ts";
import { writeStreamSecret, type StreamSecretInputs } from "../pega/stream-secret.ts";
import type { Reconciled } from "./reconciled.ts";

const key = ({ userSecret, storePasswords, mechanism, versions }: StreamSecretInputs): string =>
  JSON.stringify([userSecret, storePasswords, mechanism, versions]);

export const streamSecret: Reconciled<StreamSecretInputs> = {
  id: ({ name }) => name,
  async check(news, olds) {
    const { userSecret, storePasswords: caSecret } = news;
    const read = { userSecret, ...(caSecret && { caSecret }) };
    return { inputs: { ...news, versions: await glanceCredentials(read, olds.versions) } };
  },
  async apply(news) {
    await writeStreamSecret(news);
    return {};
  },
  changes(olds, news) {
    const replaces = olds.name === news.name ? [] : ["name"];
    return { changes: replaces.length > 0 || key(olds) !== key(news), replaces };
  },
  remove: ({ kubernetes, name }) => deleteOwnSecret(kubernetes, name),
};
