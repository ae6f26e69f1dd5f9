import { readFileSync } from "node:fs";
import { Kafka, logLevel, type SASLOptions } from "../kafkajs.ts";
import { labSockets } from "../traffic/settings.ts";
import { embeddedBootstrap } from "./addresses.ts";
import type { ExternalStream, TierSettings } from "./settings.ts";
import { readTrustStore } from "./trust-store.ts";

/** The name in logs of the cluster that a tier works on. */
export const sideName = ({ external }: TierSettings): string => (external ? external.bootstrap.join(",") : "embedded");

/** A client for the stream that the settings name. */
export function streamClient(settings: Pick<TierSettings, "lab" | "external" | "pod">): Kafka {
  const { lab, external, pod } = settings;
  process.env["KAFKAJS_NO_PARTITIONER_WARNING"] = "1";
  return new Kafka({
    clientId: pod,
    brokers: external ? [...external.bootstrap] : [embeddedBootstrap(lab)],
    ...(external && security(external)),
    connectionTimeout: 5_000,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 15 },
    logLevel: logLevel.WARN,
    socketFactory: labSockets,
  });
}

function security(stream: ExternalStream): { ssl?: { ca?: string[] }; sasl?: SASLOptions } {
  const { protocol, trustStore, trustStorePassword } = stream;
  const ca = trustStore === null ? undefined : readTrustStore(readFileSync(trustStore), trustStorePassword);
  return {
    ...(protocol.endsWith("SSL") ? { ssl: ca ? { ca } : {} } : {}),
    ...(protocol.startsWith("SASL") ? { sasl: login(stream) } : {}),
  };
}

function login({ mechanism, jaas }: ExternalStream): SASLOptions {
  const user = { username: jaasOption(jaas, "username"), password: jaasOption(jaas, "password") };
  switch (mechanism) {
    case "PLAIN":
      return { mechanism: "plain", ...user };
    case "SCRAM-SHA-256":
      return { mechanism: "scram-sha-256", ...user };
    case "SCRAM-SHA-512":
      return { mechanism: "scram-sha-512", ...user };
    default:
      throw new Error(`STREAM_SASL_MECHANISM is "${mechanism}"; allowed: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512`);
  }
}

/** An option of a JAAS line such as `…ScramLoginModule required username="a" password="b";`. */
export function jaasOption(jaas: string, name: string): string {
  const [, quoted] = new RegExp(`\\b${name}\\s*=\\s*"((?:[^"\\\\]|\\\\.)*)"`).exec(jaas) ?? [];
  if (quoted === undefined) throw new Error(`STREAM_JAAS_CONFIG has no ${name}="…"`);
  return quoted.replaceAll(/\\(.)/g, "$1");
}
