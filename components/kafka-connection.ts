import * as kafka from "@pulumi/kafka";
import type * as pulumi from "@pulumi/pulumi";
import { Credentials } from "./resources.ts";
import type { Side } from "../phases/row.ts";
import { caOf, clientCertificateOf, credentialsOf } from "./scope.ts";
import { runnerBootstrap, type WithSide } from "./side-addresses.ts";

/** Pulumi's names of the SASL mechanisms. */
const mechanisms = { PLAIN: "plain", "SCRAM-SHA-256": "scram-sha256", "SCRAM-SHA-512": "scram-sha512" } as const;

/**
 * Pulumi's Kafka provider for one side, logged in as the side's admin. The cluster must be ready before its Secrets are
 * read: give its parts as `dependsOn`. Nothing is connected to before the first topic, user or right.
 */
export class KafkaConnection<S extends Side = Side> {
  readonly provider: kafka.Provider;
  /** What everything that uses the provider must wait for. */
  readonly parts: readonly pulumi.Resource[];

  constructor(name: string, config: WithSide<S>, side: S, opts: pulumi.ComponentResourceOptions) {
    const { protocol, mechanism } = config[side].security;
    const userSecret = protocol.startsWith("SASL") ? credentialsOf(config, side, "admin") : undefined;
    const tlsEnabled = protocol.endsWith("SSL");
    const caSecret = tlsEnabled ? caOf(config, side) : undefined;
    const clientSecret = tlsEnabled ? clientCertificateOf(config, side) : undefined;
    const secrets = {
      ...(userSecret && { userSecret }),
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
        ...(read && userSecret && mechanism && { saslMechanism: mechanisms[mechanism] }),
        ...(read && userSecret && { saslUsername: read.username, saslPassword: read.password }),
        ...(read && caSecret && { caCert: read.ca }),
        ...(read && clientSecret && { clientCert: read.clientCert, clientKey: read.clientKey }),
      },
      inside,
    );
    this.parts = read ? [read, this.provider] : [this.provider];
  }
}
