/** Certificates and keys, read from Secrets. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { clientCertificate } from "../model/login.ts";
import type { SecretRef } from "../model/sides.ts";
import { readSecret } from "./kubernetes.ts";

/** A certificate and its key, PEM; the key as PKCS 8, which is the one form that Kafka's clients take. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** `ca.crt` of a Secret. Rejects with a sentence if there is no PEM certificate under that key. */
export async function readAuthority(ref: SecretRef): Promise<string> {
  const authority = (await readSecret(ref))["ca.crt"];
  if (!authority) {
    throw new Error(`${nameOf(ref)} has no key ca.crt; set it, or name no Secret where a public authority signs`);
  }
  assertCertificate(ref, "ca.crt", authority);
  return authority;
}

/** `tls.crt` and `tls.key` of a Secret. Rejects with a sentence that never holds the key. */
export async function readKeyPair(ref: SecretRef): Promise<KeyPair> {
  const keys = clientCertificate.secretKeys;
  const { [keys.certificate]: certificate, [keys.key]: key } = await readSecret(ref);
  if (!certificate || !key) {
    const lacking = [certificate ? "" : keys.certificate, key ? "" : keys.key].filter(Boolean).join(" and ");
    throw new Error(`${nameOf(ref)} has no ${lacking}; mutual TLS needs both keys`);
  }
  assertCertificate(ref, keys.certificate, certificate);
  try {
    return { certificate, key: createPrivateKey(key).export({ type: "pkcs8", format: "pem" }) as string };
  } catch {
    throw new Error(`${nameOf(ref)}: ${keys.key} is not a private key in PEM without a password`);
  }
}

export function assertCertificate(ref: SecretRef, key: string, text: string): void {
  try {
    new X509Certificate(text);
  } catch {
    throw new Error(`${nameOf(ref)}: ${key} is not a certificate in PEM`);
  }
}

export const nameOf = ({ kubernetes, name }: SecretRef): string => `Secret ${kubernetes.namespace}/${name}`;
