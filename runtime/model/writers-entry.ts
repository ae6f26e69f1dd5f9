/** Since when writers of a migration are at the target. Pure. */
import { liveEntry } from "./ledger-text.ts";
import type { LedgerEntry } from "./ledger.ts";

/** The waves, if any, with what they write or whether they do. */
interface Waves {
  readonly waves?: readonly { readonly name: string; readonly writes: boolean | readonly string[] }[];
}

/** The entries of the waves that write, each with what holds of it. */
const ofWriters = (entries: readonly LedgerEntry[], { waves = [] }: Waves): (LedgerEntry | null)[] =>
  waves
    .filter(({ writes }) => (typeof writes === "boolean" ? writes : writes.length > 0))
    .map(({ name }) => liveEntry(entries, "applications", { wave: name }));

/**
 * The newest entry after which somebody writes at the target, of whatever wave; null while nobody does: a wave of
 * readers alone moves no writer.
 */
export function writersEntry(entries: readonly LedgerEntry[], scope: Waves): LedgerEntry | null {
  if (scope.waves === undefined) return liveEntry(entries, "producers");
  return ofWriters(entries, scope).reduce((last, one) => ((one?.number ?? 0) > (last?.number ?? 0) ? one : last), null);
}

/** Whether nobody of the config writes to the source any more. */
export function allWritersMoved(entries: readonly LedgerEntry[], scope: Waves): boolean {
  if (scope.waves === undefined) return liveEntry(entries, "producers") !== null;
  return ofWriters(entries, scope).every((entry) => entry !== null);
}
