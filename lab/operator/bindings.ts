import { randomBytes } from "node:crypto";
import type { Certificate } from "../authority.ts";
import type { Credentials } from "../broker.ts";
import { apply, createIfMissing, orNull, readSecret, type AnyObject, type Api } from "../kubernetes.ts";

/** Labels KubeDB puts on what belongs to an object. */
const labelsOf = (kind: string, group: string, name: string) => ({
  "app.kubernetes.io/instance": name,
  "app.kubernetes.io/managed-by": "kubedb.com",
  "app.kubernetes.io/name": `${kind}.${group}`,
});

export interface Owner {
  readonly plural: string;
  readonly group: string;
  readonly namespace: string;
  readonly name: string;
}

export const metadata = (owner: Owner, name: string) => ({
  name,
  namespace: owner.namespace,
  labels: labelsOf(owner.plural, owner.group, owner.name),
});

/** A service without pods behind it: names resolve through the lab's hosts file. */
export async function ensureService(
  api: Api,
  owner: Owner,
  name: string,
  options: { headless: boolean; ports: Readonly<Record<string, number>> },
): Promise<void> {
  const ports = Object.entries(options.ports).map(([port, number]) => ({ name: port, port: number, targetPort: port }));
  const selector = labelsOf(owner.plural, owner.group, owner.name);
  await createIfMissing(api, {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata(owner, name),
    spec: options.headless
      ? { clusterIP: "None", publishNotReadyAddresses: true, ports, selector }
      : { type: "ClusterIP", ports, selector },
  });
}

/** The AppBinding by which other objects find this one. */
export async function ensureAppBinding(
  api: Api,
  owner: Owner,
  options: {
    type: string;
    version: string;
    service: { name: string; port: number; scheme: string };
    secret: string | null;
    /** Where the service speaks TLS: the Secret of its clients' certificate, and the authority as PEM. */
    tls?: { secret: string; ca: string } | null;
  },
): Promise<void> {
  await apply(api, {
    apiVersion: "appcatalog.appscode.com/v1alpha1",
    kind: "AppBinding",
    metadata: metadata(owner, owner.name),
    spec: {
      appRef: { apiGroup: owner.group, kind: kindOf[owner.plural] ?? "", name: owner.name, namespace: owner.namespace },
      clientConfig: {
        service: options.service,
        caBundle: options.tls ? Buffer.from(options.tls.ca).toString("base64") : null,
      },
      secret: options.secret ? { kind: "Secret", name: options.secret } : null,
      tlsSecret: options.tls ? { kind: "Secret", name: options.tls.secret } : null,
      type: options.type,
      version: options.version,
    },
  });
}

const kindOf: Readonly<Record<string, string>> = { kafkas: "Kafka", connectclusters: "ConnectCluster" };

/** The Secret an object names, or one made for it under its default name. Null while a named one is missing. */
export async function ensureCredentials(
  api: Api,
  owner: Owner,
  secret: { named: string | undefined; defaultName: string; username: string },
): Promise<{ secret: string; user: Credentials } | null> {
  const name = secret.named ?? secret.defaultName;
  if (secret.named === undefined) {
    await createIfMissing(api, {
      apiVersion: "v1",
      kind: "Secret",
      type: "kubernetes.io/basic-auth",
      metadata: metadata(owner, name),
      stringData: { username: secret.username, password: randomBytes(12).toString("hex") },
    });
  }
  const values = await readSecret(api, owner.namespace, name);
  if (!values?.["username"] || !values["password"]) return null;
  return { secret: name, user: { username: values["username"], password: values["password"] } };
}

/** Texts of an object's `configuration`: what its Secret holds, over it what is written inline. */
export async function readConfiguration(api: Api, object: AnyObject): Promise<Record<string, string>> {
  const { secretName, inline } = (object["spec"]?.configuration ?? {}) as {
    secretName?: string;
    inline?: Record<string, string>;
  };
  const named = secretName ?? (object["spec"]?.configSecret?.name as string | undefined);
  const stored = named ? await readSecret(api, object.metadata?.namespace ?? "", named) : {};
  if (stored === null) throw new Error(`the Secret "${named}" with its configuration does not exist`);
  const result = { ...stored };
  for (const [key, text] of Object.entries(inline ?? {})) {
    result[key] = result[key] === undefined ? text : `${result[key]}\n${text}`;
  }
  return result;
}

/** Where an AppBinding leads and as whom. */
export interface Binding {
  /** `host:port`, several separated by commas. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
  readonly user: Credentials | null;
  /** What its clients trust and show, or null where it speaks plaintext. */
  readonly tls: Certificate | null;
  /** The Kafka object behind it; null for brokers that no operator runs. */
  readonly owner: { readonly namespace: string; readonly name: string } | null;
}

/** Follows a reference to an AppBinding; null while it or its Secret does not exist. */
export async function followBinding(
  api: Api,
  reference: { name: string; namespace?: string },
  fromNamespace: string,
): Promise<Binding | null> {
  const namespace = reference.namespace ?? fromNamespace;
  const found = (await orNull(
    api.custom.getNamespacedCustomObject({
      group: "appcatalog.appscode.com",
      version: "v1alpha1",
      plural: "appbindings",
      namespace,
      name: reference.name,
    }),
  )) as AnyObject | null;
  if (!found) return null;
  const { service, url } = found["spec"]?.clientConfig ?? {};
  const host = service ? `${service.name}.${namespace}.svc` : "";
  const secretName = found["spec"]?.secret?.name as string | undefined;
  const values = secretName ? await readSecret(api, namespace, secretName) : null;
  if (secretName && !values?.["username"]) return null;
  const tlsName = found["spec"]?.tlsSecret?.name as string | undefined;
  const tls = tlsName ? await readSecret(api, namespace, tlsName) : null;
  if (tlsName && !tls?.["ca.crt"]) return null;
  const { appRef } = found["spec"];
  return {
    owner: appRef?.kind === "Kafka" ? { namespace: appRef.namespace ?? namespace, name: appRef.name } : null,
    address: (url as string | undefined) ?? `${host}:${service?.port}`,
    host,
    port: Number(service?.port ?? 0),
    tls: tls && { ca: tls["ca.crt"] ?? "", certificate: tls["tls.crt"] ?? "", key: tls["tls.key"] ?? "" },
    user: values ? { username: values["username"] ?? "", password: values["password"] ?? "" } : null,
  };
}
