/** Deleting topics that a client may still ask for: a broker that makes what is asked for makes them anew. */
import type { Pace } from "../model/pace.ts";
import { named } from "../model/words.ts";

export interface Deleting {
  /** Those of the topics that are there now. */
  readonly there: () => Promise<readonly string[]>;
  readonly remove: (topics: readonly string[]) => Promise<void>;
  readonly pace: Pace;
}

/** A client notices within the half second that it waits for records, and a broker makes a topic at once. */
const quietMilliseconds = 3_000;
const pollMilliseconds = 1_000;

/**
 * Deletes until none of the topics has been there for three seconds. Rejects with what the last attempt met, or with who may be
 * at work, if they are there after `patience` milliseconds.
 */
export async function deleteForGood(
  topics: readonly string[],
  { there, remove, pace }: Deleting,
  patience = 60_000,
): Promise<void> {
  if (topics.length === 0) return;
  const begun = pace.now();
  let [quietSince, refused]: [number | null, unknown] = [null, null];
  for (;;) {
    const left = await there();
    if (left.length === 0) quietSince ??= pace.now();
    else {
      quietSince = null;
      // One that is on its way out already is refused, and is not there the next time.
      refused = await remove(left).then(
        () => null,
        (error: unknown) => error,
      );
    }
    if (quietSince !== null && pace.now() - quietSince >= quietMilliseconds) return;
    if (pace.now() - begun > patience) {
      if (refused instanceof Error) throw refused;
      throw new Error(
        `${named(topics)} come back whenever they are deleted: a client still asks for them, and the brokers have ` +
          "auto.create.topics.enable; stop that client, then run pulumi up again",
      );
    }
    await pace.pause(pollMilliseconds);
  }
}
