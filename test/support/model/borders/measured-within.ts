import type { Part } from "../../../../runtime/model/part.ts";

/** Each world is measured anew. */
export const fresh = (_key: string, _ms: number, measure: () => Promise<Part<unknown>>) => measure();

export async function settled<T>(
  _who: string,
  _deadline: number,
  measure: (signal: AbortSignal) => Promise<T>,
): Promise<Part<T>> {
  try {
    return { value: await measure(new AbortController().signal) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}
