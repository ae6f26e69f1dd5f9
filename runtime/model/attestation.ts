/** What a person vouches for because nothing here can measure it: who, when, and whether it was said late enough to count. Pure. */

/** Shown in every preview. */
export interface Attestation {
  /** Who says so. */
  readonly by: string;
  /** When it was seen, ISO 8601. */
  readonly at: string;
  readonly words: string;
}

/** Clocks of two machines may differ by this much. */
const skewMilliseconds = 60_000;

/** An attestation in words. */
export const wordsOf = ({ by, at, words }: Attestation): string => `${by} at ${at}: "${words}"`;

/** What made an attestation worth asking for. */
export interface Asking {
  /** ISO 8601. */
  readonly at: string;
  /** As the middle of a sentence: `revision 3 of the release began at 2026-11-21T10:00:00Z`. */
  readonly words: string;
}

/** Why an attestation does not count: it lies in the future, or before what made it worth asking. Null if it counts. */
export function doubt(attested: Attestation, after: Asking | null, now: number): string | null {
  const at = Date.parse(attested.at);
  if (Number.isNaN(at)) return `the time "${attested.at}" that ${attested.by} attests is no ISO 8601 time`;
  if (at > now + skewMilliseconds) return `what ${attested.by} attests lies in the future (${attested.at})`;
  if (after !== null && at < Date.parse(after.at)) {
    return `what ${attested.by} attests was seen at ${attested.at}, before ${after.words}; look again`;
  }
  return null;
}
