/** The sentences of exact placement when it refuses: where, what was found, what to do. */
import { partitionName } from "../brokers/partitions.ts";
import {
  followsMirror,
  type CommittedPosition,
  type Count,
  type Decision,
  type LogRecord,
  type Need,
  type Question,
  type Sync,
  type Which,
} from "../model/placement.ts";
import type { SideName } from "../model/sides.ts";

const refused = (reason: string): Decision => ({ kind: "refused", reason });

/** The two sides by name: where the group read, and where it continues. */
export function sides({ direction }: Pick<Question, "direction">): { own: SideName; other: SideName } {
  return direction === "to-target" ? { own: "source", other: "target" } : { own: "target", other: "source" };
}

const who = ({ group, topic, partition }: CommittedPosition) => `group ${group} in ${partitionName(topic, partition)}`;
const records = (number: number) => `${number} record${number === 1 ? "" : "s"}`;
const setOffset = "set its offset with kafka-consumer-groups --reset-offsets";

/** The last words of a refusal that a group can get over by reading on. */
const readOn = (question: Question, past: bigint) =>
  `let the group read past offset ${past} on the ${sides(question).own}, or allow re-delivery for it`;

export function neverCommitted(question: Question, found: Count): Decision {
  const number = `${found.exact ? "" : "more than "}${records(found.records)}`;
  return refused(
    `${who(question)} never committed, although the ${sides(question).own} holds ${number} there; ` +
      `let the group read and commit, or say where it begins: unread of the group in groups.migrate (from: earliest ` +
      `or latest, reason); partitions that it never reads are left out by its partitions there`,
  );
}

export function pastEnd(question: Question, committed: bigint): Decision {
  return refused(
    `${who(question)} has committed ${committed} on the ${sides(question).own}, whose log ends at ${question.own.end}: ` +
      `the topic was re-created or its records were cut off; ${setOffset}`,
  );
}

export function removedUnread(question: Question, committed: bigint): Decision {
  const { own } = sides(question);
  return refused(
    `${who(question)} has committed ${committed} on the ${own}, whose log begins at ${question.own.start}: retention has ` +
      `removed what lay between before the group read it; if it is not needed, ${setOffset} --to-earliest` +
      (question.direction === "to-target"
        ? `, or name the partition under gaps (topic, partition, to: ${question.own.start}, reason)`
        : ""),
  );
}

export function removedOnOther(question: Question, what: string): Decision {
  const { own, other } = sides(question);
  return refused(
    `${who(question)} has committed ${question.committed} on the ${own}, and the ${other}, whose log begins at ` +
      `${question.other.start}, has removed records that the group has not read: ${what}; ` +
      `let the group read them on the ${own}, and raise the topic's retention on the ${other}`,
  );
}

export function openTransaction(question: Question, committed: bigint): Decision {
  const { stable, end } = question.own;
  return {
    kind: "behind",
    left: Number(end - stable),
    reason:
      `${who(question)} is at ${committed}, and an open transaction since offset ${stable} holds records back on the ` +
      `${sides(question).own}, whose log ends at ${end}; end that transaction`,
  };
}

export function behind(question: Question, left: number): Decision {
  const { own, other } = sides(question);
  return {
    kind: "behind",
    left,
    reason:
      `${who(question)} has read the ${own} up to ${question.committed}, and ${records(left)} before that ` +
      `${left === 1 ? "is" : "are"} not on the ${other} yet`,
  };
}

export function uncertainEnd(question: Question, last: LogRecord, copy: Which): Decision {
  const side = sides(question)[copy];
  return {
    kind: "behind",
    left: 1,
    reason:
      `${who(question)} is close to the end of the mirror, whose last record (offset ${last.offset} of the ${side}) ` +
      `may not be unique; its place is certain once one more record is mirrored`,
  };
}

