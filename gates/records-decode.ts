/** Conditions on the schema registries: whether the target can take a copy, whether it has one, whether records decode. */
import { open, shut } from "../runtime/judging/problems.ts";
import { part } from "../runtime/judging/reading.ts";
import { some, count } from "../runtime/model/words.ts";
import { hasRegistries, gate } from "./gate.ts";

/** Sampled records decode through the target's registry, with the schemas that they were written with. */
export const recordsDecode = gate({
  name: "records-decode",
  about: "moving",
  page: {
    closedBecause: "a record on the target does not decode through the target's registry",
    whatToDo: "the same; a record without a schema on either side is only reported",
  },
  applies: hasRegistries,
  params: ({ schemas }) => ({ sampleRecords: schemas.sampleRecords }),
  needs: ({ sampleRecords }) => ({ decoding: sampleRecords }),
  judge: (_params, snapshot) => {
    const { records, decoded, ids, plain, empty, failures, notes } = part(snapshot, "decoding");
    if (failures.length > 0) return shut("record-undecodable", some(failures, "problems"));
    const beside = [
      ...(plain.length > 0 ? [`nothing in the registry's format in ${some(plain, "topics")}`] : []),
      ...(empty.length > 0 ? [`no record in ${some(empty, "topics")}`] : []),
      ...(notes.length > 0 ? [some(notes, "records")] : []),
    ];
    const sentence =
      decoded === 0
        ? `none of ${count(records, "record")} is in the registry's format`
        : `${decoded} keys and values of ${count(records, "record")} decode through the target's registry, with ${count(ids, "schema")} equal on both sides`;
    return open([sentence, ...beside].join("; "));
  },
  remedy:
    "set the phase back to the one before and run pulumi up, which copies what is new on the source; if a record's schema never existed there, wait until the record expires",
});
