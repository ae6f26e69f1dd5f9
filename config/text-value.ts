/** A value of the config's first level: Pulumi hands over all of them as text, maps and lists as JSON. */
export function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
