import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { KafkaVersion, SourceVersion } from "../tools/definitions.ts";
import { issuerName } from "./authority.ts";
import { createIfMissing, orNull, readSecret, type AnyObject, type Api } from "./kubernetes.ts";
import { zookeeperAnnotation } from "./layout.ts";

/** Namespace of everything the lab is born with. */
export const namespace = "demo";
/** Secret of the superuser of source and target. */
export const adminSecret = "kafka-admin";
export const sourceName = "source-kafka";
/** Secret with the authority of the source's certificates under `ca.crt`. */
export const sourceCaSecret = "source-kafka-client-cert";

/** Which source the lab is born with. */
export interface SourceChoice {
  /** A release of the tools: `kafkaVersions`, or of the older ones `sourceVersions`. @default "3.9.0" */
  readonly version?: KafkaVersion | SourceVersion;
  /**
   * Whether the brokers agree by ZooKeeper, with one of their own: KubeDB makes no such cluster, so a stack reaches it as
   * `kind: external`. Before 3.3 there is no other. @default false
   */
  readonly zookeeper?: boolean;
}

/** The source as the KubeDB migration guide has it: combined nodes, two replicas. */
const source = ({ version = "3.9.0", zookeeper = false }: SourceChoice): AnyObject => ({
  apiVersion: "kubedb.com/v1",
  kind: "Kafka",
  metadata: {
    name: sourceName,
    namespace,
    ...(zookeeper && { annotations: { [zookeeperAnnotation]: "true" } }),
  },
  spec: {
    version,
    replicas: 2,
    storageType: "Durable",
    storage: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      storageClassName: "local-path",
    },
    authSecret: { kind: "Secret", name: adminSecret },
    enableSSL: true,
    tls: { issuerRef: { apiGroup: "cert-manager.io", kind: "Issuer", name: issuerName } },
    deletionPolicy: "Halt",
  },
});

/** Creates the namespace and the superuser of its clusters where they are missing; what exists stays as it is. */
export async function applyNamespace(api: Api): Promise<void> {
  await createIfMissing(api, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  await createIfMissing(api, {
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/basic-auth",
    metadata: { name: adminSecret, namespace },
    stringData: { username: "admin", password: randomBytes(12).toString("hex") },
  });
}

/** Creates the source cluster where it is missing. */
export const applySource = (api: Api, choice: SourceChoice): Promise<void> => createIfMissing(api, source(choice));

/** Waits until the source is Ready; false where somebody halted it, which is not the lab's business. */
export async function untilSourceReady(
  api: Api,
  options: { seconds: number; onPhase: (phase: string) => void; signal: AbortSignal },
): Promise<boolean> {
  const deadline = Date.now() + options.seconds * 1000;
  let phase = "";
  let reason = "the operator has not reported yet";
  while (Date.now() < deadline) {
    const read = api.custom.getNamespacedCustomObject({
      group: "kubedb.com",
      version: "v1",
      plural: "kafkas",
      namespace,
      name: sourceName,
    });
    const kafka = (await orNull(read)) as AnyObject | null;
    if (!kafka) throw new Error(`The Kafka object ${namespace}/${sourceName} was deleted while the lab waited for it.`);
    if (kafka["spec"].halted) return false;
    const status = kafka["status"] ?? {};
    if (status.phase && status.phase !== phase) options.onPhase(status.phase);
    phase = status.phase ?? "";
    const conditions = (status.conditions ?? []) as { type: string; status: string; message: string }[];
    reason = conditions.find(({ status: holds }) => holds === "False")?.message ?? reason;
    if (phase === "Ready" && status.observedGeneration === kafka.metadata?.generation) return true;
    await sleep(300, undefined, { signal: options.signal });
  }
  throw new Error(`The source ${namespace}/${sourceName} was not Ready after ${options.seconds} s: ${reason}.`);
}

/** What a client of the source needs beside its addresses. */
export interface SourceAccess {
  readonly username: string;
  readonly password: string;
  /** The authority of the brokers' certificates, PEM. */
  readonly ca: string;
}

/** The superuser's name and password, and the authority to trust. */
export async function sourceAccess(api: Api): Promise<SourceAccess> {
  const ca = (await readSecret(api, namespace, sourceCaSecret))?.["ca.crt"];
  if (!ca) throw new Error(`The Secret ${namespace}/${sourceCaSecret} has no ca.crt.`);
  const values = await readSecret(api, namespace, adminSecret);
  if (!values?.["username"] || !values["password"]) {
    throw new Error(`The Secret ${namespace}/${adminSecret} has no username and password.`);
  }
  return { username: values["username"], password: values["password"], ca };
}
