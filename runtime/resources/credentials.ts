import { glanceCredentials, readCredentials } from "../kubernetes/credentials.ts";
import type { Credentials, CredentialsInputs } from "../model/inputs.ts";
import type { Reconciled } from "./reconciled.ts";

function key({ userSecret, caSecret, clientSecret, versions }: CredentialsInputs): string {
  const sorted = Object.entries(versions ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([userSecret, caSecret, clientSecret, sorted]);
}

export const credentials: Reconciled<CredentialsInputs, Credentials> = {
  id: () => "credentials",
  check: async (news, olds) => ({ inputs: { ...news, versions: await glanceCredentials(news, olds.versions) } }),
  apply: readCredentials,
  changes: (olds, news) => ({ changes: key(olds) !== key(news) }),
};
