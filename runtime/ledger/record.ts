/** What a migration writes down besides the ledger: a document with a JSON text per subject. It outlives the stack. */
import {
  DocumentBroken,
  DocumentConflict,
  readDocument,
  writeDocument,
  type DocumentRef,
  type Texts,
} from "../kubernetes/documents.ts";
import type { Scope } from "../model/scope.ts";

/** The ConfigMap of a migration's record. */
export type RecordRef = DocumentRef;

export const recordName = (migration: string): string => `${migration}-record`;

export const recordOf = ({ migration, ledger }: Pick<Scope, "migration" | "ledger">): RecordRef => ({
  migration,
  kubernetes: ledger.kubernetes,
  configMap: recordName(migration),
});

/** Subjects by name, each a JSON text. */
export type Subjects = Texts;

/** Somebody else may write at the same time; this often it is read again. */
const tries = 5;

/** What is written down; nothing if there is no ConfigMap yet. Rejects if it cannot be read. */
export async function readRecord(ref: RecordRef): Promise<Subjects> {
  return (await readWhole(ref)).texts;
}

/**
 * Writes down what `change` makes of what is there; nothing where it returns the same object. May be called again, then
 * with what somebody else has written meanwhile.
 */
export async function writeRecord(ref: RecordRef, change: (subjects: Subjects) => Subjects): Promise<void> {
  for (let left = tries; ; left--) {
    const { texts, resourceVersion } = await readWhole(ref);
    const data = change(texts);
    if (data === texts) return;
    try {
      return await writeDocument(ref, data, resourceVersion);
    } catch (error) {
      if (!(error instanceof DocumentConflict) || left === 1) throw error;
    }
  }
}

const readWhole = (ref: RecordRef) =>
  readDocument(ref).catch((error: unknown) => {
    if (error instanceof DocumentBroken) throw new Error(`${error.message}; restore it from a backup`);
    throw error;
  });
