/** What the producers' switch does to the schema registries: the source closed, the last pass, the target opened. */
import type { LedgerEntry } from "../model/ledger.ts";
import { type ModesJournal } from "../model/registry-modes.ts";
import type { Scope } from "../model/scope.ts";
import { hasWriters } from "../model/waves.ts";
import { writersEntry } from "../model/writers-entry.ts";
import { count } from "../model/words.ts";
import { placeName } from "../registry/subjects.ts";
import { compare, differences, foreign, isEqual } from "../schemas/compare.ts";
import { copySchemas, largestBehind, readBoth, type Registries } from "../schemas/copy.ts";
import { enterImport, notOpen, openTarget, ownershipOf, refusal, type Both } from "../schemas/import-mode.ts";
import { restoreSource, sealSource } from "../schemas/source-modes.ts";

/** What the steps read and change. */
export interface SchemaEffects {
  readonly schemas: Registries | null;
  readonly journal: ModesJournal;
  log(line: string): void;
}

/** What a failed switch puts back. */
export interface SchemaUndo {
  /** True once a mode of the source may have been changed. */
  sealed: boolean;
  /** True once a target that was open has gone back to IMPORT. */
  again: boolean;
}

/**
 * Whether a move is the first after which schemas are registered at the target: once writers of another wave have moved, they
 * are already.
 */
export const opensRegistry = (scope: Scope, entries: readonly LedgerEntry[]): boolean =>
  hasWriters(scope) &&
  writersEntry(
    entries.filter(({ wave }) => wave !== scope.wave),
    scope,
  ) === null;

/**
 * Before any workload is stopped: copies what exists, so that the last pass is short. `moved` says that an earlier switch
 * has opened the target. Rejects if the target cannot take the rest.
 */
export async function firstPass(effects: SchemaEffects, moved: boolean): Promise<void> {
  const { schemas } = effects;
  if (schemas === null) return;
  const both = await readBoth(schemas);
  if (!openedBefore(effects, both, moved)) await copySchemas(schemas, (line) => effects.log(`schemas: ${line}`));
}

/**
 * Once the producers are gone: closes the source, copies the rest and proves parity of every (subject, version, id,
 * type, schema, references, deleted) and of the largest ids.
 */
export async function lastPass(effects: SchemaEffects, undo: SchemaUndo, moved: boolean): Promise<void> {
  const { schemas, journal, log } = effects;
  if (schemas === null) return;
  const first = await readBoth(schemas);
  const opened = openedBefore(effects, first, moved);
  undo.sealed = true;
  const unsealed = await sealSource(schemas.source, first.source, journal);
  log(
    unsealed === null
      ? "schemas: the source's registry is READONLY"
      : `schemas: the source's registry cannot be made READONLY (${unsealed}); it is compared once more before the target's is opened`,
  );
  if (opened) {
    const both = await readBoth(schemas);
    const difference = compare(both.source, both.target);
    if (difference.missing.length === 0 && difference.undeleted.length === 0) return proveOpened(both);
    if (difference.extra.length > 0 || difference.changed.length > 0 || difference.collisions.length > 0) {
      throw new Error(
        `both registries got new schemas since the target's was opened: ${differences(difference)}; ` +
          `register on the target what the source has, or permanently delete what is not needed there (?permanent=true)`,
      );
    }
    undo.again = true;
    await enterImport(schemas.target, both, true);
  }
  const { both } = await copySchemas(schemas, (line) => log(`schemas: ${line}`));
  const behind = largestBehind(both);
  if (behind.length > 0) throw new Error(`${behind.join("; ")}: the target would reuse ids that records already have`);
  log(`schemas: ${count(both.source.versions.size, "version")} are equal on both sides; ${largestText(both)}`);
}

/**
 * As the last step that can fail before the ledger: compares once more, so that a source that cannot be closed is
 * seen to be unchanged, then opens the target for producers.
 */
export async function openForProducers(effects: SchemaEffects): Promise<void> {
  const { schemas, log } = effects;
  if (schemas === null) return;
  const both = await readBoth(schemas);
  const difference = compare(both.source, both.target);
  if ((await notOpen(schemas.target, both)).length === 0) {
    // What producers have registered there since an earlier switch stays; what the source has must be there.
    if (difference.missing.length > 0 || difference.undeleted.length > 0)
      throw new Error(late(differences(difference)));
    return;
  }
  if (!isEqual(difference)) throw new Error(late(differences(difference)));
  const { removed } = await openTarget(schemas.target, both);
  if (removed.length > 0) log(`schemas: ${count(removed.length, "mode")} of subjects removed on the target`);
  const former = Object.entries(effects.journal.modes() ?? {});
  for (const [place, mode] of former.filter(([, mode]) => mode !== null && mode !== "READWRITE")) {
    log(
      `schemas: ${placeName(place)} was ${mode} on the source and is READWRITE on the target; set it there if it is still needed`,
    );
  }
  log("schemas: the target's registry is READWRITE");
}

const late = (what: string): string =>
  `the registries are no longer equal: ${what}; find out what registers schemas on the source while its producers are stopped`;

/**
 * Puts back what a failed or killed switch has changed: the target goes back to IMPORT if nothing was registered
 * there, then the source's modes are as they were. Returns what did not go back, or null.
 */
export async function putSchemasBack(effects: SchemaEffects): Promise<string | null> {
  const { schemas, journal, log } = effects;
  if (schemas === null) return null;
  const both = await readBoth(schemas);
  const difference = compare(both.source, both.target);
  const ownership = ownershipOf(both, difference);
  if (ownership.kind === "foreign") {
    return (
      `the target's registry stays as it is, and the source's stays READONLY, because schemas were registered on the target: ` +
      foreign(difference)
    );
  }
  if (ownership.kind === "equal") {
    await enterImport(schemas.target, both, true);
    log("schemas: the target's registry is in IMPORT again");
  }
  const former = await restoreSource(schemas.source, journal);
  log(`schemas: ${count(former, "mode")} of the source's registry put back`);
  return null;
}

/** What was registered only on the target, or null: producers that go back would leave it there. */
export async function issuedOnTarget(registries: Registries): Promise<string | null> {
  const both = await readBoth(registries);
  const { extra, collisions, changed } = compare(both.source, both.target);
  if (extra.length === 0 && collisions.length === 0 && changed.length === 0) return null;
  return (
    `the target's registry has given out ids since, which do not exist on the source: ` +
    foreign({ extra, collisions, changed, missing: [], undeleted: [] })
  );
}

/** Whether this migration has opened the target already; rejects if it is neither that nor in IMPORT. */
function openedBefore(effects: SchemaEffects, both: Both, moved: boolean): boolean {
  const ownership = ownershipOf(both, compare(both.source, both.target));
  if (ownership.kind === "empty" || ownership.kind === "ours") return false;
  // A killed switch may have opened only some contexts.
  const ours = [...both.modes.values()].every((mode) => mode === "READWRITE" || mode === "IMPORT");
  if (ours && (moved || effects.journal.modes() !== null)) return true;
  throw new Error(refusal(both.target, ownership));
}

function proveOpened(both: Both): void {
  const behind = largestBehind(both);
  if (behind.length > 0) throw new Error(behind.join("; "));
}

const largestText = ({ source }: Both): string => `the largest id is ${Math.max(0, ...source.largest.values())}`;
