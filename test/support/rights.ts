import type { Inventory } from "../../config/inventory.ts";

export type LockedAcl = Inventory["acls"][number];

/** An ACL in words: `User:a Allow Read Topic orders.* 10.0.0.5`; a name that ends with an asterisk is a prefix. */
export function lockedAcl(words: string): LockedAcl {
  const [principal = "", permission = "", operation = "", resourceType = "", name = "", host = "*"] = words.split(" ");
  const prefixed = name.length > 1 && name.endsWith("*");
  return {
    ...{ principal, host, operation, permission: permission as "Allow", resourceType },
    resourceName: prefixed ? name.slice(0, -1) : name,
    patternType: prefixed ? "Prefixed" : "Literal",
  };
}
