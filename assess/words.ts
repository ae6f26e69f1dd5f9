export { bytesText } from "../runtime/model/words.ts";

/** `1 topic`, `12 topics`. */
export function count(number: number | bigint, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${BigInt(number) === 1n ? "" : "s"}`;
}

/** `45 s`, `12 min`, `3.5 h`, `6.0 d`. */
export function ageText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(1)} d`;
}

/** The first names, then how many more there are. */
export function someOf(names: readonly string[], limit = 8): string {
  if (names.length <= limit) return names.join(", ");
  return `${names.slice(0, limit).join(", ")} and ${names.length - limit} more`;
}
