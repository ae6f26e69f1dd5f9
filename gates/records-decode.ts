/** Conditions on the schema registries: whether the target can take a copy, whether it has one, whether records decode. */
import type { Decoding } from "../runtime/model/reader-schema.ts";
import { open, shut } from "../runtime/judging/problems.ts";
import { part } from "../runtime/judging/reading.ts";
import { some, count } from "../runtime/model/words.ts";
import { hasRegistries, gate } from "./gate.ts";

/** Sampled records decode through the target's registry, with the schemas that they were written with. */
export const recordsDecode = gate({
  name: "records-decode",
  causes: ["record-undecodable"],
  about: "moving",
  page: {
    closedBecause:
      "a record on the target does not decode through the target's registry, or cannot be read with a schema of `schemas.readers`",
    whatToDo:
      "the same; a record without a schema on either side is only reported. A schema that new consumers cannot read existing records with needs a default, an alias or a union: change it, or let the consumers start behind those records",
  },
  applies: hasRegistries,
  // Left out where there are none, so that what the state holds of earlier releases stays equal.
  params: ({ schemas, readerSchemas }): Decoding => ({
    sampleRecords: schemas.sampleRecords,
    ...(readerSchemas.length > 0 && { readers: readerSchemas }),
  }),
  needs: ({ sampleRecords, readers }) => ({ decoding: { sampleRecords, ...(readers && { readers }) } }),
  judge: ({ readers = [] }, snapshot) => {
    const { records, decoded, reread, ids, plain, empty, failures, notes } = part(snapshot, "decoding");
    if (failures.length > 0) return shut("record-undecodable", some(failures, "problems"));
    const files = [...new Set(readers.map(({ file }) => file))];
    const beside = [
      ...(readers.length > 0 ? [`${reread} keys and values can be read with ${some(files, "schemas")}`] : []),
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
  remedy: ({ readers }) =>
    "set the phase back to the one before and run pulumi up, which copies what is new on the source; if a record's schema never existed there, wait until the record expires" +
    (readers === undefined
      ? ""
      : "; if a schema of schemas.readers cannot read it, give that schema a default, an alias or a union, or leave the schema out until its consumers no longer need those records"),
});
