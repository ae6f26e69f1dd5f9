/** The Secret from which the chart of Pega takes the stream's credentials, written so that none passes through Pulumi. */
import { readLogin, readSecret } from "../kubernetes/kubernetes.ts";
import { writeOwnSecret } from "../kubernetes/secrets.ts";
import { jaasConfig, type Mechanism } from "../model/login.ts";
import type { KubernetesRef, SecretRef } from "../model/sides.ts";

const stores = ["STREAM_TRUSTSTORE_PASSWORD", "STREAM_KEYSTORE_PASSWORD"] as const;

export interface StreamSecretInputs {
  /** Where the release is. */
  readonly kubernetes: KubernetesRef;
  readonly name: string;
  readonly migration: string;
  /** Pega's user: a Secret with the keys that the mechanism needs. */
  readonly userSecret: SecretRef;
  readonly mechanism: Mechanism;
  /** Secret with the passwords of trust store and key store under the chart's names. @default both empty */
  readonly storePasswords?: SecretRef;
  /** The Secrets' resource versions; computed by `check`, so that a changed password is written again. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** Writes it. Rejects if a Secret of that name exists that the migration did not write, or one it reads lacks a key. */
export async function writeStreamSecret(inputs: StreamSecretInputs): Promise<void> {
  const user = await readLogin(inputs.userSecret, inputs.mechanism);
  const found = inputs.storePasswords === undefined ? {} : await readSecret(inputs.storePasswords);
  await writeOwnSecret(inputs.kubernetes, inputs.name, inputs.migration, {
    STREAM_JAAS_CONFIG: jaasConfig(inputs.mechanism, user),
    ...Object.fromEntries(stores.map((key) => [key, found[key] ?? ""])),
  });
}
