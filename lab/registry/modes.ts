import { invalidMode, noMode, notPermitted, referenceExists } from "./errors.ts";
import type { Registry } from "./registry.ts";
import type { Change } from "./state.ts";
import { contextOf, everyContext, globalScope, isInScope, scopesOf } from "./subjects.ts";

const modes = ["READWRITE", "READONLY", "READONLY_OVERRIDE", "IMPORT", "FORWARD"];

/** The mode that holds for a scope: its own, else its context's, else the one of every context, else READWRITE. */
export function modeInScope({ state }: Registry, scope: string): string {
  const found = scopesOf(scope).flatMap((one) => state.modes.get(one) ?? []);
  const overriding = scopesOf(scope)
    .slice(1)
    .some((one) => state.modes.get(one) === "READONLY_OVERRIDE");
  return overriding ? "READONLY_OVERRIDE" : (found[0] ?? "READWRITE");
}

/** `GET /mode/{subject}`; without `defaultToGlobal` only a mode of the scope's own counts, but for the global one. */
export function getMode(registry: Registry, scope: string, defaultToGlobal: boolean): { mode: string } {
  const own = registry.state.modes.get(scope);
  if (own === undefined && !defaultToGlobal && scope !== globalScope) throw noMode(scope);
  return { mode: modeInScope(registry, scope) };
}

/**
 * `PUT /mode`. Entering IMPORT takes a scope without live versions and purges its soft-deleted ones for good; `force`
 * skips both. A mode that is IMPORT already, by whatever scope, is entered without a look.
 */
export function putMode(registry: Registry, scope: string, wanted: unknown, force: boolean): { mode: string } {
  assertMutable(registry);
  const mode = String(wanted).toUpperCase();
  if (!modes.includes(mode) || (mode === "FORWARD" && scope !== globalScope && scope !== everyContext))
    throw invalidMode();
  const enters = registry.obeysModes && mode === "IMPORT" && modeInScope(registry, scope) !== "IMPORT" && !force;
  registry.commit([...(enters ? purges(registry, scope) : []), { kind: "mode", scope, value: mode }]);
  return { mode };
}

function purges({ state }: Registry, scope: string): Change[] {
  const subjects = state.subjects().filter((subject) => isInScope(subject, scope));
  if (subjects.some((subject) => state.versionsOf(subject, "live").length > 0)) {
    throw notPermitted("Cannot import since found existing subjects");
  }
  const versions = subjects.flatMap((subject) => state.versionsOf(subject, "deleted"));
  for (const { subject, version } of versions) {
    if (state.referrers(subject, version).length > 0) throw referenceExists(subject, version);
  }
  return versions.map(({ subject, version }) => ({ kind: "purge", subject, version }));
}

/** `DELETE /mode/{subject}`: drops the scope's own mode and answers the one that was there. */
export function deleteMode(registry: Registry, scope: string, recursive: boolean): { mode: string } {
  assertMutable(registry);
  const own = registry.state.modes.get(scope);
  if (own === undefined && scope !== globalScope && !recursive) throw noMode(scope);
  const scopes = [...registry.state.modes.keys()].filter(
    (one) => one === scope || (recursive && isInScope(one, scope)),
  );
  registry.commit(scopes.map((one) => ({ kind: "mode", scope: one, value: null })));
  return { mode: own ?? modeInScope(registry, scope) };
}

function assertMutable({ modeMutability }: Registry): void {
  if (!modeMutability) throw notPermitted("Mode changes are not allowed");
}

/** Deleting and configuring is refused while a subject may only be read. */
export function assertNotReadOnly(registry: Registry, subject: string): void {
  if (!registry.obeysModes || !modeInScope(registry, subject).startsWith("READONLY")) return;
  throw notPermitted(`Subject ${subject} in context ${contextOf(subject)} is in read-only mode`);
}
