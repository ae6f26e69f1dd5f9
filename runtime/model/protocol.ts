/** Kafka's four security protocols: whether clients log in by SASL, and whether what they send is encrypted. */

const table = {
  PLAINTEXT: { sasl: false, tls: false },
  SASL_PLAINTEXT: { sasl: true, tls: false },
  SSL: { sasl: false, tls: true },
  SASL_SSL: { sasl: true, tls: true },
} as const;

export type Protocol = keyof typeof table;

export const protocols = Object.keys(table) as [Protocol, ...Protocol[]];

/** Whether clients log in with a user (SASL). */
export const usesSasl = (protocol: Protocol): boolean => table[protocol].sasl;

/** Whether the connection is encrypted, and a client may show a certificate. */
export const usesTls = (protocol: Protocol): boolean => table[protocol].tls;

/** The protocol that has what the given one has, but for TLS. */
export const tlsOtherwise = (protocol: Protocol): Protocol =>
  protocols.find((other) => usesSasl(other) === usesSasl(protocol) && usesTls(other) !== usesTls(protocol))!;

/** The protocol that has what the given one has, but for users. */
export const withoutUsers = (protocol: Protocol): Protocol =>
  protocols.find((other) => !usesSasl(other) && usesTls(other) === usesTls(protocol))!;
