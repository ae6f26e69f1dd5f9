/**
 * Calls `act` for each item, at most `most` at a time, and returns the results in the same order. After the first
 * failure none is begun any more; rejects with it once the others have ended.
 */
export async function inParallel<T, R>(most: number, items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const results = Array<R>(items.length);
  let next = 0;
  const failures: unknown[] = [];
  const worker = async () => {
    while (next < items.length && failures.length === 0) {
      const at = next++;
      try {
        results[at] = await act(items[at]!);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
