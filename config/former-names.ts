/** Keys that had another name in the former version, which a stack file may still have. Pure. */

/** The same config with today's names; a key that is there under both stays, and is refused as unknown. */
export function withoutFormerNames(raw: unknown): unknown {
  const users = at(at(raw, "rights"), "users");
  if (!Array.isArray(users)) return raw;
  const { rights } = raw as { rights: object };
  return { ...(raw as object), rights: { ...rights, users: users.map(renamedUser) } };
}

/** `existing` was `standing`. */
function renamedUser(user: unknown): unknown {
  if (!isObject(user) || !("standing" in user) || "existing" in user) return user;
  const { standing: existing, ...others } = user;
  return { ...others, existing };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const at = (value: unknown, key: string): unknown => (isObject(value) ? value[key] : undefined);
