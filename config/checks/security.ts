import { maySecret } from "../../runtime/model/may-secret.ts";
import { usesSasl, usesTls } from "../../runtime/model/protocol.ts";
import type { StackConfig } from "../schema.ts";
import type { Problem, Side } from "./rule.ts";

/** Properties of MM2's clients that follow from other keys, and the key of a side that sets them. */
const owned: readonly (readonly [RegExp, string])[] = [
  [/^security\.protocol$/, "security.protocol"],
  [/^bootstrap\.servers$/, "bootstrap"],
  [/^sasl\.mechanism$/, "security.mechanism"],
  [/^sasl\.jaas\.config$/, "credentials.mirror"],
  [/^ssl\.truststore\./, "security.caSecret"],
  [/^ssl\.(keystore|key)\./, "security.clientSecret"],
];

/** What is wrong with how one side is connected to. */
export function securityProblems(side: Side, { security, cluster }: StackConfig["source"]): Problem[] {
  const { protocol, caSecret, clientSecret, properties } = security;
  const encrypted = usesTls(protocol);
  const found: Problem[] = [];
  const problem = (key: string, message: string): void => void found.push({ path: `${side}.${key}`, message });

  if (cluster.kind === "kubedb") {
    if (!usesSasl(protocol)) {
      problem(
        "security.protocol",
        `found ${protocol}; allowed for a cluster that is made here: SASL_PLAINTEXT, SASL_SSL, because its brokers ask for a user`,
      );
    } else if (encrypted && cluster.tls === undefined) {
      problem(
        "cluster.tls",
        `missing, and the protocol is ${protocol}; name cert-manager's issuer as tls: {issuer: {name: …}}, or set security.protocol to SASL_PLAINTEXT`,
      );
    } else if (!encrypted && cluster.tls !== undefined) {
      problem(
        "security.protocol",
        `found ${protocol}; allowed with cluster.tls: SASL_SSL, because every listener then speaks TLS`,
      );
    }
  }
  for (const [key, value] of Object.entries({ caSecret, clientSecret })) {
    if (value !== undefined && !encrypted) {
      problem(
        `security.${key}`,
        `found with ${protocol}, which has no TLS; allowed with SSL, SASL_SSL: remove it, or change security.protocol`,
      );
    }
  }
  for (const [key, value] of Object.entries(properties)) {
    const path = `security.properties["${key}"]`;
    const owner = owned.find(([pattern]) => pattern.test(key))?.[1];
    if (owner !== undefined) {
      problem(path, `set by the program from ${side}.${owner}; remove it here`);
    } else if (!/^(ssl|sasl)\./.test(key)) {
      problem(path, "MirrorMaker 2 drops it silently; allowed: ssl.* and sasl.*");
    } else if (maySecret(key, value)) {
      problem(path, "it would lie in plain in Git and in Pulumi's state; allowed: properties without secrets");
    }
  }
  return found;
}
