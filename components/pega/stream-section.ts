import type { Mechanism } from "../../runtime/model/login.ts";
import type { Protocol } from "../../runtime/model/protocol.ts";
import { isMap, mergeValues, valueAt, type Values } from "./values.ts";

/** How tiers reach the target, as the chart's `stream` section takes it. What is not set stays as the values say. */
export interface StreamSettings {
  /** `host:port` as the tiers' pods reach them. */
  readonly bootstrap: readonly string[];
  readonly securityProtocol: Protocol;
  readonly saslMechanism?: Mechanism;
  /** File in a Secret of `certificatesSecrets`. */
  readonly trustStore?: string;
  /** @default JKS, with a trustStore; the chart would render an empty type */
  readonly trustStoreType?: string;
  /** File in a Secret of `certificatesSecrets`. */
  readonly keyStore?: string;
  /** @default JKS, with a keyStore */
  readonly keyStoreType?: string;
  /** Names of topics and groups, with `{stream.name}` in it: `pega-{stream.name}`. */
  readonly namePattern: string;
  /** At most the target's brokers. */
  readonly replicationFactor: number;
  /** Secret with STREAM_TRUSTSTORE_PASSWORD, STREAM_KEYSTORE_PASSWORD and STREAM_JAAS_CONFIG, instead of the next three. */
  readonly externalSecretName?: string;
  /** Handed through as they are, so that they may be Outputs; Helm keeps them in its own Secret too. */
  readonly trustStorePassword?: unknown;
  readonly keyStorePassword?: unknown;
  readonly jaasConfig?: unknown;
  /** Secrets with files for /opt/pega/certs, beside those of the values. */
  readonly certificatesSecrets: readonly string[];
}

const passwords = ["trustStorePassword", "keyStorePassword", "jaasConfig"] as const;

/** What the names of all topics and groups of the stream begin with. */
export const streamPrefix = (namePattern: string): string => namePattern.split("{", 1)[0] ?? "";

/** The `stream` section for the target: the settings over what the values say. */
export function streamSection(values: Values, settings: StreamSettings): Values {
  const { bootstrap, namePattern, replicationFactor, externalSecretName } = settings;
  const { trustStore, keyStore } = settings;
  const inline = passwords.filter((key) => settings[key] !== undefined);
  const said = isMap(values["stream"]) ? values["stream"] : {};
  const without: readonly string[] = externalSecretName === undefined ? [] : passwords;
  const kept = Object.fromEntries(Object.entries(said).filter(([key]) => !without.includes(key)));
  return mergeValues(kept, {
    enabled: true,
    bootstrapServer: bootstrap.join(","),
    securityProtocol: settings.securityProtocol,
    ...(settings.saslMechanism && { saslMechanism: settings.saslMechanism }),
    ...(trustStore && { trustStore, trustStoreType: settings.trustStoreType ?? "JKS" }),
    ...(keyStore && { keyStore, keyStoreType: settings.keyStoreType ?? "JKS" }),
    streamNamePattern: namePattern,
    replicationFactor: String(replicationFactor),
    ...(externalSecretName !== undefined && { external_secret_name: externalSecretName }),
    ...(inline.length > 0 && { external_secret_name: "" }),
    ...Object.fromEntries(inline.map((key) => [key, settings[key]])),
  });
}

/** The Secrets with certificates: those of the values, then those of the settings that are not among them. */
export function certificatesSecrets(values: Values, settings: StreamSettings): readonly unknown[] {
  const said = valueAt(values, "global", "certificatesSecrets");
  const known: readonly unknown[] = Array.isArray(said) ? said : [];
  return [...known, ...settings.certificatesSecrets.filter((name) => !known.includes(name))];
}

/** Why the chart would not do what the settings mean; empty if it would. */
export function streamProblems(effective: Values, settings: StreamSettings): readonly string[] {
  const { bootstrap, namePattern, externalSecretName, trustStore, keyStore } = settings;
  const inline = passwords.filter((key) => settings[key] !== undefined);
  const stores = [trustStore, keyStore].filter((file) => file !== undefined);
  const secrets = certificatesSecrets(effective, settings);
  const certificates = valueAt(effective, "global", "certificates");
  const inlineCertificates = isMap(certificates) && Object.keys(certificates).length > 0;
  const types = [settings.trustStoreType, settings.keyStoreType].filter((type) => type !== undefined && type !== "JKS");
  return [
    ...(bootstrap.length === 0
      ? ["stream.bootstrapServer would be empty, which the chart takes without a word; name the target's brokers"]
      : []),
    ...(namePattern.includes("{stream.name}")
      ? []
      : [`stream.namePattern "${namePattern}" lacks {stream.name}: all streams would share one topic`]),
    ...(externalSecretName !== undefined && inline.length > 0
      ? [
          `stream names the Secret ${externalSecretName} and ${inline.join(", ")} too; the chart ignores these, keep one`,
        ]
      : []),
    ...(stores.length > 0 && secrets.length === 0 && !inlineCertificates
      ? [`${stores.join(" and ")} would be in no Secret; list the one that holds it in stream.certificatesSecrets`]
      : []),
    ...(types.length > 0
      ? [`found the store type ${types.join(" and ")}; allowed: JKS, the chart knows no other`]
      : []),
    ...(inlineCertificates && settings.certificatesSecrets.length > 0 && knownSecrets(effective) === 0
      ? [
          "global.certificates holds files in the values, which the chart leaves out as soon as " +
            "global.certificatesSecrets names a Secret; move them into a Secret and name it there first",
        ]
      : []),
  ];
}

const knownSecrets = (effective: Values): number => {
  const said = valueAt(effective, "global", "certificatesSecrets");
  return Array.isArray(said) ? said.length : 0;
};
