import { randomBytes } from "node:crypto";
import { authorityOf, type Certificate } from "../authority.ts";
import { apply, createIfMissing, orNull, remove, type AnyObject, type Api } from "../kubernetes.ts";
import type { Lab } from "../layout.ts";
import { metadata, type Owner } from "./bindings.ts";

/** Secrets that a Kafka object with `enableSSL` has, by KubeDB's names. */
export const certificateSecrets = (name: string) => ({
  server: `${name}-server-cert`,
  client: `${name}-client-cert`,
  keystore: `${name}-keystore-cred`,
});

/** The brokers' certificate and its Secrets, made where they are missing or name something else. */
export async function ensureCertificates(
  api: Api,
  lab: Lab,
  owner: Owner,
  wanted: { names: readonly string[]; addresses: readonly string[] },
): Promise<Certificate> {
  const secrets = certificateSecrets(owner.name);
  const server = await ensureCertificate(api, lab, owner, secrets.server, wanted);
  await ensureCertificate(api, lab, owner, secrets.client, { names: [], addresses: [] });
  await createIfMissing(api, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: metadata(owner, secrets.keystore),
    stringData: { password: randomBytes(12).toString("hex") },
  });
  return server;
}

export async function removeCertificates(api: Api, { namespace, name }: Owner): Promise<void> {
  for (const secret of Object.values(certificateSecrets(name))) {
    await remove(api, { apiVersion: "v1", kind: "Secret", metadata: { namespace, name: secret } });
  }
}

async function ensureCertificate(
  api: Api,
  lab: Lab,
  owner: Owner,
  name: string,
  { names, addresses }: { names: readonly string[]; addresses: readonly string[] },
): Promise<Certificate> {
  // As cert-manager writes them; they tell whether a certificate is still the one that is asked for.
  const annotations = { "cert-manager.io/alt-names": names.join(","), "cert-manager.io/ip-sans": addresses.join(",") };
  const found = (await orNull(api.core.readNamespacedSecret({ namespace: owner.namespace, name }))) as AnyObject | null;
  const current = Object.entries(annotations).every(([key, value]) => found?.metadata?.annotations?.[key] === value);
  if (found && current) {
    const plain = (key: string) => Buffer.from(found["data"]?.[key] ?? "", "base64").toString();
    return { ca: plain("ca.crt"), certificate: plain("tls.crt"), key: plain("tls.key") };
  }
  const made = authorityOf(lab).issue({ commonName: `${owner.name}-pods.${owner.namespace}.svc`, names, addresses });
  await apply(api, {
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/tls",
    metadata: { ...metadata(owner, name), annotations },
    stringData: { "ca.crt": made.ca, "tls.crt": made.certificate, "tls.key": made.key },
  });
  return made;
}
