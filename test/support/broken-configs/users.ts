import type { BrokenConfig } from "./broken-config.ts";

/** Mechanisms, users and passwords that do not fit together. */
export const users: readonly BrokenConfig[] = [
  [
    "SASL without a mechanism",
    (raw) => delete raw.source.security.mechanism,
    "source.security.mechanism",
    "missing; required by SASL_SSL; allowed: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512",
  ],
  [
    "SASL without credentials",
    (raw) => delete raw.target.credentials,
    "target.credentials",
    "missing; required by SASL_SSL; name a Secret as runner: {secret: …}",
  ],
  [
    "a mechanism for a protocol without SASL",
    (raw) => {
      raw.source.security.protocol = "SSL";
      delete raw.source.credentials;
    },
    "source.security.mechanism",
    "found with SSL, which does not use it; allowed with SASL_PLAINTEXT, SASL_SSL: remove it, or change security.protocol",
  ],
  [
    "users for a protocol that sends none",
    (raw) => {
      raw.source.security = { protocol: "PLAINTEXT" };
      delete raw.source.credentials.mirror;
    },
    "source.credentials",
    "found with PLAINTEXT, which does not use it; allowed with SASL_PLAINTEXT, SASL_SSL: remove it, or change security.protocol",
  ],
  [
    "a mechanism that KubeDB's brokers do not offer",
    (raw) => (raw.target.security.mechanism = "SCRAM-SHA-512"),
    "target.security.mechanism",
    "found SCRAM-SHA-512, which KubeDB's brokers do not offer; allowed: PLAIN, SCRAM-SHA-256",
  ],
  [
    "a workload's mechanism that KubeDB's brokers do not offer",
    (raw) =>
      (raw.workloads[0].login = {
        ...{ source: { secret: "foo-source" }, target: { secret: "foo-target", mechanism: "SCRAM-SHA-512" } },
        password: { secret: "foo-login", key: "password" },
      }),
    "workloads[0].login.target.mechanism",
    "found SCRAM-SHA-512, which KubeDB's brokers do not offer; allowed: PLAIN, SCRAM-SHA-256",
  ],
  [
    "a user made into the runner's Secret",
    (raw) => {
      raw.source.security.mechanism = "SCRAM-SHA-256";
      raw.source.credentials.mirror = { secret: "kafka-admin", create: true };
    },
    "source.credentials.mirror.secret",
    "it is also the Secret of the source's runner, and create: true would overwrite its password; allowed: another Secret",
  ],
  [
    "users of both sides made into one Secret",
    (raw) => {
      for (const side of [raw.source, raw.target]) {
        side.security.mechanism = "SCRAM-SHA-256";
        side.credentials.mirror = { secret: "mirror", create: true };
      }
    },
    "target.credentials.mirror.secret",
    "it is also the Secret of the source's mirror, and create: true would overwrite its password; allowed: another Secret",
  ],
  [
    "a workload's address in the place of a password",
    (raw) => (raw.workloads[0].bootstrap = { secret: "kafka-admin", key: "password" }),
    "workloads[0].bootstrap.key",
    "it holds a user's name or password under credentials, which an address would overwrite; allowed: the key with the bootstrap address",
  ],
];