export function noCommonRecord(question: Question): Decision {
  const { own, other } = sides(question);
  return refused(
    `${who(question)} has committed ${question.committed} on the ${own}, no offset sync of MirrorMaker 2 is left, and ` +
      `source and target have too few unique records in common; ${readOn(question, question.own.end - 1n)}, ` +
      `or mirror the topic to an empty one on the ${other}`,
  );
}

export function foreignRecords(question: Question, theirs: readonly LogRecord[]): Decision {
  const { own, other } = sides(question);
  return refused(
    `${who(question)}: the ${other} holds ${records(theirs.length)} (offsets ${theirs[0]?.offset}..` +
      `${theirs.at(-1)?.offset}) and the ${own} has none to compare them with; find out who wrote ` +
      `them, or allow re-delivery for the group`,
  );
}

export function compactedAround(question: Question, first: LogRecord, last: LogRecord): Decision {
  const { own, other } = sides(question);
  return refused(
    `${who(question)} has committed ${question.committed} on the ${own}, and compaction has removed there what ` +
      `the ${other} still holds at ${first.offset}..${last.offset}: whether the group has read it is unknown; ` +
      readOn(question, question.committed ?? 0n),
  );
}

/** Both lists of records differ; `at` is the index of the first difference, or -1 if one is the other's beginning. */
export function differ(
  question: Question,
  mine: readonly LogRecord[],
  theirs: readonly LogRecord[],
  ranges: { readonly mine: readonly [bigint, bigint]; readonly theirs: readonly [bigint, bigint] },
  at: number,
): Decision {
  const { own, other } = sides(question);
  const index = at < 0 ? Math.min(mine.length, theirs.length) : at;
  const offset = (list: readonly LogRecord[], [, to]: readonly [bigint, bigint]) => list[index]?.offset ?? to;
  const [copies, originals] = followsMirror(question.direction)
    ? [theirs.length, mine.length]
    : [mine.length, theirs.length];
  const [copy, original] = followsMirror(question.direction) ? [other, own] : [own, other];
  const cause =
    copies > originals
      ? `the ${copy} holds a duplicate, a record that is not the mirror's, or one that compaction removed from the ${original}`
      : copies < originals
        ? `the ${copy} lacks a record, which compaction removed or the mirror skipped`
        : "they are not copies of each other, or compaction removed other records on each side";
  return refused(
    `${who(question)} has committed ${question.committed} on the ${own}: offsets ${ranges.mine.join("..")} there hold ` +
      `${records(mine.length)}, offsets ${ranges.theirs.join("..")} of the ${other} hold ${theirs.length}, and the first ` +
      `difference is at ${offset(mine, ranges.mine)} and ${offset(theirs, ranges.theirs)}: ${cause}; ` +
      readOn(question, ranges.mine[1]),
  );
}

/** How a place was proved: records compared up to it, and beyond it. */
export function walked(done: number, before: Sync, rest: number, after: Sync | null): string {
  const upTo = after === null ? "up to the end" : `up to the sync ${after.own} = ${after.other}`;
  return `${records(done)} from the sync ${before.own} = ${before.other} on are equal, ${rest} after them ${upTo} as well`;
}

export function walkedBack(count: number, after: Sync): string {
  return `the ${records(count)} before the sync ${after.own} = ${after.other} are equal`;
}

export function tooMany(question: Question, { which, from, to }: Need, most: number): Decision {
  return refused(
    `${who(question)}: offsets ${from}..${to} of the ${sides(question)[which]} would have to be compared, and ` +
      `that is more than ${most} records; ${readOn(question, question.committed ?? to)}`,
  );
}

/** `own` is true if it is the side that the group has read which lacks the partition. */
export function noPartition(position: CommittedPosition & Pick<Question, "direction">, own: boolean): Decision {
  const side = sides(position)[own ? "own" : "other"];
  return refused(
    `${who(position)}: the ${side} does not have that partition; give topic ${position.topic} as many partitions ` +
      `on the ${side}, and run npm run assess again`,
  );
}
