import leven from "leven";

/** `; did you mean "mirror"?` where a known name is close to the one that was found, else an empty text. */
export function didYouMean(found: string, names: readonly string[]): string {
  const best = names
    .map((name) => ({ name, distance: leven(found.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return best && best.distance <= 3 ? `; did you mean "${best.name}"?` : "";
}
