import { asksForSecret, maySecret } from "../../runtime/model/may-secret.ts";
import { shortHash } from "./rendered.ts";
import { isMap } from "./values.ts";

/**
 * For JSON.stringify: what may be a secret becomes a hash, also the value of a variable that is called like one, and
 * the word of a command after an option that asks for one.
 */
export function masked(this: unknown, key: string, value: unknown): unknown {
  const holder = isMap(this) ? this : {};
  const name = typeof holder["name"] === "string" ? holder["name"] : "";
  const text = typeof value === "string" ? value : "";
  const option: unknown = Array.isArray(this) ? this[Number(key) - 1] : undefined;
  const hidden = maySecret(key, text) || (key === "value" && maySecret(name, text)) || asksForSecret(option);
  return hidden && typeof value !== "object" ? `sha256 ${shortHash(value)}` : value;
}
