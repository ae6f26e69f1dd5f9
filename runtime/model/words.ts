/** Lists and numbers as sentences have them. Pure. */

/** The first three of a list and how many more there are. */
export function some(items: readonly string[], more = "partitions"): string {
  if (items.length <= 4) return items.join(", ");
  return `${items.slice(0, 3).join(", ")} and ${items.length - 3} more ${more}`;
}

/** `1 record`, `12 records`. */
export function count(number: number | bigint, noun: string): string {
  return `${number} ${noun}${BigInt(number) === 1n ? "" : "s"}`;
}

/** The verb that fits a number of things: `is` of one, `are` of none or more. */
export const verb = (number: number | bigint, ofOne: string, ofMore: string): string =>
  BigInt(number) === 1n ? ofOne : ofMore;

/** Names in a sentence: all of them, up to twenty. */
export function named(topics: readonly string[]): string {
  const most = 20;
  const more = topics.length > most ? ` and ${topics.length - most} more` : "";
  return `${topics.slice(0, most).join(", ")}${more}`;
}

/** Lines for people, cut after a number that is still read; the last line says how many more there are. */
export function cut(lines: readonly string[], most = 20): string[] {
  return lines.length <= most ? [...lines] : [...lines.slice(0, most), `and ${lines.length - most} more`];
}

/** Words in a row: `one, two or three`. */
export function listed(words: readonly string[], last: "and" | "or" = "or"): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

/** Bytes in the largest unit that leaves a number above one: `1.2 GiB`. */
export function bytesText(bytes: bigint | number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let value = Number(bytes);
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`;
}
