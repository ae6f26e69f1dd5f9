/** Users and certificates read from Secrets by reference, and whether they have changed since. */
import type { ConnectorClient, ConnectorConfigInputs, Credentials, CredentialsInputs } from "../model/inputs.ts";
import { clientCertificate } from "../model/login.ts";
import type { KubernetesRef, SecretRef } from "../model/sides.ts";
import { apiMessage, clients, readKeys, readSecret } from "./kubernetes.ts";

/**
 * Reads every Secret that is named. What is not named is an empty text. Rejects with a sentence that names the Secret
 * and the key it lacks, never its content.
 */
export async function readCredentials(inputs: CredentialsInputs): Promise<Credentials> {
  const versions = await secretVersions(inputs);
  const keys = inputs.userKeys ?? ["username", "password"];
  const user = inputs.userSecret
    ? await readKeys(inputs.userSecret, keys)
    : Object.fromEntries(keys.map((key) => [key, ""]));
  const ca = inputs.caSecret ? await keyOf(inputs.caSecret, "ca.crt") : "";
  const { certificate, key } = clientCertificate.secretKeys;
  const clientCert = inputs.clientSecret ? await keyOf(inputs.clientSecret, certificate) : "";
  const clientKey = inputs.clientSecret ? await keyOf(inputs.clientSecret, key) : "";
  return { versions, user, ca, clientCert, clientKey };
}

/**
 * The Secrets' versions now, for `check`: a rotated Secret is a changed resource, and a preview never sees its content.
 * If they cannot be read, because Kubernetes does not answer or the Secret does not exist yet, the former ones stay and
 * a line says so.
 */
export async function glanceCredentials(
  inputs: CredentialsInputs,
  former: CredentialsInputs["versions"],
): Promise<Readonly<Record<string, string>>> {
  return glance(() => secretVersions(inputs), former);
}

/** The same for the Secrets that the clients of a connector, or of a worker, log in with. */
export async function glanceClients(
  used: readonly ConnectorClient[],
  former: ConnectorConfigInputs["versions"],
): Promise<Readonly<Record<string, string>>> {
  const refs = used
    .flatMap(({ credentials, ca, certificate }) => [credentials, ca, certificate])
    .filter((ref) => ref !== undefined);
  const where = ({ kubeconfig = "", context = "" }: KubernetesRef): string => `${kubeconfig}:${context}`;
  const distinct = new Map(refs.map((ref) => [`${where(ref.kubernetes)}:${secretName(ref)}`, ref]));
  return glance(async () => {
    const found = await Promise.all([...distinct].map(async ([key, ref]) => [key, await versionOf(ref)] as const));
    return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
  }, former);
}

async function glance(
  read: () => Promise<Readonly<Record<string, string>>>,
  former: Readonly<Record<string, string>> | undefined,
): Promise<Readonly<Record<string, string>>> {
  try {
    return await read();
  } catch (error) {
    const kept = former === undefined ? "it is read when it is needed" : "what was read before stays in use";
    console.log(`credentials: ${error instanceof Error ? error.message : String(error)}; ${kept}`);
    return former ?? {};
  }
}

const roles = ["userSecret", "caSecret", "clientSecret"] as const;

async function secretVersions(inputs: CredentialsInputs): Promise<Record<string, string>> {
  const named = roles.flatMap((role) => (inputs[role] === undefined ? [] : [{ role, ref: inputs[role] }]));
  const found = await Promise.all(named.map(async ({ role, ref }) => [role, await versionOf(ref)] as const));
  return Object.fromEntries(found);
}

async function versionOf(ref: SecretRef): Promise<string> {
  const { core, server } = await clients(ref.kubernetes);
  try {
    const { metadata } = await core.readNamespacedSecret({ name: ref.name, namespace: ref.kubernetes.namespace });
    return metadata?.resourceVersion ?? "";
  } catch (error) {
    throw new Error(`could not read Secret ${secretName(ref)} at ${server}: ${apiMessage(error)}`);
  }
}

async function keyOf(ref: SecretRef, key: string): Promise<string> {
  const found = await readSecret(ref);
  const value = found[key];
  if (value) return value;
  const others = Object.keys(found).sort().join(", ") || "none";
  throw new Error(`Secret ${secretName(ref)} has no key ${key} (its keys: ${others}); set it`);
}

const secretName = (ref: SecretRef): string => `${ref.kubernetes.namespace}/${ref.name}`;
