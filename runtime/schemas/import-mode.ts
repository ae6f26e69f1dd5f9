/** IMPORT on the target: set only if nothing is lost by it, and always read back. */
import { contextsOf, readModes, subjectsOf, type Content } from "../registry/read.ts";
import type { RegistryRest } from "../registry/rest.ts";
import { contextOf, placeName, placeOf } from "../registry/subjects.ts";
import { amount, foreign, isOurs, type Difference } from "./compare.ts";

/** Whether the target's registry belongs to this migration. */
export type Ownership =
  /** Nothing was ever registered, soft-deleted versions counted. */
  | { readonly kind: "empty" }
  /** Every place is in IMPORT, and what it holds the source has too. */
  | { readonly kind: "ours" }
  /** It holds nothing but what the source has, and a place is not in IMPORT. */
  | { readonly kind: "equal"; readonly why: string }
  /** It holds something else. */
  | { readonly kind: "foreign"; readonly why: string };

/** Both registries and the target's own modes of contexts. */
export interface Both {
  readonly source: Content;
  readonly target: Content;
  /** Modes by place that are set on the target, the global one and contexts'. */
  readonly modes: ReadonlyMap<string, string>;
}

/** Places whose mode decides how versions of either side can be registered on the target. */
export const modePlaces = ({ source, target }: Pick<Both, "source" | "target">): string[] => [
  ...new Set([...contextsOf(source), ...contextsOf(target)].map(placeOf)),
];

/** Pure. */
export function ownershipOf({ target, modes }: Both, difference: Difference): Ownership {
  if (target.versions.size === 0) return { kind: "empty" };
  if (!isOurs(difference)) return { kind: "foreign", why: foreign(difference) };
  const held = new Set([...target.versions.values()].map(({ subject }) => placeOf(contextOf(subject))));
  const open = [...held].filter((place) => modes.get(place) !== "IMPORT");
  if (open.length === 0) return { kind: "ours" };
  const [place] = open;
  return { kind: "equal", why: `${placeName(place!)} is ${modes.get(place!) ?? "not set"}` };
}

/** Why nothing is copied into a target that is not ours, with what to do. */
export function refusal(target: Content, ownership: Extract<Ownership, { why: string }>): string {
  const versions = [...target.versions.values()];
  const live = versions.filter(({ deleted }) => !deleted);
  if (live.length === 0) {
    return (
      `the target's registry holds ${amount(versions)} that are soft-deleted, which entering IMPORT would delete permanently; ` +
      `delete them with ?permanent=true if they are not needed, or name another registry`
    );
  }
  const holds = `the target's registry holds ${amount(versions)} and is not a copy of this migration`;
  if (ownership.kind === "equal") {
    return (
      `${holds}: all of it is on the source too, and ${ownership.why}, not IMPORT; if both addresses lead to one registry, ` +
      `leave registry out on both sides, because nothing has to be copied; otherwise name an empty one`
    );
  }
  return `${holds}: ${ownership.why}; name an empty registry that only this migration uses`;
}

/**
 * Sets IMPORT in every place that either side has, and reads it back. Never forced unless `again`: a registry that
 * this migration has opened and into which nothing else was registered.
 */
export async function enterImport(target: RegistryRest, both: Both, again = false): Promise<void> {
  for (const place of modePlaces(both)) {
    if (both.modes.get(place) === "IMPORT") continue;
    await target.setMode(place, "IMPORT", again);
    const mode = await target.mode(place);
    if (mode !== "IMPORT") {
      throw new Error(
        `the target's registry accepted IMPORT as ${placeName(place)} but reports ${mode ?? "nothing"}; ` +
          `it does not honour modes, so nothing can be copied into it`,
      );
    }
  }
}

/**
 * Opens the target for producers: modes of subjects go, since each outlives the global one, every place is READWRITE,
 * and all of it is read back.
 */
export async function openTarget(target: RegistryRest, both: Both): Promise<{ readonly removed: readonly string[] }> {
  const subjects = [...new Set([...subjectsOf(both.source), ...subjectsOf(both.target)])];
  const own = [...(await readModes(target, subjects)).keys()];
  for (const subject of own) await target.deleteMode(subject);
  for (const place of modePlaces(both)) {
    if (both.modes.get(place) !== "READWRITE") await target.setMode(place, "READWRITE");
  }
  const left = await notOpen(target, both);
  if (left.length > 0) {
    const sentences = left.map(({ sentence }) => sentence).join(", ");
    throw new Error(`${sentences} although READWRITE was set; no schema can be registered there`);
  }
  return { removed: own };
}

/** A place or subject in which producers cannot register. */
export interface NotOpen {
  readonly mode: string;
  readonly sentence: string;
}

/** Places and subjects of the target that are not open for producers. */
export async function notOpen(target: RegistryRest, both: Pick<Both, "source" | "target">): Promise<NotOpen[]> {
  const subjects = [...new Set([...subjectsOf(both.source), ...subjectsOf(both.target)])];
  const places = modePlaces(both);
  const [wide, own] = [await readModes(target, places), await readModes(target, subjects)];
  // Without a mode of its own a context is as open as the server's default.
  const modes = [...places.map((place) => [place, wide.get(place) ?? "READWRITE"] as const), ...own];
  return modes
    .filter(([, mode]) => mode !== "READWRITE")
    .map(([place, mode]) => ({ mode, sentence: `${placeName(place)} of the target's registry is ${mode}` }));
}
