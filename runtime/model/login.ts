/**
 * How clients log in: one row per SASL mechanism, and one for the client certificate of mutual TLS, which goes with or
 * without a mechanism. A new mechanism is a new row; config, checks, Secrets and every client follow from it.
 */
import { usesSasl, type Protocol } from "./protocol.ts";
import { listed } from "./words.ts";

/** What a Secret holds, by key. */
export type SecretTexts<Key extends string = string> = Readonly<Record<Key, string>>;

/** Arguments of Pulumi's Kafka provider that a login fills in. */
type ProviderArgument = "saslUsername" | "saslPassword" | "saslTokenUrl";

/** What our own client of the brokers takes besides the mechanism. */
export interface BrokerCredentials {
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
}

interface LoginRow<Key extends string = string> {
  /** What descriptions call it, one word for mechanisms that look the same to the reader. */
  readonly family: string;
  /** Keys of the Secret; a Secret that lacks one is refused. */
  readonly secretKeys: readonly Key[];
  /** The key that holds the name by which the brokers know the user; absent where no key says it. */
  readonly nameKey?: NoInfer<Key>;
  /** Whether a Secret must be named; without one the client finds its credentials itself. */
  readonly needsUser: boolean;
  /** Java clients: Connect's workers, MirrorMaker 2, connectors, Kafbat UI. */
  readonly java: {
    /** Class of the login module in `sasl.jaas.config`. */
    readonly module: string;
    /** The module's options, and the key of the Secret that each is. */
    readonly options: Readonly<Record<string, NoInfer<Key>>>;
    /** Properties besides `sasl.mechanism` and `sasl.jaas.config`; default: none. */
    properties?(secret: SecretTexts<NoInfer<Key>>): Readonly<Record<string, string>>;
  };
  /** The client of our own, @platformatic/kafka. */
  forBrokers(secret: SecretTexts<NoInfer<Key>>): BrokerCredentials | Promise<BrokerCredentials>;
  /** Pulumi's Kafka provider: its name of the mechanism, and the key of the Secret that each argument is. */
  readonly provider: {
    readonly saslMechanism: string;
    readonly arguments: Readonly<Partial<Record<ProviderArgument, NoInfer<Key>>>>;
  };
  /** Users that this program makes: Kafka's number of the mechanism, else why it makes none, said of the mechanism. */
  readonly users: { readonly scramType: number } | { readonly madeElsewhere: string };
}

/** Lets the compiler find a key that the row's Secret does not have. */
const row = <const Key extends string>(of: LoginRow<Key>): LoginRow<Key> => of;

const usernameAndPassword = {
  secretKeys: ["username", "password"],
  nameKey: "username",
  needsUser: true,
  forBrokers: ({ username, password }: SecretTexts<"username" | "password">): BrokerCredentials => ({
    username,
    password,
  }),
} as const;

const providerUser = { saslUsername: "username", saslPassword: "password" } as const;
const jaasUser = { username: "username", password: "password" } as const;

const scram = (of: { readonly provider: string; readonly scramType: number }) =>
  row({
    ...usernameAndPassword,
    family: "SCRAM",
    java: { module: "org.apache.kafka.common.security.scram.ScramLoginModule", options: jaasUser },
    provider: { saslMechanism: of.provider, arguments: providerUser },
    users: { scramType: of.scramType },
  });

const rows = {
  PLAIN: row({
    ...usernameAndPassword,
    family: "PLAIN",
    java: { module: "org.apache.kafka.common.security.plain.PlainLoginModule", options: jaasUser },
    provider: { saslMechanism: "plain", arguments: providerUser },
    users: { madeElsewhere: "whose users stand in the brokers' own files" },
  }),
  "SCRAM-SHA-256": scram({ provider: "scram-sha256", scramType: 1 }),
  "SCRAM-SHA-512": scram({ provider: "scram-sha512", scramType: 2 }),
};

/** Mutual TLS: the certificate that a client shows, alone or with a mechanism. */
export const clientCertificate = {
  secretKeys: { certificate: "tls.crt", key: "tls.key" },
  /** Properties of Java clients. */
  java: ({ certificate, key }: { readonly certificate: string; readonly key: string }) => ({
    "ssl.keystore.type": "PEM",
    "ssl.keystore.key": key,
    "ssl.keystore.certificate.chain": certificate,
  }),
  /** The client of our own, as options of Node's TLS. */
  forBrokers: ({ certificate, key }: { readonly certificate: string; readonly key: string }) => ({
    cert: certificate,
    key,
  }),
} as const;

export type Mechanism = keyof typeof rows;

export const mechanisms = Object.keys(rows) as [Mechanism, ...Mechanism[]];

/** The mechanism of a side which names none. */
export const usualMechanism: Mechanism = "PLAIN";

/** The mechanism of a user that is made where the others' cannot have one. */
export const usualMade: Mechanism = "SCRAM-SHA-256";

const rowOf = (mechanism: Mechanism): LoginRow => rows[mechanism];

