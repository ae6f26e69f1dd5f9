import type { PegaScope, ReleaseRef } from "@kafka-migration/kafka";
import type { PegaConfig } from "../../config/pega/schema.ts";
import { madeAs } from "../../runtime/model/login.ts";
import { usesSasl } from "../../runtime/model/protocol.ts";
import { kafkaEndpoint } from "../scope.ts";
import { bootstrapInside, kubernetesRef } from "../side-addresses.ts";
import { streamPrefix, type StreamSettings } from "./stream-section.ts";
import type { Role, Tier } from "./tiers.ts";

/** Where Helm keeps the release. */
export const releaseRef = (config: PegaConfig): ReleaseRef => ({
  kubernetes: kubernetesRef(config, config.release.kubernetes),
  name: config.release.name,
});

/** How Pega's user logs in; one that is made may need another mechanism than the target's own users. */
export function streamMechanism({ target, stream }: PegaConfig): StreamSettings["saslMechanism"] {
  const { protocol, mechanism } = target.security;
  if (!usesSasl(protocol)) return undefined;
  const made = stream.credentials !== undefined && "user" in stream.credentials && stream.credentials.create;
  return made ? madeAs(mechanism) : mechanism;
}

/** Name of the Secret with the stream's credentials, beside the release; undefined where there are none. */
export function streamSecretName({ name, stream }: PegaConfig): string | undefined {
  if (stream.credentials === undefined) return undefined;
  return "secret" in stream.credentials ? stream.credentials.secret : `${name}-stream`;
}

/** What the chart is told about the target. Pure. */
export function streamSettings(config: PegaConfig): StreamSettings {
  const { stream, target } = config;
  const saslMechanism = streamMechanism(config);
  const externalSecretName = streamSecretName(config);
  return {
    bootstrap: bootstrapInside(config, "target"),
    securityProtocol: target.security.protocol,
    ...(saslMechanism && { saslMechanism }),
    ...(stream.trustStore && { trustStore: stream.trustStore, trustStoreType: stream.trustStoreType }),
    ...(stream.keyStore && { keyStore: stream.keyStore, keyStoreType: stream.keyStoreType }),
    namePattern: stream.namePattern,
    replicationFactor: stream.replicationFactor,
    ...(externalSecretName !== undefined && { externalSecretName }),
    certificatesSecrets: stream.certificatesSecrets,
  };
}

/** What every gate and every acting resource is told about the release. Pure; holds references, never secrets. */
export function pegaScope(
  config: PegaConfig,
  deployment: string,
  tiers: readonly Tier[],
  roles: Readonly<Record<string, Role>>,
): PegaScope {
  const { embedded } = config;
  return {
    migration: config.name,
    release: releaseRef(config),
    deployment,
    tiers: tiers.map(({ name, kind }) => ({ name, kind, role: roles[name]! })),
    target: kafkaEndpoint(config, "target"),
    ...(embedded && { embedded: { side: "source", bootstrap: embedded.runnerBootstrap, protocol: "PLAINTEXT" } }),
    prefix: streamPrefix(config.stream.namePattern),
  };
}
