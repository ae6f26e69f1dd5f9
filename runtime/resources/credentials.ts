import { glanceCredentials, readCredentials } from "../kubernetes/credentials.ts";
import type { CredentialsInputs } from "../model/inputs.ts";
import type { Reconciled } from "./reconciled.ts";

function key({ userSecret, userKeys, caSecret, clientSecret, versions }: CredentialsInputs): string {
  const sorted = Object.entries(versions ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([userSecret, userKeys, caSecret, clientSecret, sorted]);
}

export const credentials: Reconciled<CredentialsInputs, Readonly<Record<string, unknown>>> = {
  id: () => "credentials",
  check: async (news, olds) => ({ inputs: { ...news, versions: await glanceCredentials(news, olds.versions) } }),
  async apply(news) {
    const { user, ...read } = await readCredentials(news);
    return { ...user, ...read };
  },
  changes: (olds, news) => ({ changes: key(olds) !== key(news) }),
};
