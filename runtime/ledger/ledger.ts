/** The ledger's copy in Kubernetes: read, appended to, written again if lost. */
import { DocumentBroken, readDocument, writeDocument } from "../kubernetes/documents.ts";
import { configMapBytes, partsOf } from "../model/document-limits.ts";
import { entryText, ledgerData, ledgerRemedy, parseLedger } from "../model/ledger-text.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import type { Scope } from "../model/scope.ts";

/** An entry before it has got its number and its time. */
export type LedgerDraft = Omit<LedgerEntry, "number" | "writtenAt">;

interface Copy {
  readonly entries: readonly LedgerEntry[];
  /** Null if there is no ConfigMap yet. */
  readonly resourceVersion: string | null;
}

/**
 * All entries of the ledger, oldest first; none if there is no ConfigMap yet.
 * Rejects if the ConfigMap cannot be read or is not what was written.
 */
export async function readLedger(scope: Pick<Scope, "ledger">): Promise<LedgerEntry[]> {
  return [...(await readCopy(scope)).entries];
}

/**
 * Appends an entry with the next number and returns it. Rejects, with nothing written, if another process appended
 * meanwhile or the ledger would need too many ConfigMaps.
 */
export async function appendEntry(scope: Scope, draft: LedgerDraft): Promise<LedgerEntry> {
  const copy = await readCopy(scope);
  const entry: LedgerEntry = { ...draft, number: copy.entries.length + 1, writtenAt: new Date().toISOString() };
  await writeCopy(scope, [...copy.entries, entry].map(entryText), copy.resourceVersion);
  return entry;
}

/** ConfigMaps, besides the first, that the ledger needs at most once an entry of so many bytes is appended. */
export async function partsWith(scope: Pick<Scope, "ledger">, bytes: number): Promise<number> {
  const { texts, parts = 0 } = await readDocument(scope.ledger);
  const now = Object.values(texts).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (parts === 0 && now + bytes <= configMapBytes) return 0;
  // What is in parts stays as it is; what is in the first ConfigMap alone may have to leave it.
  return (parts === 0 ? partsOf(now) : parts) + partsOf(bytes);
}

/** Writes the ConfigMap with these entries if there is none, or if it holds fewer. */
export async function restoreCopy(scope: Scope, entries: readonly string[]): Promise<void> {
  const copy = await readCopy(scope);
  if (copy.entries.length < entries.length) await writeCopy(scope, entries, copy.resourceVersion);
}

async function readCopy(scope: Pick<Scope, "ledger">): Promise<Copy> {
  const { texts, resourceVersion } = await readDocument(scope.ledger).catch((error: unknown) => {
    if (error instanceof DocumentBroken) throw new Error(`ledger: ${error.message}; ${ledgerRemedy}`);
    throw error;
  });
  if (resourceVersion === null) return { entries: [], resourceVersion };
  const { kubernetes, configMap } = scope.ledger;
  return { entries: parseLedger(texts, `ledger ConfigMap ${kubernetes.namespace}/${configMap}`), resourceVersion };
}

async function writeCopy(scope: Scope, texts: readonly string[], resourceVersion: string | null): Promise<void> {
  await writeDocument({ ...scope.ledger, migration: scope.migration }, ledgerData(texts), resourceVersion);
}
