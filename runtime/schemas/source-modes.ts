/** READONLY on the source, so that no id is given there any more, and what was set before. */
import type { ModesJournal } from "../model/registry-modes.ts";
import { contextsOf, readModes, subjectsOf, type Content } from "../registry/read.ts";
import { RegistryError, type RegistryRest } from "../registry/rest.ts";
import { placeName, placeOf } from "../registry/subjects.ts";

/**
 * Makes the source READONLY: globally, in each context, and in each subject with a mode of its own, which would
 * outlive the global one. Former modes are journalled first, and never overwritten by those of an earlier attempt.
 * Returns why the source cannot be made READONLY where it has no modes.
 */
export async function sealSource(
  source: RegistryRest,
  content: Content,
  journal: ModesJournal,
): Promise<string | null> {
  const wide = contextsOf(content).map(placeOf);
  const own = await refused(() => readModes(source, [...wide, ...subjectsOf(content)]));
  if ("why" in own) {
    await journal.setModes(journal.modes() ?? {});
    return own.why;
  }
  const changing = [...new Set([...wide, ...own.value.keys()])].filter((place) => own.value.get(place) !== "READONLY");
  const known = journal.modes();
  const former = Object.fromEntries(changing.map((place) => [place, own.value.get(place) ?? null]));
  if (changing.length > 0 || known === null) await journal.setModes({ ...former, ...known });
  for (const place of changing) {
    const set = await refused(() => source.setMode(place, "READONLY"));
    const mode = "why" in set ? null : await source.mode(place);
    if (mode === "READONLY") continue;
    const why = "why" in set ? set.why : `it accepts READONLY as ${placeName(place)} but reports ${mode ?? "nothing"}`;
    // The first one shows whether the server has modes at all; if an earlier attempt has closed it, it has.
    const closed = [...own.value].some(([each, was]) => was === "READONLY" && (known?.[each] ?? was) !== was);
    if (place !== changing[0] || closed) throw new Error(`the source's registry cannot be closed: ${why}`);
    await journal.setModes({});
    return why;
  }
  return null;
}

/** Puts the source's modes back as they were, reads them back and forgets them. */
export async function restoreSource(source: RegistryRest, journal: ModesJournal): Promise<number> {
  const former = Object.entries(journal.modes() ?? {});
  for (const [place, mode] of former) {
    if ((await source.mode(place)) === mode) continue;
    if (mode === null && place !== "") await source.deleteMode(place);
    // What was IMPORT is entered again over what is registered.
    else await source.setMode(place, mode ?? "READWRITE", mode === "IMPORT");
    const now = await source.mode(place);
    if (now !== (mode ?? (place === "" ? "READWRITE" : null))) {
      throw new Error(
        `${placeName(place)} of the source's registry is ${now ?? "not set"}, expected ${mode ?? "none"}`,
      );
    }
  }
  await journal.setModes(null);
  return former.length;
}

async function refused<T>(act: () => Promise<T>): Promise<{ readonly value: T } | { readonly why: string }> {
  try {
    return { value: await act() };
  } catch (error) {
    if (error instanceof RegistryError && ![401, 403].includes(error.status)) return { why: error.message };
    throw error;
  }
}
