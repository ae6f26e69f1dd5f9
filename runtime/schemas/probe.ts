/** Whether a registry can take a copy: tried on a throwaway subject, read back, and cleaned up whatever comes. */
import { randomBytes } from "node:crypto";
import { probeName, type Content } from "../registry/read.ts";
import type { RegistryRest, SchemaVersion } from "../registry/rest.ts";
import { named } from "../registry/subjects.ts";
import { throwaway } from "./copy.ts";

/** What to do instead with a target that cannot import. */
export const alternative =
  "copy the topic _schemas into the target before its registry is started and let that follow the copy, or keep one " +
  "registry for both sides and leave registry out of the config";

/** Null if the registry honours IMPORT and keeps ids and versions, else why it does not. */
export async function probeImport(target: RegistryRest, content: Content): Promise<string | null> {
  await cleanUp(target, content.leftovers);
  const largest = Math.max(0, ...content.largest.values());
  // In its own context the probe's id moves no counter in use; elsewhere it moves it by just enough ids to
  // distinguish a chosen one from the next one.
  const [context, beyond] = content.contexts === null ? ["", 2] : [`:.${probeName}:`, 1000];
  const subject = `${context}${probeName}-${randomBytes(4).toString("hex")}`;
  const version: SchemaVersion = { ...throwaway, subject, version: 7, id: largest + beyond };
  const cleaned: SchemaVersion[] = [version];
  try {
    return await attempt(target, version, cleaned);
  } finally {
    await cleanUp(target, cleaned);
  }
}

async function attempt(target: RegistryRest, version: SchemaVersion, made: SchemaVersion[]): Promise<string | null> {
  const { subject, id } = version;
  const refused = await refusalOf(() => target.setMode(subject, "IMPORT"));
  if (refused !== null) return `it refuses the mode IMPORT (${refused})`;
  const mode = await target.mode(subject);
  if (mode !== "IMPORT") return `it accepts the mode IMPORT but reports ${mode ?? "none"}`;
  let given: number | undefined;
  const unregistered = await refusalOf(async () => void (given = await target.register(version)));
  if (unregistered !== null) return `it refuses a schema with an id under IMPORT (${unregistered})`;
  const numbers = await target.find<number[]>(`/subjects${named(subject)}/versions`);
  for (const number of numbers ?? []) if (number !== version.version) made.push({ ...version, version: number });
  if (given !== id) return `it took a schema with id ${id} and gave it id ${given}: the mode is stored without effect`;
  const found = await target.find<SchemaVersion>(`/subjects${named(subject)}/versions/${version.version}`);
  if (found?.id !== id) {
    return `it took a schema with id ${id} as version ${version.version} and has version ${numbers?.join(", ") ?? "none"} of it`;
  }
  return null;
}

/** Removes versions of probes with their modes. Rejects with the names of what could not be removed. */
async function cleanUp(target: RegistryRest, versions: readonly SchemaVersion[]): Promise<void> {
  const subjects = [...new Set(versions.map(({ subject }) => subject))];
  const contexts = new Set<string>();
  for (const subject of subjects) {
    try {
      for (const { version } of versions.filter((each) => each.subject === subject)) {
        await target.deleteVersion(subject, version);
        // What was never created, or cannot be deleted twice, is checked below.
        await refusalOf(() => target.deleteVersion(subject, version, true));
      }
      // A server without such modes has nothing to remove.
      await refusalOf(() => target.deleteMode(subject));
      const left = await target.find<number[]>(`/subjects${named(subject)}/versions?deleted=true`);
      if (left !== null && left.length > 0) throw new Error(`version ${left.join(", ")} is still there`);
    } catch (error) {
      throw new Error(
        `the throwaway subject ${subject} could not be removed from the target's registry (${text(error)}); ` +
          `delete it there, then once more with ?permanent=true, and its mode`,
        { cause: error },
      );
    }
    if (subject.startsWith(":.")) contexts.add(subject.slice(1, subject.indexOf(":", 1)));
  }
  for (const context of contexts) await refusalOf(() => target.deleteContext(context));
}

/** Null if it was done, else the registry's own words; what keeps it from answering at all rejects. */
async function refusalOf(act: () => Promise<void>): Promise<string | null> {
  try {
    await act();
    return null;
  } catch (error) {
    if (error instanceof Error && "status" in error && ![401, 403].includes(error.status as number)) {
      return error.message.replace(/^the target's registry: /, "");
    }
    throw error;
  }
}

const text = (error: unknown) => (error instanceof Error ? error.message : String(error));
