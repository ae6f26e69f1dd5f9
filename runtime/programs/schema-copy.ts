/** In a pod beside the target: what an update copies of the source's registry, again and again between two updates. */
import { setTimeout as sleep } from "node:timers/promises";
import type { SchemaCopySettings } from "../model/programs.ts";
import { count } from "../model/words.ts";
import { copySchemas, type Registries } from "../schemas/copy.ts";
import { withRegistries } from "../schemas/registries.ts";

/**
 * Copies until the signal aborts. It continues what an update has begun and begins nothing: a target that is not in IMPORT is
 * left alone. What cannot be copied is logged once and tried again; the gate `schemas-equal` shows it.
 * @param use opens both registries for one copy. @default clients of their own
 */
export async function copyOn(
  { registries, everySeconds }: SchemaCopySettings,
  signal: AbortSignal,
  log: (line: string) => void,
  use: <T>(copy: (both: Registries) => Promise<T>) => Promise<T> = (copy) =>
    withRegistries({ registries }, { confirm: async () => signal.throwIfAborted() }, copy),
): Promise<void> {
  let said = "";
  const say = (line: string): void => {
    if (line !== said) log(line);
    said = line;
  };
  while (!signal.aborted) {
    try {
      const { versions, deleted, configs } = await use((both) => copySchemas(both, () => undefined, { begun: true }));
      if (versions + deleted + configs === 0) say("the target has everything that the source has");
      else {
        said = "";
        log(`copied ${count(versions, "version")}, ${count(deleted, "soft-delete")} and ${count(configs, "config")}`);
      }
    } catch (error) {
      if (!signal.aborted) say(`not copied: ${error instanceof Error ? error.message : String(error)}`);
    }
    await sleep(everySeconds * 1000, undefined, { signal }).catch(() => undefined);
  }
}
