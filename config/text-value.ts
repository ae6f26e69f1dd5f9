/**
 * A value of the config's first level: Pulumi hands over all of them as text, maps and lists as JSON. A time below the first
 * level is turned back into what stood in the file: `pulumi config set` of any key writes `"2026-11-21T14:05:00Z"` as
 * `2026-11-21 14:05:00 +0000 UTC`.
 */
export function parseValue(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown) =>
      typeof value === "string" ? asWritten(value) : value,
    ) as unknown;
  } catch {
    return text;
  }
}

/** How Go, in which Pulumi is written, prints a time: date, time, offset and the zone's name. */
const printedByGo = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) ([+-]\d\d)(\d\d) (?:[A-Z]{2,5}|[+-]\d{2,4})$/;

function asWritten(value: string): string {
  const [, date, time, hours, minutes] = printedByGo.exec(value) ?? [];
  if (date === undefined) return value;
  return `${date}T${time!}${hours === "+00" && minutes === "00" ? "Z" : `${hours!}:${minutes!}`}`;
}
