/** Names of subjects and contexts. A context is a namespace of ids: `.` is the default one, `:.old:orders` is in `.old`. */

/** The context of every subject without a prefix. */
export const defaultContext = ".";

/** Matches the subjects of all contexts where a server knows contexts. */
export const everyContext = ":*:";

/** The context of a subject, or of a place such as `:.old:`. */
export function contextOf(subject: string): string {
  const end = subject.startsWith(":.") ? subject.indexOf(":", 1) : -1;
  return end < 0 ? defaultContext : subject.slice(1, end);
}

/**
 * Where a mode or config of a whole context lies: "" is the global one, which is the default context's;
 * `:.old:` that of context `.old`.
 */
export const placeOf = (context: string): string => (context === defaultContext ? "" : `:${context}:`);

/** A context's name without the colons that some servers list it with. */
export const bareContext = (name: string): string => name.replace(/^:(.*):$/, "$1");

/** A subject that a reference names, as seen from the subject that refers to it: its own context is left out there. */
export const referred = (from: string, subject: string): string =>
  subject.startsWith(":.") ? subject : `${placeOf(contextOf(from))}${subject}`;

/** Path of a resource under a name that may hold `/`, `:` and spaces. */
export const named = (...parts: readonly string[]): string =>
  parts.map((part) => `/${encodeURIComponent(part)}`).join("");

/** How a place is written in sentences. */
export function placeName(place: string): string {
  if (place === "") return "the global mode";
  return contextOf(place) !== defaultContext && placeOf(contextOf(place)) === place
    ? `the mode of context ${contextOf(place)}`
    : `the mode of subject ${place}`;
}
