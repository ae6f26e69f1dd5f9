import type { BrokenConfig } from "./broken-config.ts";

/** Protocols, mechanisms, users and passwords that do not fit together. */
export const security: readonly BrokenConfig[] = [
  [
    "SASL without a mechanism",
    (raw) => (raw.source.security = { protocol: "SASL_SSL" }),
    "source.security.mechanism",
    "missing; required by SASL_SSL; allowed: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512",
  ],
  [
    "SASL without credentials",
    (raw) => delete raw.target.credentials,
    "target.credentials",
    "missing; required by SASL_PLAINTEXT; name a Secret as runner: {secret: …}",
  ],
  [
    "TLS for a cluster that is made without it",
    (raw) => (raw.target.security = { protocol: "SASL_SSL", mechanism: "PLAIN" }),
    "target.security.protocol",
    "found SASL_SSL; allowed so far for a cluster that is made here: PLAINTEXT, SASL_PLAINTEXT",
  ],
  [
    "a certificate for a protocol without TLS",
    (raw) => (raw.source.security = { protocol: "SASL_PLAINTEXT", mechanism: "PLAIN", caSecret: "kafka-ca" }),
    "source.security.caSecret",
    "found with SASL_PLAINTEXT, which makes no use of it; allowed with: SSL, SASL_SSL; remove it or correct the protocol",
  ],
  [
    "a client's certificate for a protocol without TLS",
    (raw) => (raw.source.security = { protocol: "SASL_PLAINTEXT", mechanism: "PLAIN", clientSecret: "kafka-client" }),
    "source.security.clientSecret",
    "found with SASL_PLAINTEXT, which makes no use of it; allowed with: SSL, SASL_SSL; remove it or correct the protocol",
  ],
  [
    "a mechanism for a protocol without SASL",
    (raw) => {
      raw.source.security = { protocol: "SSL", mechanism: "PLAIN" };
      delete raw.source.credentials;
    },
    "source.security.mechanism",
    "found with SSL, which makes no use of it; allowed with: SASL_PLAINTEXT, SASL_SSL; remove it or correct the protocol",
  ],
  [
    "users for a protocol that sends none",
    (raw) => (raw.source.security = { protocol: "PLAINTEXT" }),
    "source.credentials",
    "found with PLAINTEXT, which makes no use of it; allowed with: SASL_PLAINTEXT, SASL_SSL; remove it or correct the protocol",
  ],
  [
    "a mechanism that KubeDB's brokers do not offer",
    (raw) => (raw.target.security = { protocol: "SASL_PLAINTEXT", mechanism: "SCRAM-SHA-512" }),
    "target.security.mechanism",
    "found SCRAM-SHA-512, which KubeDB's brokers do not offer; allowed: PLAIN, SCRAM-SHA-256",
  ],
  [
    "a SCRAM user who shall log in by PLAIN",
    (raw) => (raw.source.credentials.mirror = { secret: "mirror", create: true }),
    "source.credentials.mirror.create",
    "found true with PLAIN, but users are made for SCRAM; set security.mechanism to SCRAM-SHA-256, or create: false",
  ],
  [
    "a user made into the runner's Secret",
    (raw) => {
      raw.source.security = { protocol: "SASL_PLAINTEXT", mechanism: "SCRAM-SHA-256" };
      raw.source.credentials.mirror = { secret: "kafka-admin", create: true };
    },
    "source.credentials.mirror.secret",
    "it is the Secret of the source's runner too, and create: true would overwrite its password; allowed: a Secret of its own",
  ],
  [
    "users of both sides made into one Secret",
    (raw) => {
      for (const side of [raw.source, raw.target]) {
        side.security = { protocol: "SASL_PLAINTEXT", mechanism: "SCRAM-SHA-256" };
        side.credentials.mirror = { secret: "mirror", create: true };
      }
    },
    "target.credentials.mirror.secret",
    "it is the Secret of the source's mirror too, and create: true would overwrite its password; allowed: a Secret of its own",
  ],
  [
    "a workload's address in the place of a password",
    (raw) => (raw.workloads[0].bootstrap = { secret: "kafka-admin", key: "password" }),
    "workloads[0].bootstrap.key",
    "it holds a user's name or password under credentials, which an address would overwrite; allowed: the key with the bootstrap address",
  ],
];
