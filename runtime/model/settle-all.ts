/** Awaits all, then throws what failed; `Promise.all` would return while others still act. */
export async function settleAll<const W extends readonly Promise<unknown>[]>(
  work: W,
): Promise<{ -readonly [K in keyof W]: Awaited<W[K]> }> {
  const results = await Promise.allSettled(work);
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  const lost = failures.find((error) => error instanceof LeaseLost);
  if (lost !== undefined || failures.length === 1) throw lost ?? failures[0];
  if (failures.length > 1) {
    const messages = failures.map((error) => (error instanceof Error ? error.message : String(error)));
    throw new Error([...new Set(messages)].join("; "));
  }
  const values = results.map((result) => (result as PromiseFulfilledResult<unknown>).value);
  return values as { -readonly [K in keyof W]: Awaited<W[K]> };
}

/** The lease is gone: another process may act, so this one must not, not even to put things back. */
export class LeaseLost extends Error {}
