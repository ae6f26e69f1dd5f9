import { maySecret } from "../../runtime/model/may-secret.ts";
import { shortHash } from "./rendered.ts";
import { isMap } from "./values.ts";

/** For JSON.stringify: what may be a secret becomes a hash, also the value of a variable that is called like one. */
export function masked(this: unknown, key: string, value: unknown): unknown {
  const holder = isMap(this) ? this : {};
  const name = typeof holder["name"] === "string" ? holder["name"] : "";
  const text = typeof value === "string" ? value : "";
  const hidden = maySecret(key, text) || (key === "value" && maySecret(name, text));
  return hidden && typeof value !== "object" ? `sha256 ${shortHash(value)}` : value;
}
