/** Something that gates measure. */

/** The time that one measurement has. */
export interface Time {
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

/** One measurement: who is asked, for the sentence that says that nobody answered, and how. */
export interface Measurement<Scope, Question, Value> {
  readonly whom: (scope: Scope) => string;
  /** @param question what the gate asks, for measurements that have to be told something */
  readonly read: (scope: Scope, question: Question, time: Time) => Promise<Value>;
  /** Present where one request may take as long as it does, whatever is left for the measurement. */
  readonly unhurried?: true;
}
