/** Whether the newest records are the same on both sides. */
import { producerTitle } from "../runtime/brokers/ranges.ts";
import { closed, open, rank, type Complaint } from "../runtime/judging/problems.ts";
import { part } from "../runtime/judging/reading.ts";
import type { NewestAsked } from "../runtime/model/newest.ts";
import type { NewestDiffering } from "../runtime/placement/newest.ts";
import { count, named, some } from "../runtime/model/words.ts";
import { again, gate } from "./gate.ts";

const causes = ["newest-differ", "not-compared"] as const;
type Own = (typeof causes)[number];

/**
 * The newest records of each partition and their copies are equal: keys, values, headers, timestamps and order. While the mirror
 * copies, up to what it has copied; once the writers have moved, up to the ends in the ledger; of an open way back, what
 * came back as well.
 */
export const newestEqual = gate({
  name: "newest-equal",
  causes,
  about: "moving",
  page: {
    closedBecause: "one of the newest records of a partition is missing, too many or another one on the other side",
    whatToDo:
      "look at both offsets that it names and find out who wrote there; only the mirror may write to its topics on the target. Before producers have moved, empty the topic on the target and reset the mirror's position in it, so that all is copied again",
  },
  applies: ({ gates }) => gates.newestRecords > 0,
  params: ({ gates, mirror }): NewestAsked => ({
    records: gates.newestRecords,
    ...(!mirror.exactlyOnce && { repeats: true }),
  }),
  needs: ({ records, repeats }) => ({ newest: { records, ...(repeats && { repeats }) } }),
  judge: ({ records: most }, snapshot) => {
    const { equal, records, differing, undecided, left, empty } = part(snapshot, "newest");
    const complaints = differing.map((one): Complaint<Own> => ({
      cause: "newest-differ",
      rank: rank.gone,
      partition: true,
      sentence: sentenceOf(one),
    }));
    if (undecided.length > 0)
      complaints.push({
        cause: "not-compared",
        rank: rank.uncounted,
        partition: false,
        sentence: `${count(undecided.length, "partition")} ${undecided.length === 1 ? "is" : "are"} not compared yet, ${some(undecided)}: there was no time, or the mirror has no position there, or one that goes too far between two looks`,
        remedy:
          `wait, or give it more time with gates.readingSeconds or fewer records with gates.newestRecords, then ${again}; ` +
          "where that never ends, gates.newestRecords: 0 compares none",
      });
    if (complaints.length > 0) return closed(complaints);
    const beside = [
      ...(empty > 0 ? [`${count(empty, "partition")} without a copied record`] : []),
      ...(left.length > 0
        ? [`not compared, because it is gone from one side or mixed with others: ${named(left)}`]
        : []),
    ];
    const equals = `${count(records, "record")}, the newest ${most} of each of ${count(equal, "partition")}, ${records === 1 ? "is" : "are"} the same on both sides`;
    return open([equal === 0 ? "no record to compare" : equals, ...beside].join("; "));
  },
  remedy:
    "look at both records (kafka-console-consumer.sh --partition --offset) and find out who wrote them: only the mirror may write to its " +
    "topics on the target. Before producers have moved, empty the topic on the target and reset the mirror's position in it, so that all is " +
    `copied again; after that, put right what is missing by hand, or list the topic under topics.ignore with the reason; then ${again}`,
});

function sentenceOf({ kind, name, from, original, copy, producer, part: what }: NewestDiffering): string {
  const to = from === "source" ? "target" : "source";
  switch (kind) {
    case "missing":
      return `the record of ${name} at offset ${original} of the ${from} has no copy among the newest on the ${to}`;
    case "foreign": {
      const who = producer ? `; ${producerTitle(producer)} wrote it` : "";
      return `the record of ${name} at offset ${copy} of the ${to} is the copy of none of the newest on the ${from}, or there twice${who}`;
    }
    case "content": {
      const how = what === "order" ? "in another order than on the other side" : `not the same: ${what} differ`;
      return `the records of ${name} at offset ${original} of the ${from} and at ${copy} of the ${to} are ${how}`;
    }
  }
}
