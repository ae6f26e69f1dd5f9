import type { Deleting } from "../../../../runtime/topics/delete-for-good.ts";

/** Nobody asks for these topics in this world; looking on for seconds would only let it write. */
export async function deleteForGood(topics: readonly string[], { remove }: Deleting): Promise<void> {
  if (topics.length > 0) await remove(topics);
}
