/** How a test reaches the lab's brokers with clients of its own. */
import { stringify } from "dot-properties";
import kafkajs from "../../../lab/kafkajs.ts";
import { CoreV1Api } from "@kubernetes/client-node";
import { kubeConfig } from "../../../lab/kubernetes.ts";
import { lab, labEnv } from "../../../lab/lab.ts";

/** A user of the lab's brokers and the authority of their certificates. */
export interface LabAccess {
  readonly username: string;
  readonly password: string;
  /** PEM. */
  readonly ca: string;
}

/** Lets this process call brokers by the names that they advertise in the lab. Nothing else of it outlives a test file. */
export function enterLab(): void {
  process.env["LAB_HOSTS"] = labEnv()["LAB_HOSTS"];
  process.env["KAFKAJS_NO_PARTITIONER_WARNING"] = "1";
}

/** A Secret of the lab in plain. */
export async function labSecret(name: string): Promise<Record<string, string>> {
  const config = kubeConfig(lab.kubeconfig);
  const { data = {} } = await config.makeApiClient(CoreV1Api).readNamespacedSecret({ namespace: "demo", name });
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
}

/** The superuser of source and target. */
export async function labAdmin(): Promise<LabAccess> {
  const { username = "", password = "" } = await labSecret("kafka-admin");
  return { username, password, ca: (await labSecret("source-kafka-client-cert"))["ca.crt"] ?? "" };
}

/** A kafkajs client; `mechanism` is the one that the user's password is stored for. */
export function labKafka(
  brokers: readonly string[],
  { username, password, ca }: LabAccess,
  mechanism: "plain" | "scram-sha-256" = "plain",
): kafkajs.Kafka {
  return new kafkajs.Kafka({
    clientId: "test",
    brokers: [...brokers],
    ssl: { ca: [ca] },
    // The union of kafkajs has one member per mechanism.
    sasl: mechanism === "plain" ? { mechanism, username, password } : { mechanism, username, password },
    logLevel: kafkajs.logLevel.NOTHING,
  });
}

/** Properties of a Java client, one per key; `prefix` is put before each. */
export function javaClient({ username, password, ca }: LabAccess, prefix = ""): Record<string, string> {
  const properties = {
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "PLAIN",
    "sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required username="${username}" password="${password}";`,
    "ssl.truststore.type": "PEM",
    "ssl.truststore.certificates": ca,
  };
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [`${prefix}${key}`, value]));
}

/** The same as the text of a properties file. */
export const javaClientFile = (access: LabAccess): string => `${stringify(javaClient(access), { lineWidth: null })}\n`;
