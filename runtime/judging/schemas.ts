/** Conditions on the schema registries: whether the target can take a copy, whether it has one, whether records decode. */
import type { Verdict } from "../model/gates.ts";
import type { LedgerEntry } from "../model/ledger.ts";
import type { Scope } from "../model/scope.ts";
import { count } from "../model/words.ts";
import { writersEntry } from "../model/writers-entry.ts";
import { amount, compare, differences } from "../schemas/compare.ts";
import type { RegistriesReading } from "../schemas/measure.ts";
import { open, shut } from "./problems.ts";

export function registersItself(
  reading: RegistriesReading,
  entries: readonly LedgerEntry[],
  scope: Pick<Scope, "waves">,
): Verdict | null {
  const entry = writersEntry(entries, scope);
  if (entry === null) return null;
  const { missing, undeleted, changed, extra } = compare(reading.source, reading.target);
  if (missing.length > 0 || undeleted.length > 0 || changed.length > 0) {
    const left = { missing, undeleted, changed, extra: [], collisions: [] };
    return {
      ...shut(
        "schemas-lacking-since-move",
        `since ledger entry ${entry.number} the target lacks something that the source has: ${differences(left)}`,
      ),
      remedy:
        "nothing is copied any more. Set the source's registry to READONLY again and find out who has registered there; then " +
        "delete these versions on the source with ?permanent=true if no record was written with them, or register them with " +
        "their ids on the target (mode IMPORT for these subjects meanwhile), and run pulumi up again",
    };
  }
  const all = amount([...reading.source.versions.values()]);
  return open(
    `the target holds the source's ${all}, and ${count(extra.length, "new version")} since ledger entry ${entry.number}`,
  );
}
