import type { Coupling, Tie } from "./couplings.ts";

export const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");

/** The first few of many names. */
export const few = (names: readonly string[]): string =>
  names.length <= 4 ? quoted(names) : `${quoted(names.slice(0, 3))} and ${names.length - 3} more`;

/** The topics of a coupling, each once. */
export const topicsOf = (ties: readonly Tie[]): string[] => [
  ...new Set(ties.flatMap((tie) => (tie.kind === "topic" ? [tie.topic] : []))),
];

/** What couples two applications, in words: `"billing" reads "orders" of "checkout"`. */
export function linkOf({ before, after, ties }: Coupling): string {
  const topics = topicsOf(ties);
  if (topics.length > 0) return `"${before}" reads ${few(topics)} of "${after}"`;
  const [tie] = ties;
  return tie?.kind === "group"
    ? `"${before}" shares group "${tie.group}" with "${after}"`
    : `"${before}" shares a transactional id with "${after}"`;
}
