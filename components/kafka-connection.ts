import * as kafka from "@pulumi/kafka";
import type * as pulumi from "@pulumi/pulumi";
import type { Side } from "../phases/row.ts";
import { ownSecretKeys, providerLogin, saslMechanism } from "../runtime/model/login.ts";
import { usesTls } from "../runtime/model/protocol.ts";
import { Credentials } from "./resources.ts";
import { caOf, clientCertificateOf, credentialsOf } from "./scope.ts";
import { runnerBootstrap, type WithSide } from "./side-addresses.ts";

/**
 * Pulumi's Kafka provider for one side, logged in as the side's admin. The cluster must be ready before its Secrets are
 * read: give its parts as `dependsOn`. Nothing is connected to before the first topic, user or right.
 */
export class KafkaConnection<S extends Side = Side> {
  readonly provider: kafka.Provider;
  /** What everything that uses the provider must wait for. */
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, config: WithSide<S>, side: S, opts: pulumi.ComponentResourceOptions) {
    const { security } = config[side];
    const mechanism = saslMechanism(security);
    const userSecret = mechanism ? credentialsOf(config, side, "admin") : undefined;
    const userKeys = mechanism ? ownSecretKeys(mechanism) : undefined;
    const tlsEnabled = usesTls(security.protocol);
    const caSecret = tlsEnabled ? caOf(config, side) : undefined;
    const clientSecret = tlsEnabled ? clientCertificateOf(config, side) : undefined;
    const secrets = {
      ...(userSecret && { userSecret, ...(userKeys && { userKeys }) }),
      ...(caSecret && { caSecret }),
      ...(clientSecret && { clientSecret }),
    };
    const { parent, dependsOn } = opts;
    const inside = { ...(parent && { parent }), ...(dependsOn && { dependsOn }) };
    const read = Object.keys(secrets).length > 0 ? new Credentials(`${name}-credentials`, secrets, inside) : undefined;
    this.provider = new kafka.Provider(
      name,
      {
        bootstrapServers: [...runnerBootstrap(config, side)],
        tlsEnabled,
        ...(read && userSecret && mechanism && providerLogin(mechanism, (key) => read.user(key))),
        ...(read && caSecret && { caCert: read.ca }),
        ...(read && clientSecret && { clientCert: read.clientCert, clientKey: read.clientKey }),
      },
      inside,
    );
    this.parts = read ? [read, this.provider] : [this.provider];
  }
}
