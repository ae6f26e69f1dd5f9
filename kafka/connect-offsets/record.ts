/** One record of Connect's offsets topic. Pure. */
import { ExactNumber, parseExactly, textOf } from "../exact-json.ts";
import type { ExactJson } from "../exact-json.ts";

/** Whose position a record is, or null if its key is not Connect's. */
export interface RecordKey {
  readonly connector: string;
  /** JSON text with sorted keys. */
  readonly partition: string;
}

/** Reads a key such as `["shop-source-all",{"cluster":"source","partition":0,"topic":"orders"}]`. */
export function recordKey(key: Buffer): RecordKey | null {
  const parsed = parsedOf(key);
  if (!Array.isArray(parsed) || parsed.length !== 2) return null;
  const [connector, partition] = parsed as [unknown, ExactJson];
  if (typeof connector !== "string" || !isObject(partition)) return null;
  return { connector, partition: textOf(partition) };
}

/** Reads a value such as `{"offset":41}` as JSON text with sorted keys; null if it is not Connect's. */
export function recordOffset(value: Buffer): string | null {
  const parsed = parsedOf(value);
  return isObject(parsed) ? textOf(parsed as ExactJson) : null;
}

/** An object, or null where there is none. */
const isObject = (value: unknown): boolean =>
  typeof value === "object" && !Array.isArray(value) && !(value instanceof ExactNumber);

function parsedOf(bytes: Buffer): unknown {
  try {
    return parseExactly(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
