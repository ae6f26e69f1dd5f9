/** The ledger's copy in a ConfigMap: read, appended to, written again if lost. */
import type { V1ConfigMap } from "@kubernetes/client-node";
import { apiCode, apiMessage, clients } from "../kubernetes/kubernetes.ts";
import { entryText, ledgerData, parseLedger } from "../model/ledger-text.ts";
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
 * meanwhile or the ledger would not fit into a ConfigMap.
 */
export async function appendEntry(scope: Scope, draft: LedgerDraft): Promise<LedgerEntry> {
  const copy = await readCopy(scope);
  const entry: LedgerEntry = { ...draft, number: copy.entries.length + 1, writtenAt: new Date().toISOString() };
  await writeCopy(scope, [...copy.entries, entry].map(entryText), copy.resourceVersion);
  return entry;
}

/** Writes the ConfigMap with these entries if there is none, or if it holds fewer. */
export async function restoreCopy(scope: Scope, entries: readonly string[]): Promise<void> {
  const copy = await readCopy(scope);
  if (copy.entries.length < entries.length) await writeCopy(scope, entries, copy.resourceVersion);
}

async function readCopy({ ledger }: Pick<Scope, "ledger">): Promise<Copy> {
  const { core, server } = await clients(ledger.kubernetes);
  const { namespace } = ledger.kubernetes;
  const where = `ledger ConfigMap ${namespace}/${ledger.configMap}`;
  const found = await core
    .readNamespacedConfigMap({ name: ledger.configMap, namespace })
    .catch((error: unknown): V1ConfigMap | null => {
      if (apiCode(error) === 404) return null;
      throw new Error(`could not read ${where} at ${server}: ${apiMessage(error)}`);
    });
  if (found === null) return { entries: [], resourceVersion: null };
  return { entries: parseLedger(found.data ?? {}, where), resourceVersion: found.metadata?.resourceVersion ?? null };
}

async function writeCopy(scope: Scope, texts: readonly string[], resourceVersion: string | null): Promise<void> {
  const { kubernetes, configMap } = scope.ledger;
  const { core } = await clients(kubernetes);
  const { namespace } = kubernetes;
  const body = {
    metadata: {
      name: configMap,
      labels: { "kafka-migration/migration": scope.migration },
      ...(resourceVersion !== null && { resourceVersion }),
    },
    data: ledgerData(texts),
  };
  try {
    if (resourceVersion === null) await core.createNamespacedConfigMap({ namespace, body });
    else await core.replaceNamespacedConfigMap({ name: configMap, namespace, body });
  } catch (error) {
    const reason =
      apiCode(error) === 409 ? "another process wrote it at the same time; run pulumi up again" : apiMessage(error);
    throw new Error(`could not write ledger ConfigMap ${namespace}/${configMap}: ${reason}`);
  }
}
