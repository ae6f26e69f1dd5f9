/** Secrets that the migration writes itself, so that no password passes through Pulumi. */
import { createHash, randomBytes } from "node:crypto";
import { stringify } from "dot-properties";
import type { ConnectorClient, ConnectorConfigInputs, GeneratedSecretInputs } from "../model/inputs.ts";
import { clientCertificate, javaLogin, needsUser, saslMechanism } from "../model/login.ts";
import { usesTls } from "../model/protocol.ts";
import type { KubernetesRef } from "../model/sides.ts";
import { readAuthority, readKeyPair } from "./authority.ts";
import { apiCode, apiMessage, clients, mergePatch, readBasicAuth, readLogin } from "./kubernetes.ts";

const ownerLabel = "kafka-migration/migration";

/**
 * Writes a connector's Secret: its properties and, read by reference, its credentials. Returns the text's hash.
 * Rejects if a Secret of that name exists that the migration did not write.
 */
export async function writeConnectorConfig(inputs: ConnectorConfigInputs): Promise<{ sha256: string }> {
  const properties: Record<string, string> = { ...inputs.properties };
  for (const client of inputs.clients) Object.assign(properties, await clientProperties(client));
  const text = propertiesText(properties);
  await writeOwnSecret(inputs.kubernetes, inputs.secretName, inputs.migration, { "config.properties": text });
  return { sha256: createHash("sha256").update(text).digest("hex") };
}

/** Java properties text, keys sorted, values escaped. All of it is ASCII: Java reads a file of properties as Latin-1. */
export function propertiesText(properties: Readonly<Record<string, string>>): string {
  const lines = Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = stringify(lines, { lineWidth: null, keySep: "=" });
  return text.replace(/[^\0-\x7f]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Makes a basic-auth Secret with a random password, or leaves an existing one with both keys as it is. */
export async function generateSecret(inputs: GeneratedSecretInputs): Promise<void> {
  const { core } = await clients(inputs.kubernetes);
  const { namespace } = inputs.kubernetes;
  try {
    await core.createNamespacedSecret({
      namespace,
      body: {
        metadata: { name: inputs.name, labels: { [ownerLabel]: inputs.migration } },
        type: "kubernetes.io/basic-auth",
        stringData: { username: inputs.username, password: randomBytes(24).toString("base64url") },
      },
    });
  } catch (error) {
    if (apiCode(error) !== 409) throw new Error(`could not create Secret ${inputs.name}: ${apiMessage(error)}`);
    const found = await readBasicAuth({ kubernetes: inputs.kubernetes, name: inputs.name });
    if (inputs.exact && found.username !== inputs.username) {
      throw new Error(
        `Secret ${namespace}/${inputs.name} exists and belongs to user "${found.username}"; allowed: "${inputs.username}", ` +
          `to whom the rights are granted. Name another Secret, or remove this one, then run pulumi up again`,
      );
    }
  }
}

/** Deletes a Secret that a migration wrote; any other, or one that is gone, is left alone. */
export async function deleteOwnSecret(kubernetes: KubernetesRef, name: string): Promise<void> {
  const { core } = await clients(kubernetes);
  try {
    const secret = await core.readNamespacedSecret({ name, namespace: kubernetes.namespace });
    if (secret.metadata?.labels?.[ownerLabel] === undefined) return;
    await core.deleteNamespacedSecret({ name, namespace: kubernetes.namespace });
  } catch (error) {
    if (apiCode(error) !== 404) throw new Error(`could not delete Secret ${name}: ${apiMessage(error)}`);
  }
}

/** Writes a Secret of a migration. Rejects if one of that name exists that it did not write. */
export async function writeOwnSecret(
  kubernetes: KubernetesRef,
  name: string,
  migration: string,
  stringData: Record<string, string>,
): Promise<void> {
  const { core } = await clients(kubernetes);
  const { namespace } = kubernetes;
  const metadata = { name, labels: { [ownerLabel]: migration } };
  try {
    await core.createNamespacedSecret({ namespace, body: { metadata, stringData } });
    return;
  } catch (error) {
    if (apiCode(error) !== 409) throw new Error(`could not create Secret ${name}: ${apiMessage(error)}`);
  }
  const found = await core.readNamespacedSecret({ name, namespace });
  if (found.metadata?.labels?.[ownerLabel] !== migration) {
    throw new Error(
      `Secret ${namespace}/${name} exists and does not belong to migration ${migration}; rename or remove it, then run pulumi up again`,
    );
  }
  await core.patchNamespacedSecret({ name, namespace, body: { stringData } }, mergePatch());
}

/** One side's client properties, secrets filled in; whatever the program sets wins over the further ones. */
export async function clientProperties(client: ConnectorClient): Promise<Record<string, string>> {
  const properties: Record<string, string> = { ...client.properties, "security.protocol": client.protocol };
  const mechanism = saslMechanism(client);
  if (mechanism) {
    if (!client.mechanism || (!client.credentials && needsUser(mechanism))) {
      throw new Error(`${client.prefix}: ${client.protocol} needs a user`);
    }
    const secret = client.credentials ? await readLogin(client.credentials, mechanism) : {};
    Object.assign(properties, javaLogin(mechanism, secret));
  }
  if (usesTls(client.protocol)) Object.assign(properties, await encryption(client));
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [`${client.prefix}${key}`, value]));
}

/** Without an authority of its own the client keeps the JVM's trust store. */
async function encryption({ ca, certificate }: ConnectorClient): Promise<Record<string, string>> {
  const [authority, pair] = await Promise.all([ca && readAuthority(ca), certificate && readKeyPair(certificate)]);
  return {
    ...(authority && { "ssl.truststore.type": "PEM", "ssl.truststore.certificates": authority }),
    ...(pair && clientCertificate.java(pair)),
  };
}
