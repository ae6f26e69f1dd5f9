import { maySecret } from "../../runtime/model/may-secret.ts";
import { platformOf } from "../../runtime/model/platforms/platforms.ts";
import { usesTls } from "../../runtime/model/protocol.ts";
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
  const found: Problem[] = platformOf(cluster).kafka?.securityProblems(side, cluster, protocol) ?? [];
  const problem = (key: string, message: string): void => void found.push({ path: `${side}.${key}`, message });

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
