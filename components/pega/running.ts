/** What the program itself reads of a release before it registers anything; it changes nothing. */
import type { PegaScope, ReleaseRef, RunningRelease } from "@kafka-migration/kafka";

/** What runs; null if there is no such release. Rejects with a sentence if it cannot be read. */
export async function readRunning(ref: ReleaseRef): Promise<RunningRelease | null> {
  const kafka = await import("@kafka-migration/kafka");
  return kafka.readRelease(ref);
}

/** Replicas by producing tier: what is noted on it, or what it has where the drain was undone and nothing is noted. */
export async function replicasToRestore(scope: PegaScope): Promise<Record<string, number>> {
  const kafka = await import("@kafka-migration/kafka");
  return kafka.replicasToRestore(scope);
}
