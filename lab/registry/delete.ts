import {
  referenceExists,
  subjectNotFound,
  subjectNotSoftDeleted,
  subjectSoftDeleted,
  versionNotFound,
  versionNotSoftDeleted,
  versionSoftDeleted,
} from "./errors.ts";
import { assertNotReadOnly } from "./modes.ts";
import type { Registry } from "./registry.ts";
import { versionNumber } from "./lookups.ts";
import type { Change, State, Version } from "./state.ts";

/** `DELETE /subjects/{subject}`: soft, and for good with `permanent` once all its versions are soft-deleted. */
export function deleteSubject(registry: Registry, subject: string, permanent: boolean): number[] {
  const { state } = registry;
  const all = state.versionsOf(subject, "all");
  if (all.length === 0) throw subjectNotFound(subject);
  const live = state.versionsOf(subject, "live");
  if (!permanent && live.length === 0) throw subjectSoftDeleted(subject);
  assertNotReadOnly(registry, subject);
  const versions = permanent ? all : live;
  versions.forEach((version) => assertUnreferenced(state, version));
  if (permanent && live.length > 0) throw subjectNotSoftDeleted(subject);
  registry.commit(deletion(state, subject, versions, permanent));
  return versions.map(({ version }) => version);
}

/** `DELETE /subjects/{subject}/versions/{version}`; answers the version's number. */
export function deleteVersion(registry: Registry, subject: string, wanted: string, permanent: boolean): number {
  const { state } = registry;
  if (state.versionsOf(subject, "all").length === 0) throw subjectNotFound(subject);
  const number = versionNumber(state, subject, wanted, permanent ? "all" : "live");
  const found = state.find(subject, number);
  if (!found) throw versionNotFound(wanted);
  if (!permanent && found.deleted) throw versionSoftDeleted(subject, number);
  assertNotReadOnly(registry, subject);
  assertUnreferenced(state, found);
  if (permanent && !found.deleted) throw versionNotSoftDeleted(subject, number);
  registry.commit(deletion(state, subject, [found], permanent));
  return number;
}

function assertUnreferenced(state: State, { subject, version }: Version): void {
  if (state.referrers(subject, version).length > 0) throw referenceExists(subject, version);
}

/** With its last version a subject loses its own mode and config. */
function deletion(state: State, subject: string, versions: readonly Version[], permanent: boolean): Change[] {
  if (!permanent) return versions.map((value) => ({ kind: "version", value: { ...value, deleted: true } }));
  const purges = versions.map(({ version }): Change => ({ kind: "purge", subject, version }));
  if (versions.length < state.versionsOf(subject, "all").length) return purges;
  return [
    ...purges,
    ...(state.modes.has(subject) ? [{ kind: "mode", scope: subject, value: null } as const] : []),
    ...(state.configs.has(subject) ? [{ kind: "config", scope: subject, value: null } as const] : []),
  ];
}
