/** What went wrong with a Kafka client, in a few words and without secrets, and as Kafka's own names of errors. */

/** A broker that is away or gives no answer; the message names it. */
export class BrokerError extends Error {}

/** An error code in an answer of Kafka, as its clients' own errors carry it. */
export class CodeError extends Error {
  /** Kafka's name of the error, such as `CLUSTER_AUTHORIZATION_FAILED`. */
  readonly apiId: string;

  constructor(code: string) {
    super(code);
    this.apiId = code;
  }
}

/** A request that a broker does not take in any version that this program can use. It was not sent. */
export class VersionError extends CodeError {
  constructor(sentence: string) {
    super("UNSUPPORTED_VERSION");
    this.message = sentence;
  }
}

const codeOf = (error: Error): string | null =>
  "apiId" in error && typeof error.apiId === "string" ? error.apiId : null;

/** Kafka's names of everything that went wrong, such as `GROUP_AUTHORIZATION_FAILED`, the outermost first. */
export function kafkaErrorCodes(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const own = codeOf(error);
  const inner = error instanceof AggregateError ? error.errors : [error.cause];
  return [...(own === null ? [] : [own]), ...inner.flatMap(kafkaErrorCodes)];
}

/**
 * The library nests the reason (a refused connection, a wrong password, Kafka's own error) under general messages;
 * this is the innermost one.
 */
export function kafkaError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof VersionError) return error.message;
  const kafka = codeOf(error);
  if (kafka === "SASL_AUTHENTICATION_FAILED") return "the credentials are refused";
  if (kafka !== null) return kafka;
  if (error instanceof AggregateError && error.errors.length > 0) {
    return [...new Set(error.errors.map(kafkaError))].join("; ");
  }
  if (error.cause !== undefined && error.cause !== null) return kafkaError(error.cause);
  // What the library trips over while it reads an answer: a server of another kind listens there.
  if (error instanceof TypeError || error instanceof RangeError) return `its answer is not Kafka's (${error.message})`;
  return error.message.replace(/\.$/, "");
}