/** What a side's clients log in by; null where its protocol has no users: nothing, or a certificate alone. */
export const saslMechanism = (of: {
  readonly protocol: Protocol;
  readonly mechanism?: Mechanism | undefined;
}): Mechanism | null => (usesSasl(of.protocol) ? (of.mechanism ?? usualMechanism) : null);

export const secretKeys = (mechanism: Mechanism): readonly string[] => rowOf(mechanism).secretKeys;

/** The Secret's keys where they are not `username` and `password`. */
export function ownSecretKeys(mechanism: Mechanism): readonly string[] | undefined {
  const { secretKeys: keys } = rowOf(mechanism);
  return keys.join() === usernameAndPassword.secretKeys.join() ? undefined : keys;
}

/** Every key that some mechanism's Secret holds. */
export const everySecretKey: readonly string[] = [...new Set(mechanisms.flatMap(secretKeys))];

/** Whether a Secret with a user must be named for it. */
export const needsUser = (mechanism: Mechanism): boolean => rowOf(mechanism).needsUser;

/** The user's name as the brokers know it; undefined where the Secret does not say it. */
export function nameIn(mechanism: Mechanism, secret: SecretTexts): string | undefined {
  const { nameKey } = rowOf(mechanism);
  return nameKey === undefined ? undefined : secret[nameKey];
}

/** The value of `sasl.jaas.config`; quotes and backslashes in the Secret's texts are escaped as JAAS wants them. */
export function jaasConfig(mechanism: Mechanism, secret: SecretTexts): string {
  const { module, options } = rowOf(mechanism).java;
  const quoted = (value: string): string => `"${value.replace(/[\\"]/g, "\\$&")}"`;
  const texts = Object.entries(options).map(([option, key]) => `${option}=${quoted(secret[key] ?? "")}`);
  return `${module} required ${texts.join(" ")};`;
}

/** Everything that a Java client needs to log in, without TLS. */
export const javaLogin = (mechanism: Mechanism, secret: SecretTexts): Record<string, string> => ({
  "sasl.mechanism": mechanism,
  "sasl.jaas.config": jaasConfig(mechanism, secret),
  ...rowOf(mechanism).java.properties?.(secret),
});

/** What the client of our own takes as `sasl`. */
export const brokerLogin = async (
  mechanism: Mechanism,
  secret: SecretTexts,
): Promise<BrokerCredentials & { readonly mechanism: Mechanism }> => ({
  mechanism,
  ...(await rowOf(mechanism).forBrokers(secret)),
});

/** What Pulumi's Kafka provider takes, the value of each key of the Secret being what `valueOf` gives. */
export function providerLogin<T>(
  mechanism: Mechanism,
  valueOf: (key: string) => T,
): { saslMechanism: string } & Partial<Record<ProviderArgument, T>> {
  const { saslMechanism: name, arguments: keys } = rowOf(mechanism).provider;
  const values = Object.entries(keys).map(([argument, key]) => [argument, valueOf(key)] as const);
  return { saslMechanism: name, ...(Object.fromEntries(values) as Partial<Record<ProviderArgument, T>>) };
}

/** Mechanisms of which this program makes users. */
export const madeMechanisms: readonly Mechanism[] = mechanisms.filter((one) => "scramType" in rowOf(one).users);

/** Why no user of it is made, said of the mechanism ("whose users …"); undefined where users are made. */
export function madeElsewhere(mechanism: Mechanism): string | undefined {
  const { users } = rowOf(mechanism);
  return "madeElsewhere" in users ? users.madeElsewhere : undefined;
}

/** How a user that is made logs in, where the others log in by the given mechanism. */
export const madeAs = <M extends Mechanism | undefined>(mechanism: M): M | Mechanism =>
  mechanism === undefined || madeMechanisms.includes(mechanism) ? mechanism : usualMade;

/** The mechanism that Kafka's requests about SCRAM users give a number; undefined for a number that has no row. */
export const scramMechanism = (scramType: number): Mechanism | undefined =>
  mechanisms.find((one) => {
    const { users } = rowOf(one);
    return "scramType" in users && users.scramType === scramType;
  });

/**
 * Mechanisms by which an application with that Secret may log in, where its own is not known: the given one, then those
 * that show nobody its password. Pure.
 */
export function mechanismsToTry(mechanism: Mechanism): readonly [Mechanism, ...Mechanism[]] {
  return [mechanism, ...madeMechanisms.filter((one) => one !== mechanism)];
}

/** For descriptions: the mechanisms by family, `PLAIN or SCRAM`. */
export const familiesText = listed([...new Set(mechanisms.map((one) => rowOf(one).family))]);

/** For descriptions: the mechanisms that no user is made of, `PLAIN`. */
export const notMadeText = listed(mechanisms.filter((one) => !madeMechanisms.includes(one)));

/** For descriptions: the keys of a Secret, `username and password`, once for mechanisms with the same keys. */
export const secretKeysText = [...new Set(mechanisms.map((one) => listed(secretKeys(one), "and")))].join(", or ");
