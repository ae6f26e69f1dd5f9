/** Measurements that never reject, and that gates of one process share. */
import type { Part } from "./part.ts";

const recent = new Map<string, { readonly at: number; readonly part: Promise<Part<unknown>> }>();

/** The measurement of this key if it is at most `freshMs` old, else a new one. */
export function fresh(key: string, freshMs: number, measure: () => Promise<Part<unknown>>): Promise<Part<unknown>> {
  const known = recent.get(key);
  if (known !== undefined && Date.now() - known.at <= freshMs) return known.part;
  const part = measure();
  recent.set(key, { at: Date.now(), part });
  return part;
}

/** What was measured, or why it could not be; `who` gave no answer once the deadline has passed. */
export async function settled<T>(
  who: string,
  deadline: number,
  measure: (signal: AbortSignal) => Promise<T>,
): Promise<Part<T>> {
  const milliseconds = Math.max(deadline - Date.now(), 1);
  const signal = AbortSignal.timeout(milliseconds);
  const late = Promise.withResolvers<Part<T>>();
  const timer = setTimeout(
    () => late.resolve({ error: `${who} gave no answer within ${Math.round(milliseconds / 100) / 10} s` }),
    milliseconds,
  );
  try {
    const measured = measure(signal).then(
      (value): Part<T> => ({ value }),
      (error: unknown): Part<T> => ({ error: error instanceof Error ? error.message : String(error) }),
    );
    return await Promise.race([measured, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
