/** Whether applications are allowed to do on the target what they are on the source, and can log in; pure. */
import type { Applications } from "../model/rights.ts";

/** Users of applications that move come first. */
export function byApplication<T extends { readonly user: string }>(
  found: readonly T[],
  applications: Applications,
): T[] {
  const has = ({ user }: T): number => ((applications[user] ?? []).length > 0 ? 0 : 1);
  return [...found].sort((a, b) => has(a) - has(b));
}

export function whoIs(user: string, applications: Applications): string {
  const names = applications[user] ?? [];
  if (names.length === 0) return `user ${user}`;
  return `application${names.length === 1 ? "" : "s"} ${names.join(", ")}`;
}
