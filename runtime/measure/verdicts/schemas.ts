/** Conditions on the schema registries: whether the target can take a copy, whether it has it, whether records decode. */
import type { Condition, Verdict } from "../../model/gates.ts";
import { liveEntry } from "../../model/ledger-text.ts";
import type { LedgerEntry } from "../../model/ledger.ts";
import { some, count } from "../../model/words.ts";
import { amount, compare, differences, isEqual, isOurs } from "../../schemas/compare.ts";
import { refusal, standingOf } from "../../schemas/import-mode.ts";
import type { RegistriesReading } from "../../schemas/measure.ts";
import { levels } from "../../schemas/order.ts";
import { alternative } from "../../schemas/probe.ts";
import { part, type Judge } from "./reading.ts";

type Imports = Extract<Condition, { kind: "registry-imports" }>;
type Equal = Extract<Condition, { kind: "schemas-equal" }>;
type Decode = Extract<Condition, { kind: "records-decode" }>;

const open = (sentence: string): Verdict => ({ open: true, sentence });
const closed = (sentence: string): Verdict => ({ open: false, sentence });

/** The target's registry is empty and imports, as a probe has shown, or it holds this migration's copy. */
export const registryImports: Judge<Imports> = {
  needs: ["importing", "ledger"],
  judge: (_condition, snapshot) => {
    const reading = part(snapshot, "importing");
    const moved = registersItself(reading, part(snapshot, "ledger"));
    if (moved !== null) return moved;
    const { source, target, probed, switching } = reading;
    const difference = compare(source, target);
    const standing = standingOf(reading, difference);
    if (standing.kind === "foreign" || (standing.kind === "equal" && !switching)) {
      return closed(refusal(target, standing));
    }
    if (probed != null) return closed(`the target's registry cannot import: ${probed}; ${alternative}`);
    const lacking = unordered(reading);
    if (lacking !== null) return closed(`the source's schemas cannot be copied: ${lacking}`);
    const all = amount([...source.versions.values()]);
    if (target.versions.size > 0) {
      return open(`the target's registry holds this migration's copy, ${target.versions.size} of ${all}`);
    }
    return open(`the target's registry is empty and keeps ids under IMPORT, as a probe has shown; ${all} to copy`);
  },
};

/** The target holds every version of the source as it is there; before producers move, new ones may be left to copy. */
export const schemasEqual: Judge<Equal> = {
  needs: ["registries", "ledger"],
  judge: ({ lastPass }, snapshot) => {
    const reading = part(snapshot, "registries");
    const moved = registersItself(reading, part(snapshot, "ledger"));
    if (moved !== null) return moved;
    const difference = compare(reading.source, reading.target);
    const all = amount([...reading.source.versions.values()]);
    if (isEqual(difference)) {
      const largest = Math.max(0, ...reading.source.largest.values());
      return open(`${all} are equal on both sides, the largest id is ${largest}`);
    }
    const { missing, undeleted } = difference;
    if (lastPass && isOurs(difference)) {
      return open(
        `the target holds a copy of ${all}; ${amount([...missing, ...undeleted])} left for the switch to copy`,
      );
    }
    return closed(`the registries are not equal: ${differences(difference)}`);
  },
};

/** Sampled records decode through the target's registry, with the schemas that they were written with. */
export const recordsDecode: Judge<Decode> = {
  needs: ["decoding"],
  judge: (_condition, snapshot) => {
    const { records, decoded, ids, plain, empty, failures, notes } = part(snapshot, "decoding");
    if (failures.length > 0) return closed(some(failures, "problems"));
    const beside = [
      ...(plain.length > 0 ? [`nothing in the registry's format in ${some(plain, "topics")}`] : []),
      ...(empty.length > 0 ? [`no record in ${some(empty, "topics")}`] : []),
      ...(notes.length > 0 ? [some(notes, "records")] : []),
    ];
    const sentence =
      decoded === 0
        ? `of ${count(records, "record")} none is in the registry's format`
        : `${decoded} keys and values of ${count(records, "record")} decode through the target's registry, with ${count(ids, "schema")} equal on both sides`;
    return open([sentence, ...beside].join("; "));
  },
};

// After the producers' switch the target gives ids of its own; what the source had must still be there.
function registersItself(reading: RegistriesReading, entries: readonly LedgerEntry[]): Verdict | null {
  const entry = liveEntry(entries, "producers");
  if (entry === null) return null;
  const { missing, undeleted, changed, extra } = compare(reading.source, reading.target);
  if (missing.length > 0 || undeleted.length > 0 || changed.length > 0) {
    const left = { missing, undeleted, changed, extra: [], collisions: [] };
    return closed(`since ledger entry ${entry.number} the target lacks what the source has: ${differences(left)}`);
  }
  const all = amount([...reading.source.versions.values()]);
  return open(
    `the target holds ${all} of the source, and ${count(extra.length, "version")} since ledger entry ${entry.number}`,
  );
}

function unordered({ source, target }: RegistriesReading): string | null {
  try {
    levels([...source.versions.values()], target.versions);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
