/** Whoever asks may write everywhere. */
export async function unwritable(): Promise<string[]> {
  return [];
}
