import { caSecretOf } from "../config/clusters.ts";
import type { MirroredConfig } from "../config/migration-config.ts";
import type { ConnectWanted } from "../runtime/model/platforms/platform.ts";
import { plannedOf } from "../runtime/model/platforms/platforms.ts";
import { usesSasl } from "../runtime/model/protocol.ts";
import { workerProperties } from "./connector-properties.ts";
import { connectSecret, credentialsOf, mechanismOf } from "./scope.ts";
import { bootstrapInside } from "./side-addresses.ts";

/** What the config says of the Connect beside the target, as its platform makes objects of it. Pure. */
export function connectWanted(config: MirroredConfig): ConnectWanted {
  const { connect, target, kubernetes } = config;
  const { protocol } = target.security;
  const version = plannedOf(target.cluster)?.version;
  const mechanism = mechanismOf(config, "target", "mirror");
  const user = usesSasl(protocol) ? credentialsOf(config, "target", "mirror") : undefined;
  const caSecret = caSecretOf(target);
  return {
    name: connect.name,
    namespace: kubernetes[target.kubernetes]!.namespace,
    version: connect.version,
    replicas: connect.replicas,
    monitor: connect.monitor,
    restSecret: connectSecret(config),
    worker: workerProperties(config),
    target: {
      cluster: target.cluster,
      ...(version !== undefined && { version }),
      bootstrap: bootstrapInside(config, "target"),
      protocol,
      ...(user && mechanism && { login: { mechanism, secret: user.name } }),
      ...(caSecret !== undefined && { caSecret }),
      mirrorUser: target.credentials?.mirror !== undefined,
    },
  };
}
