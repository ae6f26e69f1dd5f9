import type { BrokenConfig } from "./broken-config.ts";

const owners = [
  ["security.protocol", "security.protocol"],
  ["bootstrap.servers", "bootstrap"],
  ["sasl.mechanism", "security.mechanism"],
  ["sasl.jaas.config", "credentials.mirror"],
  ["ssl.truststore.location", "security.caSecret"],
  ["ssl.keystore.key", "security.clientSecret"],
  ["ssl.key.password", "security.clientSecret"],
] as const;

/** TLS, certificates and client properties that do not fit together. */
export const tls: readonly BrokenConfig[] = [
  [
    "TLS for a cluster that is made without it",
    (raw) => delete raw.target.cluster.tls,
    "target.cluster.tls",
    "missing, and the protocol is SASL_SSL; name cert-manager's issuer as tls: {issuer: {name: …}}, or set security.protocol to SASL_PLAINTEXT",
  ],
  [
    "no TLS for a cluster that is made with it",
    (raw) => (raw.target.security.protocol = "SASL_PLAINTEXT"),
    "target.security.protocol",
    "found SASL_PLAINTEXT; allowed with cluster.tls: SASL_SSL, because every listener then speaks TLS",
  ],
  [
    "a cluster that is made without users",
    (raw) => (raw.target.security = { protocol: "SSL" }),
    "target.security.protocol",
    "found SSL; allowed for a cluster that is made here: SASL_PLAINTEXT, SASL_SSL, because its brokers ask for a user",
  ],
  [
    "an authority where nothing is encrypted",
    (raw) => (raw.source.security.protocol = "SASL_PLAINTEXT"),
    "source.security.caSecret",
    "found with SASL_PLAINTEXT, which has no TLS; allowed with SSL, SASL_SSL: remove it, or change security.protocol",
  ],
  [
    "a client's certificate where nothing is encrypted",
    (raw) => (raw.source.security = { protocol: "SASL_PLAINTEXT", mechanism: "PLAIN", clientSecret: "shop-client" }),
    "source.security.clientSecret",
    "found with SASL_PLAINTEXT, which has no TLS; allowed with SSL, SASL_SSL: remove it, or change security.protocol",
  ],
  ...owners.map(([property, owner]): BrokenConfig => [
    `a client property that follows from other keys: ${property}`,
    (raw) => (raw.source.security.properties = { [property]: "x" }),
    `source.security.properties["${property}"]`,
    `set by the program from source.${owner}; remove it here`,
  ]),
];

/** Client properties that are wrong by themselves. */
export const clientProperties: readonly BrokenConfig[] = [
  [
    "an issuer without its name",
    (raw) => (raw.target.cluster.tls.issuer = { kind: "ClusterIssuer" }),
    "target.cluster.tls.issuer.name",
    "missing: name of the issuer",
  ],
  [
    "a client property that would be dropped",
    (raw) => (raw.target.security.properties = { "client.dns.lookup": "use_all_dns_ips" }),
    'target.security.properties["client.dns.lookup"]',
    "MirrorMaker 2 drops it silently; allowed: ssl.* and sasl.*",
  ],
  [
    "a client property that is a secret",
    (raw) => (raw.source.security.properties = { "sasl.oauthbearer.client.secret": "hunter2" }),
    'source.security.properties["sasl.oauthbearer.client.secret"]',
    "it would lie in plain in Git and in Pulumi's state; allowed: properties without secrets",
  ],
];
