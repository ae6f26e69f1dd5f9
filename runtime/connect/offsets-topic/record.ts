/** One record of Connect's offsets topic. Pure. */
import { ExactNumber, parseExactly, textOf, type ExactJson } from "../../model/exact-json.ts";

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

/** How the keys of a connector begin; to compare bytes is cheaper than to parse what is of other connectors. */
export const keyPrefix = (connector: string): Buffer => Buffer.from(`[${JSON.stringify(connector)},`);

/** Whether a key has Connect's form as far as its ends tell, whatever connector it is of. */
export const looksLikeKey = (key: Buffer): boolean =>
  key.length > 4 && key[0] === brackets[0] && key[1] === brackets[1] && key.at(-1) === brackets[2];

const brackets = Buffer.from('["]');

function parsedOf(bytes: Buffer): unknown {
  try {
    return parseExactly(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
