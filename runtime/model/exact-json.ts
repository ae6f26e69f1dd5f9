/** JSON with numbers that may exceed a double: each is kept as the text that was sent. Pure. */

/** One JSON value. */
export type ExactJson =
  string | boolean | null | ExactNumber | readonly ExactJson[] | { readonly [key: string]: ExactJson };

/** A number as it was written. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Reads JSON. Throws a SyntaxError if it is none. */
export const parseExactly = (text: string): unknown =>
  JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === "number" ? new ExactNumber(context?.source ?? String(value)) : value,
  );

/** The value as JSON text with sorted keys. */
export function textOf(value: ExactJson): string {
  if (value instanceof ExactNumber) return value.text;
  if (Array.isArray(value)) return `[${(value as readonly ExactJson[]).map(textOf).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value as Record<string, ExactJson>).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${textOf(inner)}`).join(",")}}`;
}

/** An integer of any length; null for every other value. */
export const integerOf = (value: unknown): bigint | null =>
  value instanceof ExactNumber && /^-?\d+$/.test(value.text) ? BigInt(value.text) : null;
